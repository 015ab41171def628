package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// Authorize works under each way to write the address of loopback, with and without TLS.
func TestAuthorizeOnLoopback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start func(t testing.TB) *demoserver.Server
		hosts []string
	}{
		"with TLS":    {demoserver.Start, []string{"127.0.0.1", "localhost"}},
		"without TLS": {demoserver.StartPlain, []string{"127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.start(t)
			for _, host := range c.hosts {
				at, err := s.At(host)
				if err != nil {
					t.Fatal(err)
				}
				signIn(t, at, demoserver.Admin, "openid", "api:fhir", "user/Patient.rs").want(http.StatusOK, http.MethodGet, "/apis/default/fhir/Patient?_count=1", nil, nil)
				if got := allowed(t, at); got != at.URL {
					t.Errorf("%s: a script of the page may read the answer of the token endpoint as %q", at.URL, got)
				}
			}
		})
	}
}

// allowed asks the token endpoint which origin may read its answer, as a page of the server does.
func allowed(t *testing.T, s *demoserver.Server) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodOptions, s.URL+"/oauth2/default/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", s.URL)
	req.Header.Set("Access-Control-Request-Method", http.MethodPost)
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.Header.Get("Access-Control-Allow-Origin")
}

// Without TLS the page moves from the name localhost, to which a browser may not be sent back, to the address behind it.
func TestPlainPageMovesToAnAddress(t *testing.T) {
	t.Parallel()
	s := demoserver.StartPlain(t)
	at, err := s.At("localhost")
	if err != nil {
		t.Fatal(err)
	}
	at.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := at.Client.Get(at.URL + "/swagger/?site=default")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, want := res.Header.Get("Location"), s.URL+"/swagger/?site=default"; got != want {
		t.Errorf("the page moves to %q, want %q", got, want)
	}
}

// What the client of the documentation may do without TLS, no other address may.
func TestRedirectsElsewhereStayRefused(t *testing.T) {
	t.Parallel()
	plain, secure := demoserver.StartPlain(t), demoserver.Start(t)
	for _, c := range []struct{ server, back string }{
		{plain.URL, "http://localhost:1/swagger/oauth2-redirect.html"},
		{plain.URL, "http://ehr.example.org/swagger/oauth2-redirect.html"},
		{plain.URL, plain.URL + "/elsewhere"},
		{secure.URL, strings.Replace(secure.URL, "https", "http", 1) + "/swagger/oauth2-redirect.html"},
		{secure.URL, "https://127.0.0.1:1/swagger/oauth2-redirect.html"},
	} {
		ask := url.Values{"response_type": {"code"}, "client_id": {"swagger-ui"}, "redirect_uri": {c.back}, "scope": {"openid"}, "state": {"some-state-or-other"}}
		client := *secure.Client
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := client.Get(c.server + "/oauth2/default/authorize?" + ask.Encode())
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
			t.Errorf("%s to %s answers %s, %s", c.server, c.back, res.Status, res.Header.Get("Location"))
		}
	}
}
