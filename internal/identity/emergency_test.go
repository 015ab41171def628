package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/identity"
)

// TestEmergencyLoginSaysWhy is SES-31: an emergency login gives a reason, which the trail keeps; without one it opens nothing; and it ends
// when the site says, with everything that was given in it.
func TestEmergencyLoginSaysWhy(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(nil)
		const scope, why = "openid offline_access user/Patient.read", "Unconscious in the emergency room, allergies unknown"
		who := staff("physician", "physician")
		with := func(reason string) url.Values {
			form := staff("physician", "physician")
			form.Set("reason", reason)
			return form
		}
		// What was given before somebody becomes an emergency login was given without a reason.
		b := w.browser()
		before := w.redeem(c, w.location(b.submit(b.submit(b.authorize(w.request(c.id, scope)), who), allow)).Get("code")).json(t)
		if !w.live(before) {
			t.Fatal("a physician gets no token")
		}
		if err := w.admin.SetGroups(ctx, "default", identity.Named("physician"), []string{"breakglass"}); err != nil {
			t.Fatal(err)
		}
		if w.live(before) {
			t.Error("a token from before is good")
		}
		if a := b.authorize(w.request(c.id, scope)); !strings.Contains(a.body, `id="password"`) {
			t.Error("the session from before is good")
		}

		b = w.browser()
		page := b.authorize(w.request(c.id, scope))
		if strings.Contains(page.body, `name="reason"`) {
			t.Error("everybody is asked for a reason")
		}
		for _, reason := range []string{"", "because", "          \n\t          ", strings.Repeat("x", 501)} {
			form := with(reason)
			if reason == "" {
				form = who
			}
			if page = b.submit(page, form); page.status != http.StatusBadRequest || !strings.Contains(page.body, `name="reason"`) {
				t.Errorf("with the reason %.20q: %d %.900s", reason, page.status, page.body)
			}
			if e := w.audit.last("login"); e.Operation != "emergency login" || e.Outcome == chart.Success || e.UserName != "physician" {
				t.Errorf("audit event of a refusal: %+v", e)
			}
		}
		page = b.submit(page, with(why))
		if e := w.audit.last("login"); e.Operation != "emergency login" || e.Outcome != chart.Success || e.Reason != why || e.Role != "breakglass" {
			t.Errorf("audit event: %+v", e)
		}
		tokens := w.redeem(c, w.location(b.submit(page, allow)).Get("code")).json(t)
		if !w.live(tokens) {
			t.Fatalf("no token: %v", tokens)
		}

		// The end of the emergency ends the tokens, refreshed ones too.
		refresh := func() *answer {
			token, _ := tokens["refresh_token"].(string)
			return w.token(c.with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}))
		}
		w.clock.Advance(4*time.Hour - time.Minute)
		if tokens = refresh().json(t); !w.live(tokens) {
			t.Fatalf("within the time: %v", tokens)
		}
		if in, _ := tokens["expires_in"].(float64); in > 60 {
			t.Errorf("a minute before the end a token lives for %v seconds", in)
		}
		w.clock.Advance(time.Minute)
		if w.live(tokens) {
			t.Error("a token outlives the emergency")
		}
		if a := refresh(); a.status != http.StatusBadRequest {
			t.Errorf("a refresh after the end: %d %s", a.status, a.body)
		}
		w.set("emergency_use", "1h")
		b = w.browser()
		page = b.submit(b.submit(b.authorize(w.request(c.id, scope)), who), with(why))
		if page.status == http.StatusOK { // the consent may be remembered
			page = b.submit(page, allow)
		}
		tokens = w.redeem(c, w.location(page).Get("code")).json(t)
		w.clock.Advance(time.Hour)
		if a := refresh(); w.live(tokens) || a.status != http.StatusBadRequest {
			t.Errorf("after an hour: %d", a.status)
		}

		w.set("password_grant", "users")
		w.refused(w.token(c.with(url.Values{
			"grant_type": {"password"}, "user_role": {"users"}, "username": {"physician"}, "password": {"physician"}, "scope": {"openid user/Patient.read"}, "reason": {why},
		})), http.StatusBadRequest, "invalid_grant")
	})
}
