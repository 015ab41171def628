package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chartwright/internal/identity"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

func TestEHRLaunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	scope := "launch openid fhirUser offline_access patient/Patient.read"
	c := w.register(map[string]any{"scope": scope, "initiate_login_uri": "https://client.example.org/launch?tenant=1"})
	other := w.register(map[string]any{"scope": scope, "initiate_login_uri": "https://client.example.org/launch"})
	admin, err := w.admin.User(ctx, "default", identity.Named("admin"))
	if err != nil {
		t.Fatal(err)
	}
	launch := func() url.Values {
		t.Helper()
		address, err := w.server.Launch(ctx, "default", c.id, admin.ID, token.Context{Patient: patientID, Encounter: "visit-1", Intent: "main.tab"})
		if err != nil || !strings.HasPrefix(address, "https://client.example.org/launch?tenant=1&") {
			t.Fatalf("%s, %v", address, err)
		}
		u, _ := url.Parse(address)
		if u.Query().Get("iss") != w.http.URL+"/apis/default/fhir" {
			t.Errorf("iss is %s", u.Query().Get("iss"))
		}
		params := w.request(c.id, scope)
		params.Set("launch", u.Query().Get("launch"))
		return params
	}
	t.Run("the context arrives, and the handle is good once", func(t *testing.T) {
		params := launch()
		b := w.browser()
		page := b.submit(b.authorize(params), staff("admin", "pass"))
		if !strings.Contains(page.body, "Ada Example") {
			t.Errorf("the page does not name the patient: %.500s", page.body)
		}
		j := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
		if j["patient"] != patientID || j["encounter"] != "visit-1" || j["intent"] != "main.tab" || j["need_patient_banner"] != false {
			t.Errorf("context: %v", j)
		}
		if again := w.token(c.with(refreshForm(j))).json(t); again["patient"] != patientID || again["encounter"] != "visit-1" {
			t.Errorf("after a refresh: %v", again)
		}
		if q := w.location(b.authorize(params)); q.Get("error") != "invalid_request" {
			t.Errorf("SMART-16 a second use: %v", q)
		}
	})
	t.Run("another app cannot use it", func(t *testing.T) {
		params := launch()
		params.Set("client_id", other.id)
		if q := w.location(w.browser().authorize(params)); q.Get("error") != "invalid_request" {
			t.Errorf("%v", q)
		}
	})
	t.Run("it expires", func(t *testing.T) {
		params := launch()
		w.clock.Advance(6 * time.Minute)
		if q := w.location(w.browser().authorize(params)); q.Get("error") != "invalid_request" {
			t.Errorf("%v", q)
		}
	})
	t.Run("somebody else who signs in gets nothing", func(t *testing.T) {
		b := w.browser()
		a := b.submit(b.authorize(launch()), staff("physician", "physician"))
		if q := w.location(a); q.Get("error") != "access_denied" {
			t.Errorf("%v", q)
		}
	})
	t.Run("the scope launch alone asks for no context", func(t *testing.T) {
		params := launch()
		params.Set("scope", "openid")
		if q := w.location(w.browser().authorize(params)); q.Get("error") != "invalid_request" {
			t.Errorf("%v", q)
		}
	})
	t.Run("no consent page where an administrator has said so", func(t *testing.T) {
		if err := w.admin.ChangeClient(ctx, "default", c.id, "client skip", func(c *client.Client) { c.SkipEHRLaunch = true }); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		if q := w.location(b.submit(b.authorize(launch()), staff("admin", "pass"))); q.Get("code") == "" {
			t.Errorf("%v", q)
		}
	})
	if _, err := w.server.Launch(ctx, "default", w.register(nil).id, admin.ID, token.Context{}); err == nil {
		t.Error("an app without a launch address is launched")
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(nil)
		keep := w.tokens(c, "openid offline_access user/Patient.read")
		w.tokens(c, "openid user/Observation.read")
		w.clock.Advance(26 * time.Hour)
		w.server.Sweep(context.Background())
		for _, table := range []string{"auth_session", "auth_ticket"} {
			if n := w.count(table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if n := w.count("auth_token"); n != 1 {
			t.Errorf("%d tokens are left, want the refresh token", n)
		}
		if n := w.count("auth_grant"); n != 1 {
			t.Errorf("%d grants are left", n)
		}
		if a := w.token(c.with(refreshForm(keep))); a.status != http.StatusOK {
			t.Errorf("what is good was swept away: %d %s", a.status, a.body)
		}
	})
}

func (w *world) count(table string) (n int) {
	w.t.Helper()
	db, err := w.sites.DB(context.Background(), "default")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := db.Reader.Raw("SELECT count(*) FROM " + table).Scan(&n).Error; err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestNothingSecretIsStored looks for what was handed out in every table.
func TestNothingSecretIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	page := b.submit(b.authorize(w.request(c.id, "openid offline_access user/Patient.read")), staff("admin", "pass"))
	code := w.location(b.submit(page, allow)).Get("code")
	j := w.redeem(c, code).json(t)
	u, _ := url.Parse(w.http.URL)
	secrets := map[string]string{
		"client secret": c.secret, "registration token": c.key, "code": code, "access token": j["access_token"].(string),
		"refresh token": j["refresh_token"].(string), "session cookie": b.session(), "browser cookie": b.client.Jar.Cookies(u)[0].Value, "ticket": filled(page, nil).Get("ticket"),
	}
	db, err := w.sites.DB(context.Background(), "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{
		"auth_client", "auth_account", "auth_grant", "auth_token", "auth_consent", "auth_session", "auth_ticket", "auth_key", "auth_failure",
	} {
		var rows []map[string]any
		if err := db.Reader.Table(table).Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				text, _ := value.(string)
				if raw, ok := value.([]byte); ok {
					text = string(raw)
				}
				for name, secret := range secrets {
					if strings.Contains(text, secret) {
						t.Errorf("%s.%s holds the %s", table, column, name)
					}
				}
				if table == "auth_key" && strings.Contains(text, "PRIVATE") {
					t.Error("a private key lies open")
				}
			}
		}
	}
}
