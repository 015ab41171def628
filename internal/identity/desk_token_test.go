package identity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestAdministratorLooksAtTokens is INT-16: the page says what a token of the site is, agrees with what introspection says about it, and
// takes anything else for what it is, without showing the token or whose it might be elsewhere.
func TestAdministratorLooksAtTokens(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		c := w.register(nil)
		first, second := w.tokens(c, "openid offline_access user/Patient.read"), w.tokens(c, "openid offline_access user/Patient.read")
		text := func(of map[string]any, name string) string { s, _ := of[name].(string); return s }
		access, refresh := text(first, "access_token"), text(first, "refresh_token")
		b, page := w.administer(administrator(), "admin/token")
		look := func(token string) *answer {
			t.Helper()
			a := b.submit(b.get("/oauth2/default/admin/token"), url.Values{"token": {token}})
			if len(token) > 20 && strings.Contains(a.body, token) {
				t.Errorf("the page shows the token: %.2000s", a.body)
			}
			return a
		}
		active := func(token string) bool {
			t.Helper()
			live, _ := w.browser().post("/oauth2/default/introspect", c.with(url.Values{"token": {token}})).json(t)["active"].(bool)
			return live
		}
		state := func(token, kind, want string) {
			t.Helper()
			if page = look(token); page.status != http.StatusOK || !strings.Contains(page.body, "<h2>"+kind) || !strings.Contains(page.body, `id="state">`+want) {
				t.Errorf("%s: %d, want %q in %.2500s", kind, page.status, want, page.body)
			}
			if active(token) != (want == "good<") {
				t.Errorf("%s is %s, and introspection says active %v", kind, want, active(token))
			}
		}
		state(access, "Access token", "good<")
		for _, want := range []string{"Ada Administrator", "user/Patient.read", "admin/app?id=" + c.id, "Expires", "Issued"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if e := w.audit.last("token"); e.Operation != "introspect" {
			t.Errorf("audit event %+v", e)
		}
		look("Bearer " + access)
		if e := w.audit.last("token"); e.Operation != "token look" || e.UserName != "admin" || e.TokenID == "" || e.ClientID != c.id || e.Address == "" || e.Reason != "" {
			t.Errorf("audit event %+v", e)
		}
		state(refresh, "Refresh token", "good<")

		// What the site has not issued looks the same, whatever it is.
		idToken := text(first, "id_token")
		for name, token := range map[string]string{
			"garbage": "x", "nothing": " ", "one of another site": strings.Repeat("A", 43), "an ID token": idToken, "markup": "<script>alert(1)</script>", "a long one": strings.Repeat("x", 5000),
			"a path": "../../etc/passwd", "a quote": "' OR 1=1 --", "no UTF-8": "\xff\x00",
		} {
			if a := look(token); a.status != http.StatusNotFound || !strings.Contains(a.body, "This is not a token of this site.") {
				t.Errorf("%s: %d %.600s", name, a.status, a.body)
			}
		}
		if e := w.audit.last("token"); e.Operation != "token look" || e.UserName != "admin" || e.TokenID != "" || !strings.Contains(e.Reason, "not a token") {
			t.Errorf("audit event of a miss %+v", e)
		}
		if a := b.get("/oauth2/default/admin/token?token=" + access); strings.Contains(a.body, access) || strings.Contains(a.body, `id="state"`) {
			t.Error("a token in the address is looked at")
		}

		// Each reason why one is not good.
		if a := w.browser().post("/oauth2/default/revoke", c.with(url.Values{"token": {access}})); a.status != http.StatusOK {
			t.Fatalf("revoking: %d", a.status)
		}
		state(access, "Access token", "not good: it was revoked")
		rotated := w.token(c.with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})).json(t)
		state(refresh, "Refresh token", "not good: it was used before")
		state(text(rotated, "access_token"), "Access token", "good<")

		// Revoking takes the whole family.
		page = look(text(rotated, "access_token"))
		_, grant, _ := strings.Cut(page.body, `name="revoke" value="`)
		grant, _, _ = strings.Cut(grant, `"`)
		if page = b.submit(page, url.Values{"revoke": {grant}}); !strings.Contains(page.body, "is revoked, with all its tokens") {
			t.Errorf("revoking: %d %.900s", page.status, page.body)
		}
		if w.live(rotated) || !w.live(second) {
			t.Error("not exactly the authorization of the token was revoked")
		}
		state(text(rotated, "access_token"), "Access token", "not good: what the app was given was revoked")
		if strings.Contains(page.body, `name="revoke"`) {
			t.Error("what is revoked can be revoked again")
		}
		state(text(second, "access_token"), "Access token", "good<")
		if err := w.admin.SetClientEnabled(t.Context(), "default", c.id, false); err != nil {
			t.Fatal(err)
		}
		if page = look(text(second, "access_token")); !strings.Contains(page.body, "not good: ") {
			t.Errorf("of a stopped app: %.1500s", page.body)
		}
		if err := w.admin.SetClientEnabled(t.Context(), "default", c.id, true); err != nil {
			t.Fatal(err)
		}
		third := w.tokens(c, "openid user/Patient.read")
		w.clock.Advance(2 * time.Hour)
		b, _ = w.administer(administrator(), "admin/token")
		state(text(third, "access_token"), "Access token", "not good: it has expired")
	})
}

// Tokens are looked at by people, not by programs that try them out.
func TestLookingAtTokensIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, page := w.administer(administrator(), "admin/token")
	for i := range 40 {
		a := b.submit(page, url.Values{"token": {"x"}})
		if a.status == http.StatusTooManyRequests {
			if i < 20 {
				t.Errorf("refused after %d", i)
			}
			return
		}
	}
	t.Error("tokens are looked at without end")
}
