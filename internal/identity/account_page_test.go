package identity_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/identity"
)

// account opens the page of the own account in a new browser.
func (w *world) account(who url.Values) (*browser, *answer) {
	w.t.Helper()
	b := w.browser()
	page := b.submit(b.follow(b.get("/oauth2/default/account")), who)
	if page.status != http.StatusOK || !strings.Contains(page.body, "<h1>Your account</h1>") {
		w.t.Fatalf("after signing in: %d %.600s", page.status, page.body)
	}
	return b, page
}

var endButton = regexp.MustCompile(`name="end" value="([^"]*)" aria-label="Sign out (here|the)`)

// ends returns the sessions that a page offers to end: that of its browser, and the others.
func ends(page *answer) (here, others []string) {
	for _, m := range endButton.FindAllStringSubmatch(page.body, -1) {
		if m[2] == "here" {
			here = append(here, m[1])
		} else {
			others = append(others, m[1])
		}
	}
	return here, others
}

func TestPersonDisconnectsAnApp(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(nil)
		j := w.tokens(c, "openid offline_access user/Patient.read")
		if !w.live(j) {
			t.Fatal("the token is no good from the start")
		}

		// Somebody else neither sees the app nor ends what is not his or her own.
		other, page := w.account(staff("physician", "physician"))
		if strings.Contains(page.body, "A Private App") {
			t.Error("another person's app is on the page")
		}
		other.submit(page, url.Values{"disconnect": {c.id}})
		if !w.live(j) {
			t.Fatal("somebody else has disconnected the app")
		}

		b, page := w.account(staff("admin", "pass"))
		for _, want := range []string{"A Private App", "Connected since 1 March 2026", "Disconnect"} {
			if !strings.Contains(page.body, want) {
				t.Fatalf("the page lacks %q: %.1500s", want, page.body)
			}
		}
		page = b.submit(page, url.Values{"disconnect": {c.id}})
		if strings.Contains(page.body, "A Private App") {
			t.Error("the app is still on the page")
		}
		if w.live(j) {
			t.Error("the token is good after the app was disconnected")
		}
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
		if e := w.audit.last("token"); e.Operation != "refresh_token" || e.Reason == "" {
			t.Errorf("audit event of the refresh: %+v", e)
		}
		if page = b.authorize(w.request(c.id, "openid offline_access user/Patient.read")); page.status != http.StatusOK || !strings.Contains(page.body, "Allow <em>") {
			t.Errorf("what was agreed to before is remembered still: %d %.300s", page.status, page.body)
		}
	})
}

func TestPatientSeesConnectedApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	page := b.submit(b.authorize(w.request(c.id, "openid patient/Observation.read")), phil())
	if !strings.Contains(page.body, `href="/oauth2/default/account"`) {
		t.Error("the consent page has no way to the page of the account")
	}
	j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
	page = b.follow(b.get("/oauth2/default/account")) // signed in already
	if !strings.Contains(page.body, "A Private App") {
		t.Fatalf("the app is not on the page: %.1000s", page.body)
	}
	if b.submit(page, url.Values{"disconnect": {c.id}}); w.live(j) {
		t.Error("the token is good after the app was disconnected")
	}
}

func TestAppWithoutGrantsIsListedWhileItIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	w.tokens(c, "openid user/Patient.read")
	if _, err := w.admin.RevokeGrants(context.Background(), "default", identity.GrantQuery{ClientID: c.id}); err != nil {
		t.Fatal(err)
	}
	_, page := w.account(staff("admin", "pass"))
	if !strings.Contains(page.body, "A Private App") || !strings.Contains(page.body, "Not connected now") {
		t.Errorf("the app can come back without a question and is not on the page: %.1000s", page.body)
	}
}

func TestPersonEndsSessions(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		signedIn := func(b *browser) bool {
			return strings.Contains(b.follow(b.get("/oauth2/default/account")).body, "<h1>Your account</h1>")
		}
		stranger, strangersPage := w.account(staff("physician", "physician"))
		first, page := w.account(staff("admin", "pass"))
		second, _ := w.account(staff("admin", "pass"))
		third, _ := w.account(staff("admin", "pass"))

		page = first.get(page.url.String())
		here, others := ends(page)
		if len(here) != 1 || len(others) != 2 {
			t.Fatalf("sessions on the page: %v here, %v elsewhere", here, others)
		}
		stranger.submit(strangersPage, url.Values{"end": {here[0]}})
		if !signedIn(first) {
			t.Fatal("somebody else has ended the session")
		}
		page = first.submit(page, url.Values{"end": {others[0]}})
		if _, left := ends(page); len(left) != 1 || signedIn(second) == signedIn(third) {
			t.Errorf("not exactly one of the other sessions has ended: %v", left)
		}
		page = first.submit(page, url.Values{"others": {"sessions"}})
		if _, left := ends(page); len(left) != 0 || signedIn(second) || signedIn(third) {
			t.Errorf("others are still signed in: %v", left)
		}
		if !signedIn(first) || !signedIn(stranger) {
			t.Error("the own session, or somebody else's, has ended with the others")
		}
		page = first.submit(first.get(page.url.String()), url.Values{"end": {here[0]}})
		if strings.Contains(page.body, "<h1>Your account</h1>") {
			t.Error("the own session has not ended")
		}
	})
}

func TestPersonChangesThePassword(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		for _, who := range []url.Values{staff("clinician", "clinician"), phil()} {
			elsewhere, _ := w.account(who)
			b, page := w.account(who)
			old := who.Get("password")
			for name, tc := range map[string]struct {
				form   url.Values
				status int
			}{
				"a wrong old password": {url.Values{"password": {"wrong"}, "new": {"a better password"}, "again": {"a better password"}}, http.StatusUnauthorized},
				"not the same twice":   {url.Values{"password": {old}, "new": {"a better password"}, "again": {"a worse password"}}, http.StatusBadRequest},
				"a short one":          {url.Values{"password": {old}, "new": {"short"}, "again": {"short"}}, http.StatusBadRequest},
				"none at all":          {url.Values{"password": {old}, "new": {""}, "again": {""}}, http.StatusBadRequest},
			} {
				if a := b.submit(page, tc.form); a.status != tc.status || !strings.Contains(a.body, `role="alert"`) {
					t.Errorf("%s: %d", name, a.status)
				}
			}
			if a := b.submit(page, url.Values{"password": {old}, "new": {"a better password"}, "again": {"a better password"}}); a.status != http.StatusOK || !strings.Contains(a.body, "The password is changed") {
				t.Fatalf("%d %.600s", a.status, a.body)
			}
			if e := w.audit.last("user"); e.Operation != "own password" || e.UserName != who.Get("username") || e.Reason != "" {
				t.Errorf("audit event %+v", e)
			}
			if a := elsewhere.follow(elsewhere.get("/oauth2/default/account")); strings.Contains(a.body, ownAccount) {
				t.Error("SES-18 another session is still signed in")
			}
			again := w.browser()
			if a := again.submit(again.follow(again.get("/oauth2/default/account")), who); a.status != http.StatusUnauthorized {
				t.Errorf("the old password: %d", a.status)
			}
			who.Set("password", "a better password")
			w.account(who)
		}
	})
}

func TestAccountFormsComeFromThePageAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	j := w.tokens(c, "openid user/Patient.read")
	b, page := w.account(staff("admin", "pass"))
	_, otherPage := w.account(staff("physician", "physician"))
	good := filled(page, url.Values{"disconnect": {c.id}})
	change := func(name, value string) url.Values {
		form := maps.Clone(good)
		form.Del(name)
		if value != "" {
			form.Set(name, value)
		}
		return form
	}
	for name, tc := range map[string]struct {
		b      *browser
		form   url.Values
		header []string
	}{
		"no CSRF token":               {b, change("csrf", ""), nil},
		"another person's CSRF token": {b, change("csrf", filled(otherPage, nil).Get("csrf")), nil},
		"no ticket":                   {b, change("ticket", ""), nil},
		"a form of another site":      {b, good, []string{"Sec-Fetch-Site", "cross-site"}},
		"another browser":             {w.browser(), good, nil},
	} {
		if a := tc.b.post("/oauth2/default/account", tc.form, tc.header...); a.status < 400 || a.status > 499 {
			t.Errorf("%s: %d", name, a.status)
		}
		if !w.live(j) {
			t.Fatalf("%s: the app was disconnected", name)
		}
	}
}
