package identity_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/identity"
)

func refreshForm(j map[string]any) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {j["refresh_token"].(string)}}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	t.Run("REF-01 rotates, keeps the context, and a second use ends the family", func(t *testing.T) {
		first := w.tokens(c, "launch/patient openid offline_access patient/Patient.read user/Observation.read")
		a := w.token(c.with(refreshForm(first)))
		second := a.json(t)
		if a.status != http.StatusOK || second["refresh_token"] == first["refresh_token"] || second["patient"] != patientID ||
			second["id_token"] == nil || second["scope"] != first["scope"] || !w.live(second) {
			t.Fatalf("refresh: %d %s", a.status, a.body)
		}
		w.refused(w.token(c.with(refreshForm(first))), http.StatusBadRequest, "invalid_grant")
		if w.live(second) || w.live(first) {
			t.Error("tokens of the family are alive after a refresh token was used twice")
		}
		w.refused(w.token(c.with(refreshForm(second))), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("REF-14 without offline_access there is none", func(t *testing.T) {
		if j := w.tokens(c, "openid user/Patient.read"); j["refresh_token"] != nil {
			t.Errorf("answer: %v", j)
		}
	})
	t.Run("REF-16 is no access token", func(t *testing.T) {
		j := w.tokens(c, "openid offline_access user/Patient.read")
		if w.live(map[string]any{"access_token": j["refresh_token"]}) {
			t.Error("a refresh token opens the APIs")
		}
	})
	t.Run("slides for ninety days, and ends a year after the consent", func(t *testing.T) {
		w := newWorld(t)
		c := w.register(nil)
		j := w.tokens(c, "openid offline_access user/Patient.read")
		for range 4 {
			w.clock.Advance(89 * 24 * time.Hour)
			a := w.token(c.with(refreshForm(j)))
			if j = a.json(t); a.status != http.StatusOK {
				t.Fatalf("refresh after 89 days: %d %s", a.status, a.body)
			}
		}
		w.clock.Advance(20 * 24 * time.Hour)
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("unused for ninety days it is dead", func(t *testing.T) {
		w := newWorld(t)
		c := w.register(nil)
		j := w.tokens(c, "openid offline_access user/Patient.read")
		w.clock.Advance(90 * 24 * time.Hour)
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("online_access ends with the session", func(t *testing.T) {
		w := newWorld(t)
		c := w.register(nil)
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid online_access user/Patient.read")), staff("admin", "pass"))
		j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
		a := w.token(c.with(refreshForm(j)))
		if j = a.json(t); a.status != http.StatusOK {
			t.Fatalf("refresh while signed in: %d %s", a.status, a.body)
		}
		out := b.get("/oauth2/default/logout")
		out = b.submit(out, nil)
		if !strings.Contains(out.body, "You are signed out") {
			t.Fatalf("logout: %d %.300s", out.status, out.body)
		}
		w.refused(w.token(c.with(refreshForm(j))), http.StatusBadRequest, "invalid_grant")
		if w.live(j) {
			t.Error("an access token of online access outlives the session")
		}
	})
}

func TestRacesHaveOneWinner(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(nil)
		race := func(form url.Values) int64 {
			var won atomic.Int64
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					switch a := w.token(form); a.status {
					case http.StatusOK:
						won.Add(1)
					case http.StatusBadRequest:
					default:
						t.Errorf("a loser gets %d %s", a.status, a.body)
					}
				})
			}
			wg.Wait()
			return won.Load()
		}
		verifier, _ := proof()
		n := race(c.with(url.Values{
			"grant_type": {"authorization_code"}, "code": {w.code(c, "openid offline_access user/Patient.read")}, "redirect_uri": {redirect},
			"code_verifier": {verifier},
		}))
		if n != 1 {
			t.Errorf("%d of 50 redemptions of one code succeeded", n)
		}
		if n := race(c.with(refreshForm(w.tokens(c, "openid offline_access user/Patient.read")))); n != 1 {
			t.Errorf("%d of 50 uses of one refresh token succeeded", n)
		}
	})
}

func passwordForm(scope string) url.Values {
	return url.Values{"grant_type": {"password"}, "user_role": {"users"}, "username": {"admin"}, "password": {"pass"}, "scope": {scope}}
}

func patientForm(scope string) url.Values {
	return url.Values{
		"grant_type": {"password"}, "user_role": {"patient"}, "username": {"Phil1"}, "password": {"phil"}, "email": {"heya@invalid.email.com"}, "scope": {scope},
	}
}

func TestPasswordGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	ctx := context.Background()
	t.Run("staff", func(t *testing.T) {
		a := w.token(c.with(passwordForm("openid offline_access api:oemr api:fhir user/Patient.read patient/Patient.read")))
		j := a.json(t)
		// Without a patient in the context a scope about one patient can never be used, so it is not granted.
		if a.status != http.StatusOK || j["scope"] != "openid offline_access api:oemr api:fhir user/Patient.read" || j["refresh_token"] == nil || j["id_token"] == nil {
			t.Fatalf("answer: %d %s", a.status, a.body)
		}
		s, err := w.server.Authenticate(ctx, "default", j["access_token"].(string))
		if err != nil || s.Actor != access.User || s.UserName != "admin" || s.ClientID != c.id {
			t.Errorf("subject = %+v, %v", s, err)
		}
	})
	t.Run("patient", func(t *testing.T) {
		j := w.token(c.with(patientForm("openid api:port api:fhir patient/patient.read patient/Patient.read user/Patient.read"))).json(t)
		if j["scope"] != "openid api:port api:fhir patient/patient.read patient/Patient.read" {
			t.Fatalf("answer: %v", j)
		}
		s, err := w.server.Authenticate(ctx, "default", j["access_token"].(string))
		if err != nil || s.Actor != access.Patient || s.Patient != patientID || s.FHIRUser != "Patient/"+patientID {
			t.Errorf("subject = %+v, %v", s, err)
		}
	})
	for name, tc := range map[string]struct {
		form url.Values
		code string
	}{
		"wrong password":         {url.Values{"password": {"wrong"}}, "invalid_grant"},
		"unknown user":           {url.Values{"username": {"nobody"}}, "invalid_grant"},
		"another role":           {url.Values{"user_role": {"patient"}, "email": {"heya@invalid.email.com"}}, "invalid_grant"},
		"no role":                {url.Values{"user_role": nil}, "invalid_request"},
		"patient without e-mail": {url.Values{"user_role": {"patient"}, "username": {"Phil1"}, "password": {"phil"}}, "invalid_request"},
		"patient, wrong e-mail":  {url.Values{"user_role": {"patient"}, "username": {"Phil1"}, "password": {"phil"}, "email": {"x@example.org"}}, "invalid_grant"},
		"unknown scope":          {url.Values{"scope": {"openid user/NoSuch.read"}}, "invalid_scope"},
		"no registered scope":    {url.Values{"scope": {"user/Condition.read"}}, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			form := passwordForm("openid user/Patient.read")
			maps.Copy(form, tc.form)
			w.refused(w.token(c.with(form)), http.StatusBadRequest, tc.code)
		})
	}
	t.Run("CAUTH-40 a public client may not", func(t *testing.T) {
		public := w.register(map[string]any{"application_type": "public"})
		w.refused(w.token(public.with(passwordForm("openid user/Patient.read"))), http.StatusBadRequest, "unauthorized_client")
	})
	t.Run("CAUTH-40 somebody with a second factor may not", func(t *testing.T) {
		if _, err := w.admin.SetTOTP(ctx, "default", identity.Named("clinician"), true); err != nil {
			t.Fatal(err)
		}
		form := passwordForm("openid user/Patient.read")
		form.Set("username", "clinician")
		form.Set("password", "clinician")
		w.refused(w.token(c.with(form)), http.StatusBadRequest, "invalid_grant")
	})
	t.Run("CAUTH-39 the setting switches it by role and off", func(t *testing.T) {
		w.set("password_grant", "patient")
		w.refused(w.token(c.with(passwordForm("openid user/Patient.read"))), http.StatusBadRequest, "unsupported_grant_type")
		w.set("password_grant", "off")
		w.refused(w.token(c.with(patientForm("openid patient/Patient.read"))), http.StatusBadRequest, "unsupported_grant_type")
		if d := w.browser().get("/oauth2/default/.well-known/openid-configuration"); strings.Contains(d.body, `"password"`) {
			t.Error("discovery lists a grant that is off")
		}
	})
}

func TestBruteForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	try := func(login, password string) *answer {
		form := passwordForm("openid user/Patient.read")
		form.Set("username", login)
		form.Set("password", password)
		return w.token(c.with(form))
	}
	for _, login := range []string{"admin", "nobody"} {
		var first *answer
		for i := range 7 {
			a := try([]string{login, strings.ToUpper(login), " " + login}[i%3], "wrong")
			if first == nil {
				first = a
			}
			if i == 4 && a.body != first.body {
				t.Errorf("SES-08 %s: the fifth answer differs: %s", login, a.body)
			}
			if i == 6 && a.status != http.StatusTooManyRequests {
				t.Errorf("SES-10 %s: the seventh wrong attempt is %d %s", login, a.status, a.body)
			}
		}
	}
	if a := try("admin", "pass"); a.status != http.StatusTooManyRequests {
		t.Errorf("the right password passes during the pause: %d", a.status)
	}
	w.clock.Advance(20 * time.Minute)
	if a := try("admin", "pass"); a.status != http.StatusOK {
		t.Errorf("SES-12 the right password does not pass after the pause: %d %s", a.status, a.body)
	}
}

func TestChangesAreFeltOnTheNextCall(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(nil)
		for name, tc := range map[string]struct {
			form   url.Values
			change func() error
			undo   func() error
		}{
			"client disabled": {
				passwordForm("openid offline_access user/Patient.read"),
				func() error { return w.admin.SetClientEnabled(ctx, "default", c.id, false) },
				func() error { return w.admin.SetClientEnabled(ctx, "default", c.id, true) },
			},
			"user disabled": {
				passwordForm("openid offline_access user/Patient.read"),
				func() error { return w.admin.SetUserEnabled(ctx, "default", identity.Named("admin"), false) },
				func() error { return w.admin.SetUserEnabled(ctx, "default", identity.Named("admin"), true) },
			},
			"patient opted out": {
				patientForm("openid offline_access patient/Patient.read"),
				func() error { return w.admin.SetOptOut(ctx, "default", identity.Named("Phil1"), true) },
				func() error { return w.admin.SetOptOut(ctx, "default", identity.Named("Phil1"), false) },
			},
			"patient opted out in the record": {
				patientForm("openid offline_access patient/Patient.read"),
				func() error {
					out := patientID
					w.optedOut.patient.Store(&out)
					return w.admin.EndPatient(ctx, "default", patientID)
				},
				func() error {
					w.optedOut.patient.Store(nil)
					return nil
				},
			},
		} {
			form := c.with(tc.form)
			j := w.token(form).json(t)
			if !w.live(j) || !w.live(j) {
				t.Fatalf("%s: the token does not work: %v", name, j)
			}
			if err := tc.change(); err != nil {
				t.Fatal(err)
			}
			await.True(t, name+": the token is refused", func() bool { return !w.live(j) })
			if a := w.token(c.with(refreshForm(j))); a.status == http.StatusOK {
				t.Errorf("%s: refresh works", name)
			}
			if a := w.token(form); a.status == http.StatusOK {
				t.Errorf("%s: a new token is given", name)
			}
			if err := tc.undo(); err != nil {
				t.Fatal(err)
			}
			if w.live(j) {
				t.Errorf("%s: undoing it revives the token", name)
			}
		}
	})
}

func TestRolesAreThoseOfToday(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	j := w.token(c.with(passwordForm("openid user/Patient.read"))).json(t)
	a, err := w.admin.User(ctx, "default", identity.Named("admin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.admin.SetGroups(ctx, "default", identity.Named("admin"), []string{"front"}); err != nil {
		t.Fatal(err)
	}
	s, err := w.server.Authenticate(ctx, "default", j["access_token"].(string))
	if err != nil || s.UserID != a.ID || len(s.Groups) != 1 || s.Groups[0] != "front" {
		t.Errorf("REF-11 subject = %+v, %v", s, err)
	}
}

func TestSitesShareNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	j := w.tokens(c, "openid offline_access user/Patient.read")
	if _, err := w.server.Authenticate(ctx, "other", j["access_token"].(string)); err == nil {
		t.Error("a token of one site opens another")
	}
	verifier, _ := proof()
	a := w.browser().post("/oauth2/other/token", c.with(url.Values{
		"grant_type": {"authorization_code"}, "code": {w.code(c, "openid user/Patient.read")}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	}))
	w.refused(a, http.StatusUnauthorized, "invalid_client")
	one, two := w.browser().get("/oauth2/default/jwk"), w.browser().get("/oauth2/other/jwk")
	if one.body == two.body || !strings.Contains(two.body, `"kid"`) {
		t.Error("two sites share a key")
	}
	for _, path := range []string{"/oauth2/nosuch/jwk", "/oauth2/nosuch/token", "/oauth2/default/nosuch", "/oauth2/..;/default/jwk"} {
		if a := w.browser().get(path); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
			t.Errorf("OIDC-14 %s is %d", path, a.status)
		}
	}
}

// claims decodes a JWT without checking it.
func TestAuditFailureClosesTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	w.audit.mu.Lock()
	w.audit.broken = true
	w.audit.mu.Unlock()
	w.refused(w.token(c.with(passwordForm("openid user/Patient.read"))), http.StatusServiceUnavailable, "temporarily_unavailable")
}

func TestPublicClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"application_type": "public", "scope": "openid offline_access launch/patient patient/Patient.read"})
	if c.secret != "" {
		t.Error("a public client has a secret")
	}
	j := w.tokens(c, "openid offline_access launch/patient patient/Patient.read")
	again := w.token(c.with(refreshForm(j))).json(t)
	if again["patient"] != patientID || !w.live(again) {
		t.Errorf("a public client cannot refresh: %v", again)
	}
	silent := w.token(refreshForm(again)).json(t)
	if !w.live(silent) {
		t.Errorf("a public client has to name itself: %v", silent)
	}
	w.refused(w.token(refreshForm(j)), http.StatusBadRequest, "invalid_grant")
	if w.live(silent) {
		t.Error("REF-01 the family of a public client survives a second use")
	}
	w.refused(w.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"unknown"}}), http.StatusUnauthorized, "invalid_client")
	secret := w.tokens(w.register(nil), "openid offline_access user/Patient.read")
	w.refused(w.token(refreshForm(secret)), http.StatusUnauthorized, "invalid_client")
	if !w.live(secret) {
		t.Error("whoever names no client ends the tokens of one that has a secret")
	}
}

func TestLaunchScopesNeedTheirContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"scope": "openid launch launch/patient launch/encounter launch/location user/Patient.read"})
	j := w.token(c.with(passwordForm("openid launch launch/patient launch/encounter launch/location user/Patient.read"))).json(t)
	if j["scope"] != "openid user/Patient.read" || j["patient"] != nil {
		t.Errorf("answer: %v", j)
	}
}
