package identity_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/identity/client"
)

// What an app registers about itself is held against it, not only repeated.
// https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
func TestRegisteredMetadataHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("default_max_age", func(t *testing.T) {
		c := w.register(map[string]any{"scope": "openid user/Patient.read", "default_max_age": 60})
		b := w.browser()
		w.location(b.submit(b.submit(b.authorize(w.request(c.id, "openid user/Patient.read")), staff("admin", "pass")), allow))
		asks := func(change url.Values) bool {
			params := w.request(c.id, "openid user/Patient.read")
			maps.Copy(params, change)
			return strings.Contains(b.authorize(params).body, `id="password"`)
		}
		if asks(nil) {
			t.Error("the password is asked for at once")
		}
		w.clock.Advance(61 * time.Second)
		if !asks(nil) {
			t.Error("the password is not asked for after the default_max_age")
		}
		if asks(url.Values{"max_age": {"3600"}}) {
			t.Error("the max_age of the request does not go before the default")
		}
		negative := map[string]any{"redirect_uris": []string{redirect}, "scope": "openid", "default_max_age": -1}
		w.refused(w.tryRegister(negative), http.StatusBadRequest, "invalid_client_metadata")
	})
	t.Run("token_endpoint_auth_signing_alg", func(t *testing.T) {
		b := w.backend(map[string]any{"token_endpoint_auth_signing_alg": "ES384"})
		if a := w.token(assertionForm(b.sign(jose.ES384, "e", b.claims(), nil))); a.status != http.StatusOK {
			t.Errorf("the registered algorithm: %d %s", a.status, a.body)
		}
		w.refused(w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))), http.StatusUnauthorized, "invalid_client")
	})
}

// The ID token of a refresh answers no authorization request: OpenID Connect Core §12.2.
func TestARefreshedIDTokenHasNoNonce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"scope": "openid offline_access user/Patient.read"})
	first := w.tokens(c, "openid offline_access user/Patient.read")
	_, before := claims(t, first["id_token"].(string))
	_, after := claims(t, w.token(c.with(refreshForm(first))).json(t)["id_token"].(string))
	if before["nonce"] != "nonce-1" || after["nonce"] != nil {
		t.Errorf("nonce is %v, then %v", before["nonce"], after["nonce"])
	}
	for _, name := range []string{"iss", "sub", "aud", "auth_time"} {
		if before[name] != after[name] {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
}

// A login name is told to those whom it is for.
func TestIntrospectionNamesTheUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, named, server := w.register(nil), w.register(map[string]any{"scope": "openid profile user/Patient.read"}), w.register(nil)
	if err := w.admin.ChangeClient(t.Context(), "default", server.id, "client resource server", func(c *client.Client) { c.ResourceServer = true }); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		of, by app
		scope  string
		want   any
	}{{c, c, "openid user/Patient.read", nil}, {named, named, "openid profile user/Patient.read", "admin"}, {c, server, "openid user/Patient.read", "admin"}} {
		j := w.tokens(tc.of, tc.scope)
		got := w.browser().post("/oauth2/default/introspect", tc.by.with(url.Values{"token": {j["access_token"].(string)}})).json(t)
		if got["active"] != true || got["username"] != tc.want {
			t.Errorf("%s: username is %v, want %v", tc.scope, got["username"], tc.want)
		}
	}
}

// A page that asks to wait says so to scripts, too.
func TestAPageSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"scope": "openid user/Patient.read"})
	b := w.browser()
	page := b.authorize(w.request(c.id, "openid user/Patient.read"))
	for range 6 {
		page = b.submit(page, staff("admin", "wrong"))
	}
	if page.status != http.StatusTooManyRequests || page.header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", page.status, page.header.Get("Retry-After"))
	}
}
