package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
)

func TestStaffSignsInAndPicksAPatient(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(nil)
		b := w.browser()
		page := b.authorize(w.request(c.id, "launch/patient openid fhirUser offline_access patient/Patient.read user/Observation.read"))
		if page.status != http.StatusOK || !strings.Contains(page.body, "A Private App") {
			t.Fatalf("login page: %d %.300s", page.status, page.body)
		}
		page = b.submit(page, staff("physician", "physician"))
		if !strings.Contains(page.body, "Ada Example") || strings.Contains(page.body, "Ben") {
			t.Fatalf("first page of the picker: %.800s", page.body)
		}
		next := b.get("/oauth2/default/patient-select?ticket=" + filled(page, nil).Get("ticket") + "&after=" + patientID)
		if !strings.Contains(next.body, "Ben &lt;b&gt;Example&lt;/b&gt;") {
			t.Errorf("second page of the picker: %.800s", next.body)
		}
		page = b.submit(page, url.Values{"patient": {patientID}})
		for _, want := range []string{"Allow <em>A Private App</em>?", "client.example.org", "Ada Example", "You have not used this app", "Deny"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("consent page lacks %q", want)
			}
		}
		q := w.location(b.submit(page, allow))
		if q.Get("state") != "state-9512151b" || q.Get("iss") != w.issuer() || q.Get("code") == "" {
			t.Fatalf("answer to the app: %v", q)
		}
		a := w.redeem(c, q.Get("code"))
		j := a.json(t)
		if a.status != http.StatusOK || j["token_type"] != "Bearer" || j["expires_in"] != 3600.0 || j["patient"] != patientID ||
			j["need_patient_banner"] != true || j["refresh_token"] == nil || j["id_token"] == nil || j["smart_style_url"] == nil ||
			!strings.Contains(j["fhirUser"].(string), w.http.URL+"/apis/default/fhir/Practitioner/") {
			t.Errorf("token response: %d %s", a.status, a.body)
		}
		if j["scope"] != "launch/patient openid fhirUser offline_access patient/Patient.read user/Observation.read" {
			t.Errorf("scope is %v", j["scope"])
		}
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
			t.Errorf("the token response may be cached: %v", a.header)
		}
		s, err := w.server.Authenticate(context.Background(), "default", j["access_token"].(string))
		if err != nil || s.Actor != access.User || s.UserName != "physician" || s.Patient != patientID || s.Groups[0] != "doc" {
			t.Errorf("subject = %+v, %v", s, err)
		}
		if e := w.audit.last("token"); e.Operation != "authorization_code" || e.ClientID != c.id || e.Outcome != chart.Success || e.Patients[0] != patientID {
			t.Errorf("audit event: %+v", e)
		}
	})
}

func TestPortalPatientIsTheirOwnContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	page := b.submit(b.authorize(w.request(c.id, "launch/patient openid fhirUser patient/Patient.read user/Patient.read")), phil())
	if strings.Contains(page.body, "Choose a patient") || strings.Contains(page.body, "user/Patient.read") {
		t.Errorf("a patient is asked for somebody else's records: %.800s", page.body)
	}
	a := w.redeem(c, w.location(b.submit(page, allow)).Get("code"))
	j := a.json(t)
	if j["patient"] != patientID || j["scope"] != "launch/patient openid fhirUser patient/Patient.read" || j["refresh_token"] != nil ||
		j["fhirUser"] != w.http.URL+"/apis/default/fhir/Patient/"+patientID {
		t.Errorf("token response: %s", a.body)
	}
}

func TestAuthorizeByPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	page := b.follow(b.post("/oauth2/default/authorize", w.request(c.id, "openid user/Patient.read")))
	q := w.location(b.submit(b.submit(page, staff("admin", "pass")), allow))
	if a := w.redeem(c, q.Get("code")); a.status != http.StatusOK {
		t.Errorf("token: %d %s", a.status, a.body)
	}
	// A form from another site carries no cookie; it must not sign anybody out.
	crossSite := w.browser().post("/oauth2/default/authorize", w.request(c.id, "openid user/Patient.read"))
	if crossSite.header.Get("Set-Cookie") != "" {
		t.Errorf("a posted request sets a cookie: %v", crossSite.header)
	}
	if q := w.location(b.follow(crossSite)); q.Get("code") == "" {
		t.Errorf("the session is not found again: %v", q)
	}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	t.Run("is remembered, and the second time nobody is asked", func(t *testing.T) {
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass"))
		w.location(b.submit(page, allow))
		if q := w.location(b.authorize(w.request(c.id, "openid user/Patient.read"))); q.Get("code") == "" {
			t.Errorf("answer: %v", q)
		}
		more := b.authorize(w.request(c.id, "openid user/Patient.read user/Observation.read"))
		if !strings.Contains(more.body, "Allow <em>") {
			t.Errorf("more is given without asking: %d %s", more.status, more.header.Get("Location"))
		}
		params := w.request(c.id, "openid user/Patient.read")
		params.Set("prompt", "consent")
		if again := b.authorize(params); !strings.Contains(again.body, "Allow <em>") {
			t.Error("prompt=consent does not ask")
		}
	})
	t.Run("AUTHZ-40 a refusal tells the app and keeps nothing", func(t *testing.T) {
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("clinician", "clinician"))
		q := w.location(b.submit(page, url.Values{"decision": {"deny"}}))
		if q.Get("error") != "access_denied" || q.Get("state") == "" || q.Get("iss") != w.issuer() || q.Has("code") {
			t.Errorf("answer: %v", q)
		}
		if page := b.authorize(w.request(c.id, "openid user/Patient.read")); !strings.Contains(page.body, "Allow <em>") {
			t.Error("a refusal is remembered as a yes")
		}
	})
	t.Run("what is not ticked is not granted, whatever the form says", func(t *testing.T) {
		b := w.browser()
		page := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read user/Observation.read")), staff("receptionist", "receptionist"))
		q := w.location(b.submit(page, url.Values{"decision": {"allow"}, "scope": {"user/Observation.read", "user/encounter.read"}}))
		if j := w.redeem(c, q.Get("code")).json(t); j["scope"] != "openid user/Observation.read" {
			t.Errorf("scope is %v", j["scope"])
		}
	})
	t.Run("a native app is asked about every time", func(t *testing.T) {
		native := w.register(map[string]any{"application_type": "native", "redirect_uris": []string{"org.example.app:/cb"}, "token_endpoint_auth_method": "none"})
		b := w.browser()
		params := w.request(native.id, "openid patient/Patient.read")
		params.Set("redirect_uri", "org.example.app:/cb")
		page := b.submit(b.authorize(params), phil())
		if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' org.example.app:;") {
			t.Errorf("policy is %q", csp)
		}
		if a := b.submit(page, allow); !strings.HasPrefix(a.header.Get("Location"), "org.example.app:/cb?") {
			t.Fatalf("answer: %d %s", a.status, a.header.Get("Location"))
		}
		if page := b.authorize(params); !strings.Contains(page.body, "Allow <em>") {
			t.Error("the consent for a native app is remembered")
		}
	})
}

func TestEncounterPicker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	j := w.tokens(c, "launch/patient launch/encounter openid patient/Patient.read")
	if j["patient"] != patientID || j["encounter"] != "visit-1" {
		t.Errorf("context: %v", j)
	}
}

func TestStaffWithoutPatientAccessGoesBackToTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	a := b.submit(b.authorize(w.request(c.id, "launch/patient openid patient/Patient.read")), staff("accountant", "accountant"))
	if q := w.location(a); q.Get("error") != "access_denied" {
		t.Errorf("answer: %v", q)
	}
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b := w.browser()
	silent := w.request(c.id, "openid user/Patient.read")
	silent.Set("prompt", "none")
	if q := w.location(b.authorize(silent)); q.Get("error") != "login_required" {
		t.Errorf("AUTHZ-32 nobody is signed in: %v", q)
	}
	page := b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass"))
	if q := w.location(b.authorize(silent)); q.Get("error") != "consent_required" {
		t.Errorf("AUTHZ-32 nothing was agreed to: %v", q)
	}
	w.location(b.submit(page, allow))
	if q := w.location(b.authorize(silent)); q.Get("code") == "" {
		t.Errorf("prompt=none with everything settled: %v", q)
	}
	w.clock.Advance(60e9)
	fresh := w.request(c.id, "openid user/Patient.read")
	fresh.Set("max_age", "0")
	if page := b.authorize(fresh); !strings.Contains(page.body, `id="password"`) {
		t.Error("max_age=0 does not ask for the password")
	}
}
