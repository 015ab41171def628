package httpd

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"chartwright/gen/r4route"
	"chartwright/internal/care/interaction"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// The largest bodies, in bytes.
const (
	maxResource = 5 << 20
	maxBundle   = 50 << 20
	maxFile     = maxResource / 4 * 3 // which is a resource in base64
	maxForm     = 1 << 20
)

// read takes the body of a request: a resource, a file for a Binary, a Bundle, a patch, or the form of a search, whose parameters join those of
// the URL.
//
// Errors: Unsupported for a media type that is none of these, another version of FHIR or another charset; TooLarge; Invalid if it does not arrive whole.
func read(w http.ResponseWriter, r *http.Request, c *interaction.Call) (err error) {
	const op = "httpd.body"
	zipped := false
	switch coding := r.Header.Get("Content-Encoding"); strings.ToLower(coding) {
	case "", "identity":
	case "gzip", "x-gzip":
		zipped = true
	default:
		w.Header().Set("Accept-Encoding", "gzip") // RFC 9110 §12.5.3
		return fault.New(fault.Unsupported, op, "a body may be compressed with gzip alone").Naming("Content-Encoding")
	}
	media, params := mediaType(r.Header.Get("Content-Type"))
	limit := int64(maxResource)
	isSearch := r.Method == http.MethodPost && (c.Interaction == r4route.SearchType || c.Interaction == r4route.SearchSystem || c.Interaction == r4route.SearchCompartment)
	switch {
	case isSearch:
		if limit = maxForm; media != "application/x-www-form-urlencoded" && (media != "" || r.ContentLength != 0) {
			return fault.New(fault.Unsupported, op, "a search is sent as application/x-www-form-urlencoded")
		}
	case r.ContentLength == 0: // the interaction knows whether it can do without a body
		return nil
	case takesFile(c) && !isJSON(media) && !isXML(media):
		limit = maxFile
	case !understood(params):
		return fault.New(fault.Unsupported, op, "FHIR R4 is understood here (fhirVersion=4.0), in UTF-8")
	case r.Method == http.MethodPatch: // the interaction knows the media types of patches
	case !isJSON(media) && !isXML(media):
		return fault.New(fault.Unsupported, op, "a resource is sent as application/fhir+json or application/fhir+xml")
	case c.Interaction == r4route.Batch:
		limit = maxBundle
	}
	var body []byte
	if zipped {
		body, err = unzip(w, r, limit)
	} else {
		body, err = readAll(w, r, limit)
	}
	if err != nil {
		return err
	}
	if takesFile(c) && len(body) > 0 && isFile(media, body) {
		if int64(len(body)) > maxFile {
			return fault.New(fault.TooLarge, op, "the file is larger than %d bytes", maxFile)
		}
		if len(body) > freely {
			if err := exchangeOf(r).take(2 * int64(len(body))); err != nil {
				return err
			}
		}
		c.Body, err = binaryOf(r, c, body)
		return err
	}
	if !isSearch {
		if isXML(media) && len(body) > 0 {
			if len(body) > freely { // it is there twice for a while
				if err := exchangeOf(r).take(int64(len(body))); err != nil {
					return err
				}
			}
			if body, err = fromXML(body); c.Operation == "validate" && fault.Is(err, fault.Invalid) {
				c.Unread, err = err, nil // that it can't be read is what validation finds
			}
		}
		c.Body = body
		return err
	}
	sent, err := search.ParseForm(string(body))
	c.Params = append(c.Params, sent...)
	return err
}

func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	const op = "httpd.body"
	tooLarge := fault.New(fault.TooLarge, op, "the body is larger than %d bytes", limit)
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // the rest of it is not worth reading
		return nil, tooLarge
	}
	size := r.ContentLength
	if size < 0 {
		size = 4 << 10
	}
	// One byte more than announced, so that the read that finds the end needs no larger buffer.
	body, in := make([]byte, 0, size+1), http.MaxBytesReader(w, r.Body, limit)
	for {
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		var passed *http.MaxBytesError
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return body, nil
		case errors.As(err, &passed):
			return nil, tooLarge
		case fault.Is(err, fault.Throttled):
			return nil, err
		default:
			return nil, fault.New(fault.Invalid, op, "the body did not arrive whole")
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
}

// unzip reads a compressed body; limit bounds what it becomes, and with that the work.
func unzip(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	const op = "httpd.body"
	broken := fault.New(fault.Invalid, op, "the body is not gzip, or did not arrive whole")
	in, err := gzip.NewReader(http.MaxBytesReader(w, r.Body, limit))
	if fault.Is(err, fault.Throttled) {
		return nil, err
	}
	if err != nil {
		return nil, broken
	}
	body, err := io.ReadAll(&unpacked{Reader: io.LimitReader(in, limit+1), x: exchangeOf(r)})
	var passed *http.MaxBytesError
	switch {
	case fault.Is(err, fault.Throttled):
		return nil, err
	case int64(len(body)) > limit, errors.As(err, &passed):
		w.Header().Set("Connection", "close") // the rest of it is not worth reading
		return nil, fault.New(fault.TooLarge, op, "the body is larger than %d bytes", limit)
	case err != nil:
		return nil, broken
	}
	return body, nil
}

// unpacked is what a compressed body becomes, which takes room as it grows.
type unpacked struct {
	io.Reader
	x *exchange
	growth
}

// Read implements [io.Reader].
func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err := u.add(&u.x.admitted, n); err != nil {
		return 0, err
	}
	return n, err
}
