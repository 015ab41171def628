package identity_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	password, err := w.admin.FirstAdministrator(ctx, "other")
	if err != nil || len(password) < 20 {
		t.Fatalf("%q, %v", password, err)
	}
	if again, err := w.admin.FirstAdministrator(ctx, "other"); err != nil || again != "" {
		t.Errorf("SES-13 a second password is shown: %q, %v", again, err)
	}
	users, err := w.admin.Users(ctx, "other")
	if err != nil || len(users) != 1 || users[0].Login != "admin" || users[0].Groups[0] != account.Administrators || strings.Contains(users[0].PasswordHash, password) {
		t.Errorf("%+v, %v", users, err)
	}
	if none, err := w.admin.FirstAdministrator(ctx, "default"); err != nil || none != "" {
		t.Errorf("a site with staff gets another administrator: %q, %v", none, err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	for name, tc := range map[string]struct {
		user identity.NewUser
		kind fault.Kind
	}{
		"SES-15 a common password":   {identity.NewUser{Kind: account.Staff, Login: "new", Password: "password123"}, fault.Invalid},
		"a short password":           {identity.NewUser{Kind: account.Staff, Login: "new", Password: "short"}, fault.Invalid},
		"an unknown group":           {identity.NewUser{Kind: account.Staff, Login: "new", Groups: []string{"kings"}}, fault.Invalid},
		"no name":                    {identity.NewUser{Kind: account.Staff}, fault.Invalid},
		"a name with spaces around":  {identity.NewUser{Kind: account.Staff, Login: " new"}, fault.Invalid},
		"a name that is taken":       {identity.NewUser{Kind: account.Staff, Login: "admin"}, fault.Conflict},
		"a portal user of nobody":    {identity.NewUser{Kind: account.Portal, Login: "new", Email: "a@example.org"}, fault.Invalid},
		"a portal user without mail": {identity.NewUser{Kind: account.Portal, Login: "new", PatientID: patientID}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.admin.AddUser(ctx, "default", tc.user)
			if err == nil || fault.KindOf(err) != tc.kind {
				t.Errorf("%v", err)
			}
			if e := w.audit.last("user"); tc.kind == fault.Conflict && e.Outcome == chart.Success {
				t.Error("a failure is recorded as a success")
			}
		})
	}
	made, password, err := w.admin.AddUser(ctx, "default", identity.NewUser{Kind: account.Staff, Login: "nurse", Groups: []string{account.Clinicians}})
	if err != nil || made.FHIRUser != "Practitioner/"+made.ID {
		t.Fatalf("%+v, %v", made, err)
	}
	c := w.register(nil)
	form := passwordForm("openid offline_access user/Patient.read")
	form.Set("username", "nurse")
	form.Set("password", password)
	j := w.token(c.with(form)).json(t)
	if !w.live(j) {
		t.Fatalf("the made-up password does not work: %v", j)
	}
	if _, err := w.admin.SetPassword(ctx, "default", identity.Named("nurse"), "another good one"); err != nil {
		t.Fatal(err)
	}
	if w.live(j) || w.token(c.with(refreshForm(j))).status == http.StatusOK {
		t.Error("SES-18 tokens survive a change of the password")
	}
	if a := w.token(c.with(form)); a.status == http.StatusOK {
		t.Error("the old password works")
	}
	w.clock.Advance(time.Minute)
	form.Set("password", "another good one")
	if a := w.token(c.with(form)); a.status != http.StatusOK {
		t.Errorf("the new password: %d %s", a.status, a.body)
	}
	if _, err := w.admin.SetPassword(ctx, "default", identity.Named("nobody"), "another good one"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown user: %v", err)
	}
}

func TestDemoCanBeSeededAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	before, err := w.admin.Users(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.admin.SeedDemo(ctx, "default", identity.Demo{PatientID: patientID, RedirectURIs: []string{"https://localhost:9300/swagger/oauth2-redirect.html"}}); err != nil {
		t.Fatal(err)
	}
	after, err := w.admin.Users(ctx, "default")
	if err != nil || len(after) != len(before) || len(after) != 6 {
		t.Errorf("%d users, then %d, %v", len(before), len(after), err)
	}
	c, err := w.admin.Client(ctx, "default", identity.SwaggerClient)
	if err != nil || !c.Public() || !c.Enabled || !c.MatchRedirect("https://localhost:9300/swagger/oauth2-redirect.html") || len(c.Scopes) < 100 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestSessionsOfOneAccountAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	for range 23 {
		b := w.browser()
		b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass"))
		w.clock.Advance(time.Second)
	}
	if n := w.count("auth_session"); n != 20 {
		t.Errorf("SES-28 %d sessions", n)
	}
}
