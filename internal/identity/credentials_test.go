package identity_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/role"
)

var shownPassword = regexp.MustCompile(`<code id="password">([^<]+)</code>`)

// givenPassword returns the password on the page that shows it.
func givenPassword(t *testing.T, page *answer) string {
	t.Helper()
	m := shownPassword.FindStringSubmatch(page.body)
	if page.status != http.StatusOK || m == nil {
		t.Fatalf("no password is shown: %d %.900s", page.status, page.body)
	}
	if page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the password may be cached: %v", page.header)
	}
	return m[1]
}

// credentialsOf signs a member of staff in and goes to the credentials of a patient.
func (b *browser) credentialsOf(login, patient string) *answer {
	b.t.Helper()
	page := b.follow(b.get("/oauth2/default/credentials"))
	page = b.submit(page, staff(login, login))
	if !strings.Contains(page.body, "Choose a patient") {
		return page
	}
	return b.submit(page, url.Values{"patient": {patient}})
}

func benForm(password string) url.Values {
	return url.Values{
		"grant_type": {"password"}, "user_role": {"patient"}, "username": {"ben@example.org"}, "email": {"ben@example.org"}, "password": {password},
		"scope": {"openid offline_access api:fhir patient/Patient.read"},
	}
}

// TestClinicianMakesCredentials is the way from the clinician's page to the patient's token, by both grants, and the reset.
func TestClinicianMakesCredentials(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.set("password_grant", "both")
		c := w.register(nil)
		b := w.browser()
		page := b.credentialsOf("clinician", otherID)
		for _, want := range []string{`name="username" type="text" autocapitalize="none" spellcheck="false" maxlength="200" required value="ben@example.org"`, `value="ben@example.org"`, "Ben &lt;b&gt;Example"} {
			if !strings.Contains(page.body, want) {
				t.Fatalf("the page lacks %s: %.2500s", want, page.body)
			}
		}
		entered := url.Values{"username": {"ben@example.org"}, "email": {"ben@example.org"}}
		making := withForm(page, "username", entered)
		given := b.follow(b.post("/oauth2/default/patient-credentials", making, "Sec-Fetch-Site", "same-origin"))
		password := givenPassword(t, given)
		e := w.audit.last("user")
		if e.Operation != "credentials create" || e.UserName != "clinician" || len(e.Patients) != 1 || e.Patients[0] != otherID || e.ID == "" || e.Outcome != chart.Success {
			t.Errorf("audit: %+v", e)
		}
		if a := b.post("/oauth2/default/patient-credentials", making, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusBadRequest || strings.Contains(a.body, "password\"") {
			t.Errorf("the form is good twice: %d %.300s", a.status, a.body)
		}

		// The password grant.
		a := w.token(c.with(benForm(password)))
		j := a.json(t)
		if a.status != http.StatusOK || j["patient"] != otherID {
			t.Fatalf("password grant: %d %s", a.status, a.body)
		}
		for name, change := range map[string]url.Values{
			"another e-mail": {"email": {"eve@example.org"}}, "as staff": {"user_role": {"users"}}, "another password": {"password": {password + "x"}},
		} {
			form := benForm(password)
			maps.Copy(form, change)
			if a := w.token(c.with(form)); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		// The code flow.
		ben := w.browser()
		signIn := url.Values{"user_role": {"patient"}, "username": {"ben@example.org"}, "email": {"ben@example.org"}, "password": {password}}
		page = ben.submit(ben.authorize(w.request(c.id, "openid fhirUser patient/Patient.read")), signIn)
		code := w.redeem(c, w.location(ben.submit(page, allow)).Get("code")).json(t)
		if code["patient"] != otherID || !strings.HasSuffix(code["fhirUser"].(string), "/Patient/"+otherID) {
			t.Errorf("code flow: %v", code)
		}

		// An account that is there is shown, and made anew only when that is asked for.
		page = b.follow(b.get("/oauth2/default/credentials?patient=" + otherID))
		if !strings.Contains(page.body, "Reset the password") || strings.Contains(page.body, `name="username"`) {
			t.Fatalf("the page of a patient with an account: %.2500s", page.body)
		}
		again := withForm(page, "", entered)
		if a := b.post("/oauth2/default/patient-credentials", again, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusConflict || !strings.Contains(a.body, "has credentials already") {
			t.Errorf("a second account: %d %.900s", a.status, a.body)
		}
		if !w.live(j) || !w.live(code) {
			t.Error("looking and trying has ended what the patient gave to apps")
		}
		reset := withForm(page, "email", url.Values{"email": {"ben@example.net"}})
		newer := givenPassword(t, b.follow(b.post("/oauth2/default/patient-credentials", reset, "Sec-Fetch-Site", "same-origin")))
		if e := w.audit.last("user"); e.Operation != "credentials reset" || e.Outcome != chart.Success || e.Patients[0] != otherID {
			t.Errorf("audit: %+v", e)
		}
		await.True(t, "the tokens of the old password are worthless", func() bool { return !w.live(j) && !w.live(code) })
		if a := w.token(c.with(benForm(password))); newer == password || a.status != http.StatusBadRequest {
			t.Errorf("the old password is good: %d %s", a.status, a.body)
		}
		form := benForm(newer)
		form.Set("email", "ben@example.net")
		if a := w.token(c.with(form)); a.status != http.StatusOK {
			t.Errorf("the new password: %d %s", a.status, a.body)
		}
	})
}

// withForm returns the fields of the form of a page that has an input of this name, with what a user enters.
func withForm(page *answer, input string, fields url.Values) url.Values {
	for _, form := range strings.SplitAfter(page.body, "</form>") {
		if strings.Contains(form, ` name="`+input+`" type="`) || input == "" {
			return filled(&answer{body: form}, fields)
		}
	}
	return fields
}

func TestWhoMakesCredentials(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		for login, may := range map[string]bool{"admin": true, "physician": true, "clinician": true, "accountant": false, "receptionist": false} {
			b := w.browser()
			page := b.follow(b.get("/oauth2/default/credentials"))
			password := login
			if login == "admin" {
				password = "pass"
			}
			page = b.submit(page, staff(login, password))
			if may != (page.status == http.StatusOK && strings.Contains(page.body, "Choose a patient")) || !may && page.status != http.StatusForbidden {
				t.Errorf("%s: %d %.300s", login, page.status, page.body)
			}
			if !may {
				if e := w.audit.last("user"); e.UserName != login || e.Operation != "credentials" || e.Outcome == chart.Success {
					t.Errorf("the refusal of %s is not recorded: %+v", login, e)
				}
			}
		}
		// A site gives the right to another role and takes it from one, in the middle of the errand.
		clinician := w.browser()
		page := clinician.credentialsOf("clinician", otherID)
		change := func(f func(*role.Service) error) {
			t.Helper()
			if err := w.admin.ChangeRole(ctx, "default", "role change", "x", f); err != nil {
				t.Fatal(err)
			}
		}
		change(func(s *role.Service) error { return s.Grant(ctx, "default", "front", "patientportal/portal", "write") })
		change(func(s *role.Service) error { return s.Grant(ctx, "default", "clin", "patients/demo", "deny") })
		await.True(t, "the front office may", func() bool { return w.browser().credentialsOf("receptionist", otherID).status == http.StatusOK })
		await.True(t, "the clinician may not any more", func() bool {
			form := withForm(page, "username", url.Values{"username": {""}, "email": {"ben@example.org"}})
			return clinician.post("/oauth2/default/patient-credentials", form, "Sec-Fetch-Site", "same-origin").status == http.StatusForbidden
		})
		patient := w.browser()
		patient.submit(patient.authorize(w.request(w.register(nil).id, "openid patient/Patient.read")), phil())
		if a := patient.follow(patient.get("/oauth2/default/credentials")); a.status != http.StatusForbidden {
			t.Errorf("a patient: %d %.300s", a.status, a.body)
		}
	})
}

func TestCredentialsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	b := w.browser()
	page := b.credentialsOf("physician", otherID)
	good := url.Values{"username": {"ben"}, "email": {"ben@example.org"}}
	post := func(b *browser, form url.Values, header ...string) *answer {
		t.Helper()
		return b.post("/oauth2/default/patient-credentials", form, header...)
	}
	none := func() {
		t.Helper()
		if _, err := w.admin.User(ctx, "default", identity.Named("ben")); !fault.Is(err, fault.NotFound) {
			t.Fatalf("an account was made: %v", err)
		}
	}
	for name, tc := range map[string]struct {
		change url.Values
		status int
	}{
		"without a name":                    {url.Values{"username": {" "}}, http.StatusBadRequest},
		"with a control character":          {url.Values{"username": {"be\tn"}}, http.StatusBadRequest},
		"without an e-mail":                 {url.Values{"email": {""}}, http.StatusBadRequest},
		"with an e-mail that is none":       {url.Values{"email": {"Ben <ben@example.org>"}}, http.StatusBadRequest},
		"with the name of another patient":  {url.Values{"username": {"Phil1"}}, http.StatusConflict},
		"for an account of another patient": {url.Values{"account": {w.user("Phil1").ID}}, http.StatusBadRequest},
		"with another form's token":         {url.Values{"csrf": {"x"}}, http.StatusForbidden},
		"without a token":                   {url.Values{"csrf": {""}}, http.StatusForbidden},
	} {
		form := withForm(page, "username", good)
		maps.Copy(form, tc.change)
		if a := post(b, form, "Sec-Fetch-Site", "same-origin"); a.status != tc.status || shownPassword.MatchString(a.body) {
			t.Errorf("%s: %d %.600s", name, a.status, a.body)
		}
		none()
	}
	form := withForm(page, "username", good)
	if a := post(b, form, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("from another site: %d", a.status)
	}
	// Somebody else's browser, even of somebody who may, and even with the ticket of the first.
	other := w.browser()
	theirs := withForm(other.credentialsOf("clinician", otherID), "username", good)
	if a := post(other, form, "Sec-Fetch-Site", "same-origin"); a.status == http.StatusOK {
		t.Errorf("the form of another browser: %d", a.status)
	}
	form.Set("csrf", theirs.Get("csrf"))
	if a := post(b, form, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusForbidden {
		t.Errorf("the token of somebody else: %d", a.status)
	}
	none()
	if a := b.follow(b.get("/oauth2/default/credentials?patient=nobody")); a.status != http.StatusBadRequest || strings.Contains(a.body, "Make credentials") {
		t.Errorf("a patient who does not exist: %d %.300s", a.status, a.body)
	}

	// Whoever has opted out, in the record or by the account, gets none and is not reset.
	id := otherID
	w.optedOut.patient.Store(&id)
	if a := b.get("/oauth2/default/patient-credentials?ticket=" + filled(page, nil).Get("ticket")); a.status != http.StatusOK || !strings.Contains(a.body, "opted out") || strings.Contains(a.body, "Make credentials") {
		t.Errorf("the page of a patient who has opted out: %d %.900s", a.status, a.body)
	}
	if a := post(b, withForm(page, "username", good), "Sec-Fetch-Site", "same-origin"); a.status != http.StatusForbidden {
		t.Errorf("a patient who has opted out: %d %.600s", a.status, a.body)
	}
	none()
	page = b.follow(b.get("/oauth2/default/credentials?patient=" + patientID))
	reset := withForm(page, "email", url.Values{"email": {"heya@invalid.email.com"}})
	for name, change := range map[string]func(on bool) error{
		"opted out": func(on bool) error { return w.admin.SetOptOut(ctx, "default", identity.Named("Phil1"), on) },
		"disabled":  func(on bool) error { return w.admin.SetUserEnabled(ctx, "default", identity.Named("Phil1"), !on) },
	} {
		if err := change(true); err != nil {
			t.Fatal(err)
		}
		before := w.user("Phil1").PasswordHash
		if a := post(b, reset, "Sec-Fetch-Site", "same-origin"); a.status != http.StatusForbidden || w.user("Phil1").PasswordHash != before {
			t.Errorf("reset of an account that is %s: %d %.600s", name, a.status, a.body)
		}
		if err := change(false); err != nil {
			t.Fatal(err)
		}
	}
	if a := b.submit(b.follow(b.get("/oauth2/default/credentials")), url.Values{"decision": {"deny"}}); a.status != http.StatusOK || !strings.Contains(a.body, "Nothing was changed") {
		t.Errorf("cancelled: %d %.300s", a.status, a.body)
	}

	// A trail that cannot be written to shows no password.
	page = b.follow(b.get("/oauth2/default/credentials?patient=" + patientID))
	reset = withForm(page, "email", url.Values{"email": {"heya@invalid.email.com"}})
	w.audit.mu.Lock()
	w.audit.broken = true
	w.audit.mu.Unlock()
	if a := post(b, reset, "Sec-Fetch-Site", "same-origin"); a.status < 500 || shownPassword.MatchString(a.body) {
		t.Errorf("without a trail: %d %.300s", a.status, a.body)
	}
}

// user returns an account of site default.
func (w *world) user(login string) *account.Account {
	w.t.Helper()
	a, err := w.admin.User(context.Background(), "default", identity.Named(login))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}
