package e2e

import (
	"net/http"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// TestPagesStayOnTLS is SES-34: whoever has come by TLS is told to stay there, at the pages and at the APIs.
func TestPagesStayOnTLS(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	for _, path := range []string{"/oauth2/default/account", "/apis/default/fhir/Patient", "/swagger/", "/nothing"} {
		answer, err := s.Client.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Strict-Transport-Security"); got == "" {
			t.Errorf("%s comes without Strict-Transport-Security", path)
		}
		for _, c := range answer.Cookies() {
			if !c.Secure || !c.HttpOnly || c.SameSite == http.SameSiteDefaultMode {
				t.Errorf("%s sets the cookie %s", path, c)
			}
		}
	}
}
