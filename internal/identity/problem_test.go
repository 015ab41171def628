package identity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What is wrong with what was entered stands at the field that it is about.
func TestProblemsStandAtTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"scope": "openid user/Patient.read"})
	b := w.browser()
	wrong := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "wrong"))
	if !strings.Contains(wrong.body, `id="username-problem"`) || strings.Count(wrong.body, `aria-describedby="username-problem"`) != 2 {
		t.Errorf("a wrong password: %s", wrong.body)
	}
	for field, tc := range map[string]url.Values{
		"redirects": {"redirects": {"http://app.example.org/"}},
		"scopes":    {"scopes": {"patient/Nonsense.rs"}},
		"name":      {"name": {" "}},
		"contacts":  {"contacts": {"nobody"}},
		"launch":    {"launch": {"http://app.example.org/launch"}},
		"logout":    {"logout": {"http://app.example.org/bye"}},
		"keysuri":   {"jwks_uri": {"https://127.0.0.1/keys"}},
		"keys":      {"jwks": {"not JSON"}},
	} {
		b := w.browser()
		a := b.submit(b.get("/oauth2/default/register-app"), appForm(tc))
		if a.status != http.StatusBadRequest || strings.Count(a.body, `role="alert"`) != 1 || !strings.Contains(a.body, `aria-describedby="`+field+`-problem"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
}
