package httpd_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chartwright/internal/web/httpd"
)

// Requests to the authorization server are logged by endpoint and site, carry one id, and reach the metadata of an issuer by the
// addresses of RFC 8414, too.
func TestTheDoorOfTheAuthorizationServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/{site}/token", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = rw.Write([]byte(r.Header.Get("X-Request-Id")))
	})
	mux.HandleFunc("GET /oauth2/{site}/.well-known/openid-configuration", func(rw http.ResponseWriter, r *http.Request) {
		if r.PathValue("site") != "default" {
			http.NotFound(rw, r)
			return
		}
		_, _ = rw.Write([]byte("metadata of " + r.PathValue("site")))
	})
	w.config.Identity = mux
	handler := httpd.New(w.config)
	for _, tc := range []struct {
		method, path string
		status       int
		body, log    string
	}{
		{"POST", "/oauth2/default/token", 200, "", `operation="oauth2 POST token"`},
		{"GET", "/.well-known/oauth-authorization-server/oauth2/default", 200, "metadata of default", `operation="oauth2 GET .well-known/openid-configuration"`},
		{"GET", "/.well-known/openid-configuration/oauth2/default", 200, "metadata of default", "site=default"},
		{"GET", "/.well-known/oauth-authorization-server/oauth2/nosuch", 404, "", `site="" operation="oauth2 GET "`},
	} {
		w.log.Reset()
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest(tc.method, tc.path, nil))
		if tc.body == "" && tc.status == 200 {
			tc.body = rec.Header().Get("X-Request-Id")
		}
		if rec.Code != tc.status || !strings.Contains(rec.Body.String(), tc.body) || !strings.Contains(w.log.String(), tc.log) {
			t.Errorf("%s: %d %s\n%s", tc.path, rec.Code, rec.Body, w.log)
		}
	}
}
