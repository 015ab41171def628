package identity_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
)

// signsIn reports whether an app proves who it is with a secret. The code is a made-up one, which is looked at after that.
func (w *world) signsIn(c app, secret string) bool {
	w.t.Helper()
	c.secret = secret
	switch code := w.redeem(c, "no-such-code").json(w.t)["error"]; code {
	case "invalid_grant":
		return true
	case "invalid_client":
		return false
	default:
		w.t.Fatalf("a secret is answered %v", code)
		return false
	}
}

// TestSecretsAreRotated is CAUTH-42: the old secret is good up to the end that was set, and never longer.
func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(nil)
		rotate := func(keep time.Duration) string {
			t.Helper()
			secret, err := w.admin.RotateSecret(ctx, "default", c.id, keep)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		second := rotate(time.Hour)
		if e := w.audit.last("client"); e.Operation != "client secret rotate" || e.ClientID != c.id || strings.Contains(e.Reason+e.Query, second) {
			t.Errorf("audit event %+v", e)
		}
		if !w.signsIn(c, c.secret) || !w.signsIn(c, second) || w.signsIn(c, "") {
			t.Error("not both secrets are good while they overlap")
		}
		w.clock.Advance(time.Hour)
		if w.signsIn(c, c.secret) || !w.signsIn(c, second) {
			t.Error("after the overlap not the new secret alone is good")
		}
		third := rotate(time.Hour)
		fourth := rotate(time.Hour)
		if w.signsIn(c, second) || !w.signsIn(c, third) || !w.signsIn(c, fourth) {
			t.Error("there are not the last two secrets")
		}
		if err := w.admin.EndOldSecret(ctx, "default", c.id); err != nil || w.signsIn(c, third) || !w.signsIn(c, fourth) {
			t.Errorf("ending the old secret: %v", err)
		}
		fifth := rotate(0)
		if w.signsIn(c, fourth) || !w.signsIn(c, fifth) {
			t.Error("a secret that somebody else may know is good beside the new one")
		}
	})
}

func TestSecretsThatAreNotRotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	private, public := w.register(nil), w.register(map[string]any{"application_type": "public"})
	for name, tc := range map[string]struct {
		id   string
		keep time.Duration
		kind fault.Kind
	}{
		"for longer than a week":   {private.id, client.MaxSecretOverlap + 1, fault.Invalid},
		"until yesterday":          {private.id, -time.Hour, fault.Invalid},
		"of an app that has none":  {public.id, time.Hour, fault.Invalid},
		"of an app that is no app": {"nobody", time.Hour, fault.NotFound},
	} {
		if secret, err := w.admin.RotateSecret(ctx, "default", tc.id, tc.keep); !fault.Is(err, tc.kind) || secret != "" {
			t.Errorf("%s: %q, %v", name, secret, err)
		}
	}
	if !w.signsIn(private, private.secret) {
		t.Error("the secret changed although the rotation was refused")
	}
	if _, page := w.administer(administrator(), "admin/app?id="+public.id); strings.Contains(page.body, "new secret") {
		t.Error("a public app is offered a secret")
	}
}

func TestAdministratorRotatesASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	b, page := w.administer(administrator(), "admin/app?id="+c.id)
	page = b.submit(page, url.Values{"do": {"secret"}, "keep": {"1h"}})
	shown := regexp.MustCompile(`id="secret">([\w-]{43})<`).FindStringSubmatch(page.body)
	if shown == nil || !w.signsIn(c, shown[1]) || !w.signsIn(c, c.secret) {
		t.Fatalf("the new secret: %d %.900s", page.status, page.body)
	}
	page = b.get("/oauth2/default/admin/app?id=" + c.id)
	if strings.Contains(page.body, shown[1]) || !strings.Contains(page.body, "End it now") {
		t.Error("the secret is shown twice, or the old one cannot be ended")
	}
	if page = b.submit(page, url.Values{"do": {"end-secret"}}); w.signsIn(c, c.secret) || strings.Contains(page.body, "End it now") {
		t.Error("the old secret is good after it was ended")
	}
	if a := b.submit(page, url.Values{"do": {"secret"}, "keep": {"for ever"}}); a.status != http.StatusBadRequest {
		t.Errorf("a time that is none: %d", a.status)
	}
}

// A client that sends its secret with a new registration must send the right one, and cannot choose another. RFC 7592 §2.2.
func TestRegistrationDoesNotTakeASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	replace := func(secret any) *answer {
		m := w.browser().send(http.MethodGet, c.uri, "", "Authorization", "Bearer "+c.key).json(t)
		m["client_secret"] = secret
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return w.browser().send(http.MethodPut, c.uri, string(body), "Authorization", "Bearer "+c.key, "Content-Type", "application/json")
	}
	w.refused(replace("my-own-choice"), http.StatusBadRequest, "invalid_client_metadata")
	if a := replace(c.secret); a.status != http.StatusOK || !w.signsIn(c, c.secret) {
		t.Errorf("with the right secret: %d %s", a.status, a.body)
	}
}
