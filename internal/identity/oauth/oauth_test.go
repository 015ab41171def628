package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chartwright/internal/fault"
)

// TestEveryKindHasAnAnswer walks the closed set of fault kinds.
func TestEveryKindHasAnAnswer(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]struct {
		code   Code
		status int
	}{
		fault.Internal: {ServerError, 500}, fault.Invalid: {InvalidRequest, 400}, fault.Unprocessable: {InvalidRequest, 400},
		fault.Unauthenticated: {InvalidToken, 401}, fault.Forbidden: {AccessDenied, 403}, fault.NotFound: {InvalidRequest, 400},
		fault.MethodNotAllowed: {InvalidRequest, 405}, fault.NotAcceptable: {ServerError, 500}, fault.Conflict: {InvalidRequest, 400},
		fault.Gone: {ServerError, 500}, fault.PreconditionFailed: {ServerError, 500}, fault.PreconditionRequired: {ServerError, 500}, fault.URITooLong: {InvalidRequest, 414}, fault.TooLarge: {InvalidRequest, 413},
		fault.Unsupported: {InvalidRequest, 400}, fault.TooCostly: {ServerError, 500}, fault.Throttled: {TemporarilyUnavailable, 429},
		fault.Unavailable: {TemporarilyUnavailable, 503},
	}
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		e := From(&fault.Error{Kind: kind, Err: errors.New("SELECT secret FROM t")})
		w, ok := want[kind]
		if !ok || e.Code != w.code || e.HTTPStatus() != w.status {
			t.Errorf("kind %d: %s %d", kind, e.Code, e.HTTPStatus())
		}
		rec := httptest.NewRecorder()
		WriteError(rec, httptest.NewRequest(http.MethodPost, "/", nil), e)
		if strings.Contains(rec.Body.String(), "SELECT") || rec.Code != w.status || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("kind %d answers %d %s", kind, rec.Code, rec.Body)
		}
	}
	if e := From(errors.New("open /etc/secret: permission denied")); e.Code != ServerError || strings.Contains(e.Description, "secret") {
		t.Errorf("an unclassified error: %+v", e)
	}
}

func TestPostForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, media, body string
		status              int // 0 = good
	}{
		"a form":              {"POST", "application/x-www-form-urlencoded; charset=UTF-8", "a=1&b=2", 0},
		"a list":              {"POST", "application/x-www-form-urlencoded", "scope=1&scope=2", 0},
		"another method":      {"GET", "application/x-www-form-urlencoded", "a=1", 405},
		"JSON":                {"POST", "application/json", "{}", 400},
		"no type":             {"POST", "", "a=1", 400},
		"a repetition":        {"POST", "application/x-www-form-urlencoded", "a=1&a=1", 400},
		"a broken escape":     {"POST", "application/x-www-form-urlencoded", "a=%zz", 400},
		"semicolons":          {"POST", "application/x-www-form-urlencoded", "a=1;b=2", 400},
		"more than the bound": {"POST", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", maxFormBytes), 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tc.method, "/?a=from-the-url", strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.media)
			form, err := PostForm(r, "scope")
			if tc.status == 0 {
				if err != nil || form.Get("a") == "from-the-url" {
					t.Errorf("%v, %v", form, err)
				}
				return
			}
			if err == nil || From(err).HTTPStatus() != tc.status {
				t.Errorf("%v, %v", form, err)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"plain": "plain", "a\"b\\c\r\nd\u202ee": "a?b?c??d?e", strings.Repeat("x", 200): strings.Repeat("x", 100) + "..."} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q", in, got)
		}
	}
}
