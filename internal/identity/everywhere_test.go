package identity_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/identity/account"
)

// connected reports whether an app that was connected for good still is, in all its parts: its access token is good, it refreshes, and
// the person's page lists it, as it does an app that would be let in again without a question.
func (w *world) connected(c app, given map[string]any, page *answer) (access, refresh, listed bool) {
	w.t.Helper()
	access = w.live(given)
	return access, w.token(c.with(refreshForm(given))).status == http.StatusOK, strings.Contains(page.body, "A Private App")
}

// SES-18: whoever knew the old password may have signed in and connected an app for good. A new password ends that, unless its owner
// says that it cannot be.
func TestChangesOfHowOneSignsInEndWhatAppsWereGiven(t *testing.T) {
	t.Parallel()
	password := func(old string, more url.Values) url.Values {
		form := url.Values{"password": {old}, "new": {"a better password"}, "again": {"a better password"}}
		maps.Copy(form, more)
		return form
	}
	for name, tc := range map[string]struct {
		form url.Values
		kept bool
	}{
		"a new password":                    {password("pass", nil), false},
		"a new password, apps kept":         {password("pass", url.Values{"apps": {"keep"}}), true},
		"a new password and another word":   {password("pass", url.Values{"apps": {""}}), false},
		"a wrong old password":              {password("wrong", nil), true},
		"signing out everywhere":            {url.Values{"others": {"everything"}}, false},
		"signing out of the other browsers": {url.Values{"others": {"sessions"}}, true},
		"nothing that the page offers":      {url.Values{"others": {"yes"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.register(nil)
			given := w.tokens(c, "openid offline_access user/Patient.read")
			b, page := w.account(administrator())
			if page = b.submit(page, tc.form); !tc.kept {
				if e := w.audit.last("token"); e.Operation != "disconnect all" || e.UserName != "admin" {
					t.Errorf("audit event %+v", e)
				}
			}
			if access, refresh, listed := w.connected(c, given, page); access != tc.kept || refresh != tc.kept || listed != tc.kept {
				t.Errorf("access token: %v, refresh: %v, listed: %v, want %v", access, refresh, listed, tc.kept)
			}
		})
	}
}

func TestASecondFactorEndsWhatAppsWereGivenWithoutIt(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]bool{"by itself": false, "unless they are kept": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.register(nil)
			given := w.tokens(c, "openid offline_access user/Patient.read")
			keep := url.Values{}
			if kept {
				keep.Set("apps", "keep")
			}
			with := func(form url.Values) url.Values { maps.Copy(form, keep); return form }
			b, page := w.account(administrator())
			page = b.submit(b.secondFactor(page), url.Values{"do": {"begin"}})
			secret := account.Secret(secretText.FindStringSubmatch(page.body)[1])
			b.submit(page, with(url.Values{"do": {"confirm"}, "code": {account.Code(secret, w.clock.Now())}}))
			page = b.follow(b.get("/oauth2/default/account"))
			if access, refresh, listed := w.connected(c, given, page); access != kept || refresh != kept || listed != kept {
				t.Errorf("access token: %v, refresh: %v, listed: %v, want %v", access, refresh, listed, kept)
			}
		})
	}
}
