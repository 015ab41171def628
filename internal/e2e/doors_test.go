package e2e

import (
	"net/http"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// The addresses that people know by heart lead to the pages of the site.
func TestDoors(t *testing.T) {
	t.Parallel()
	server := demoserver.Start(t)
	client := *server.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for path, want := range map[string]string{
		"/admin":                            "/oauth2/default/admin",
		"/admin/":                           "/oauth2/default/admin",
		"/admin/?site=default":              "/oauth2/default/admin",
		"/interface/smart/register-app.php": "/oauth2/default/register-app",
		"/interface/smart/admin-client.php": "/oauth2/default/admin",
		"/admin/?site=nowhere":              "",
		"/admin/?site=../x":                 "",
	} {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if want == "" {
			if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s answers %s", path, resp.Status)
			}
			continue
		}
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != server.URL+want {
			t.Errorf("%s leads to %q (%s)", path, got, resp.Status)
		}
	}
}
