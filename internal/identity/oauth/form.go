package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxFormBytes bounds a form: an authorization request with a thousand scopes fits, a flood doesn't.
const maxFormBytes = 256 << 10

// PostForm reads the form of a POST request. Parameters in the URL do not count: credentials do not belong there.
//
// Errors: invalid_request for another method, another media type, a form that is too large or malformed, and for a parameter
// that is sent twice (RFC 6749 §3.2), but for those named in repeatable.
func PostForm(r *http.Request, repeatable ...string) (url.Values, error) {
	if r.Method != http.MethodPost {
		return nil, &Error{Code: InvalidRequest, Description: "The method must be POST.", Status: http.StatusMethodNotAllowed}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, New(InvalidRequest, "The Content-Type must be application/x-www-form-urlencoded.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxFormBytes))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, &Error{Code: InvalidRequest, Description: "The form is too large.", Status: http.StatusRequestEntityTooLarge, Err: err}
		}
		return nil, Wrap(InvalidRequest, "The form cannot be read.", err)
	}
	return ParseForm(string(body), repeatable...)
}

// ParseForm reads parameters and refuses one that appears twice, but for those named in repeatable. RFC 6749 §3.1.
func ParseForm(encoded string, repeatable ...string) (url.Values, error) {
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, Wrap(InvalidRequest, "The parameters are malformed.", err)
	}
	for name, values := range form {
		if len(values) > 1 && !contains(repeatable, name) {
			return nil, New(InvalidRequest, "The parameter "+Printable(name)+" appears more than once.")
		}
	}
	return form, nil
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// Printable returns s as it may stand in an error_description: printable ASCII without quotes and backslashes, at most 100
// bytes. RFC 6749 §5.2.
func Printable(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s)
	if len(clean) > 100 {
		clean = clean[:100] + "..."
	}
	return clean
}
