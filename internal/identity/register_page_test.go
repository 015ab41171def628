package identity_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	shownClient = regexp.MustCompile(`id="client">([^<]+)<`)
	shownSecret = regexp.MustCompile(`id="secret">([^<]+)<`)
)

const registerApp = "/oauth2/default/register-app"

func appForm(change url.Values) url.Values {
	form := url.Values{
		"name": {"Growth Chart"}, "contacts": {"dev@example.org"}, "redirects": {redirect + "\r\n"}, "method": {"client_secret_post"},
		"scopes": {"openid\r\npatient/Patient.read patient/Observation.read"},
	}
	maps.Copy(form, change)
	return form
}

func TestDeveloperRegistersAnApp(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		b := w.browser()
		page := b.get(registerApp)
		if page.status != http.StatusOK || !strings.Contains(page.body, "patient/Observation.rs") || !strings.Contains(page.body, "api:oemr") {
			t.Fatalf("the form: %d %.900s", page.status, page.body)
		}
		done := b.submit(page, appForm(nil))
		id, secret := shownClient.FindStringSubmatch(done.body), shownSecret.FindStringSubmatch(done.body)
		if done.status != http.StatusCreated || id == nil || secret == nil || !strings.Contains(done.body, "It is live") || !strings.Contains(done.body, w.http.URL+"/apis/default/fhir") {
			t.Fatalf("registered: %d %.1500s", done.status, done.body)
		}
		if e := w.audit.last("client"); e.Operation != "register" || e.ClientID != id[1] || e.Reason != "" {
			t.Errorf("audit event %+v", e)
		}
		// What was registered works as it is shown.
		c := app{id: id[1], secret: secret[1]}
		patient := w.browser()
		code := w.location(patient.submit(patient.submit(patient.authorize(w.request(c.id, "openid patient/Patient.read")), phil()), allow)).Get("code")
		if j := w.redeem(c, code).json(t); !w.live(j) {
			t.Errorf("no token: %v", j)
		}
		if waits := b.submit(b.get(registerApp), appForm(url.Values{"scopes": {"openid user/Patient.read"}})); waits.status != http.StatusCreated || !strings.Contains(waits.body, "waits for an administrator") {
			t.Errorf("an app for staff: %d %.900s", waits.status, waits.body)
		}
	})
}

func TestRegistrationPageKeepsTheRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	page := b.get(registerApp)
	for name, tc := range map[string]struct {
		change url.Values
		want   string
	}{
		"no name":                  {url.Values{"name": {" "}}, "needs a name"},
		"a redirect without https": {url.Values{"redirects": {"http://client.example.org/cb"}}, "redirect"},
		"a scope that is not here": {url.Values{"scopes": {"openid patient/Nothing.rs"}}, "patient/Nothing.rs"},
		"no scope":                 {url.Values{"scopes": {" "}}, "scope"},
		"keys that are no JSON":    {url.Values{"jwks": {"{"}}, "not JSON"},
		"a method that is none":    {url.Values{"method": {"magic"}}, "token_endpoint_auth_method"},
	} {
		a := b.submit(page, appForm(tc.change))
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, tc.want) || !strings.Contains(a.body, "dev@example.org") {
			t.Errorf("%s: %d %.900s", name, a.status, a.body)
		}
	}
	if a := b.post(registerApp, appForm(nil)); a.status != http.StatusForbidden {
		t.Errorf("without the form's token: %d", a.status)
	}
	if a := w.browser().post(registerApp, filled(page, appForm(nil))); a.status != http.StatusForbidden {
		t.Errorf("in another browser: %d", a.status)
	}

	w.set("registration", "token")
	initial, err := w.admin.AddInitialToken(context.Background(), "default", "test", 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	page = b.get(registerApp)
	if a := b.submit(page, appForm(url.Values{"token": {"wrong"}})); a.status != http.StatusForbidden || !strings.Contains(a.body, "needs an initial access token that is good") {
		t.Errorf("a wrong initial access token: %d %.600s", a.status, a.body)
	}
	for i, want := range []int{http.StatusCreated, http.StatusForbidden} {
		if a := b.submit(page, appForm(url.Values{"token": {initial}})); a.status != want {
			t.Errorf("use %d of the token: %d", i, a.status)
		}
	}
	w.set("registration", "closed")
	if a := b.get(registerApp); a.status != http.StatusForbidden || !strings.Contains(a.body, "Registration is closed") {
		t.Errorf("closed: %d", a.status)
	}
	if a := b.post(registerApp, filled(page, appForm(nil)), "Sec-Fetch-Site", "same-origin"); a.status != http.StatusForbidden {
		t.Errorf("posted although closed: %d", a.status)
	}
}

func TestRegistrationPageIsThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	page := b.get(registerApp)
	for range 31 {
		if a := b.submit(page, appForm(url.Values{"name": {""}})); a.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("31 registrations at once are taken")
}
