package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/identity"
)

// So it does on the pages of administration, whatever the browser has let through; nothing that was entered is lost.
func TestProblemsOfAdministrationStandAtTheirFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b, _ := w.administer(administrator(), "admin/apps")
	own, err := w.admin.User(context.Background(), "default", identity.Named("admin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path, field string
		status      int
		form        url.Values
		kept        string
	}{
		{"people", "login", http.StatusConflict, url.Values{"login": {"physician"}, "given": {"Nina"}}, `value="Nina"`},
		{"people", "login", http.StatusBadRequest, url.Values{"login": {""}}, ""},
		{"people", "email", http.StatusBadRequest, url.Values{"login": {"nina"}, "email": {"nobody"}}, `value="nobody"`},
		{"people", "roles", http.StatusBadRequest, url.Values{"login": {"nina"}, "group": {"nosuch"}}, `value="nina"`},
		{"person?id=" + own.ID, "roles", http.StatusConflict, url.Values{"do": {"groups"}, "group": {"clin"}}, ""},
		{"roles", "name", http.StatusBadRequest, url.Values{"name": {"No Name"}, "title": {"A title"}}, ""},
		{"roles", "name", http.StatusConflict, url.Values{"name": {"doc"}, "title": {"A title"}}, ""},
		{"roles", "title", http.StatusBadRequest, url.Values{"name": {"night"}, "title": {""}}, ""},
		{"role?name=doc", "right", http.StatusBadRequest, url.Values{"do": {"grant"}, "right": {"no/such"}, "level": {"write"}}, ""},
		{"tokens", "uses", http.StatusBadRequest, url.Values{"uses": {"0"}, "days": {"7"}}, ""},
		{"tokens", "days", http.StatusBadRequest, url.Values{"uses": {"1"}, "days": {"400"}}, ""},
		{"tokens", "note", http.StatusBadRequest, url.Values{"uses": {"1"}, "days": {"7"}, "note": {strings.Repeat("n", 201)}}, ""},
		{"token", "token", http.StatusNotFound, url.Values{"token": {"nothing"}}, ""},
		{"settings", "setting-registration", http.StatusBadRequest, url.Values{"name": {"registration"}, "value": {"sometimes"}}, ""},
		{"app?id=" + c.id, "keep", http.StatusBadRequest, url.Values{"do": {"secret"}, "keep": {"for ever"}}, ""},
	} {
		a := b.submit(b.get("/oauth2/default/admin/"+tc.path), tc.form)
		note := `id="` + tc.field + `-problem" role="alert"`
		if a.status != tc.status || strings.Count(a.body, `role="alert"`) != 1 || !strings.Contains(a.body, note) ||
			!strings.Contains(a.body, `aria-describedby="`+tc.field+`-problem"`) || strings.Count(a.body, " autofocus") != 1 || !strings.Contains(a.body, tc.kept) {
			t.Errorf("%s of %s: %d %s", tc.field, tc.path, a.status, a.body)
		}
	}
	// A picker's problem stands at its list.
	picker := b.authorize(w.request(c.id, "openid launch/patient patient/Patient.read"))
	if a := b.submit(picker, url.Values{"patient": {"nobody"}}); a.status != http.StatusBadRequest || !strings.Contains(a.body, `<div id="rows" aria-describedby="rows-problem" tabindex="-1" autofocus>`) {
		t.Errorf("a patient who is not there: %d %s", a.status, a.body)
	}
	// What is about no field stands above.
	a := b.submit(b.get("/oauth2/default/admin/settings"), url.Values{"name": {"closed"}, "value": {"on"}})
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, `<p class="problem" role="alert">`) {
		t.Errorf("a setting of the operator's: %d %s", a.status, a.body)
	}
}

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
