package identity_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func claims(t *testing.T, jwt string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	for i, into := range []*map[string]any{&header, &payload} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

func TestIDToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(map[string]any{"scope": "openid fhirUser profile email user/Patient.read"})
	header, payload := claims(t, w.tokens(c, "openid fhirUser profile email user/Patient.read")["id_token"].(string))
	now := float64(w.clock.Now().Unix())
	for name, want := range map[string]any{
		"iss": w.issuer(), "aud": c.id, "iat": now, "exp": now + 3600, "auth_time": now, "nonce": "nonce-1", "name": "Ada Administrator",
		"email": "admin@example.org",
	} {
		if payload[name] != want {
			t.Errorf("%s is %v, want %v", name, payload[name], want)
		}
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(w.browser().get("/oauth2/default/jwk").body), &set); err != nil {
		t.Fatal(err)
	}
	algs := map[any]any{} // by kid
	for _, k := range set.Keys {
		algs[k["kid"]] = k["alg"]
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if k[private] != nil {
				t.Errorf("TOK-22 the key set shows %s", private)
			}
		}
		if k["use"] != "sig" {
			t.Errorf("a key is for %v", k["use"])
		}
	}
	if len(set.Keys) != 2 || header["alg"] != "RS256" || algs[header["kid"]] != "RS256" {
		t.Errorf("header %v, keys %v", header, algs)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	old := w.tokens(c, "openid user/Patient.read")["id_token"].(string)
	if err := w.admin.RotateKey(ctx, "default", "RS256"); err != nil {
		t.Fatal(err)
	}
	header, _ := claims(t, w.tokens(c, "openid user/Patient.read")["id_token"].(string))
	before, _ := claims(t, old)
	if header["kid"] == before["kid"] {
		t.Error("the new key does not sign")
	}
	keys := func() string { return w.browser().get("/oauth2/default/jwk").body }
	if k := keys(); !strings.Contains(k, before["kid"].(string)) || !strings.Contains(k, header["kid"].(string)) {
		t.Error("TOK-20 the retired key is not published during the overlap")
	}
	if a := w.browser().get("/oauth2/default/logout?id_token_hint=" + old); a.status != http.StatusOK {
		t.Errorf("a hint signed by the retired key is refused: %d", a.status)
	}
	w.clock.Advance(25 * time.Hour)
	if strings.Contains(keys(), before["kid"].(string)) {
		t.Error("the retired key is published for ever")
	}
}

// verified is an ID token's header and claims. The token must be signed with a key that the site publishes for its algorithm.
func (w *world) verified(text string) (header jose.Header, payload map[string]any) {
	w.t.Helper()
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.ES384})
	if err != nil {
		w.t.Fatal(err)
	}
	header = signed.Signatures[0].Header
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.browser().get("/oauth2/default/jwk").body), &set); err != nil {
		w.t.Fatal(err)
	}
	keys := set.Key(header.KeyID)
	if len(keys) != 1 || keys[0].Algorithm != header.Algorithm {
		w.t.Fatalf("an ID token says %s and key %s, and the site publishes %+v", header.Algorithm, header.KeyID, keys)
	}
	raw, err := signed.Verify(keys[0])
	if err == nil {
		err = json.Unmarshal(raw, &payload)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return header, payload
}

// signingAlgs is what discovery says of ID tokens.
func (w *world) signingAlgs(site string) string {
	w.t.Helper()
	var d struct {
		Algs []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := json.Unmarshal([]byte(w.browser().get("/oauth2/"+site+"/.well-known/openid-configuration").body), &d); err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(d.Algs, " ")
}

// An app chooses how its ID tokens are signed: in the registration, and later by replacing it.
// https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
func TestIDTokenAlgorithms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const scope = "openid offline_access user/Patient.read"
	register := func(alg any) map[string]any {
		return map[string]any{
			"application_type": "private", "token_endpoint_auth_method": "client_secret_post", "redirect_uris": []string{redirect}, "scope": scope,
			"id_token_signed_response_alg": alg,
		}
	}
	if got := w.signingAlgs("default"); got != "RS256 ES384" {
		t.Errorf("a new site signs ID tokens with %s", got)
	}
	for _, alg := range []string{"none", "HS256", "ES256", "RS384", "es384"} {
		a := w.tryRegister(register(alg))
		w.refused(a, http.StatusBadRequest, "invalid_client_metadata")
		if !strings.Contains(a.body, "id_token_signed_response_alg must be one of RS256, ES384") {
			t.Errorf("%s: %s", alg, a.body)
		}
	}
	if err := w.admin.RotateKey(t.Context(), "other", "RS384"); err != nil {
		t.Fatal(err)
	}
	if got := w.signingAlgs("other"); got != "RS256 RS384 ES384" {
		t.Errorf("a site that was given another key signs with %s", got)
	}
	w.refused(w.tryRegister(register("RS384")), http.StatusBadRequest, "invalid_client_metadata")
	if err := w.admin.RotateKey(t.Context(), "default", "RS384"); err != nil {
		t.Fatal(err)
	}
	halves := map[string]int{"RS256": 16, "RS384": 24, "ES384": 24} // bytes of the left half of the hash
	for asked, want := range map[any]string{nil: "RS256", "RS256": "RS256", "RS384": "RS384", "ES384": "ES384"} {
		c := w.register(register(asked))
		stored := w.browser().send(http.MethodGet, c.uri, "", "Authorization", "Bearer "+c.key).json(t)
		if stored["id_token_signed_response_alg"] != asked {
			t.Errorf("%v is registered as %v", asked, stored["id_token_signed_response_alg"])
		}
		j := w.tokens(c, scope)
		kids := map[string]bool{}
		for _, step := range []string{"code", "refreshed", "refreshed after a rotation"} {
			if step == "refreshed after a rotation" {
				if err := w.admin.RotateKey(t.Context(), "default", want); err != nil {
					t.Fatal(err)
				}
			}
			if step != "code" {
				j = w.token(c.with(refreshForm(j))).json(t)
			}
			header, payload := w.verified(j["id_token"].(string))
			half, err := base64.RawURLEncoding.DecodeString(payload["at_hash"].(string))
			if header.Algorithm != want || err != nil || len(half) != halves[want] || payload["aud"] != c.id {
				t.Errorf("%v, %s: signed with %s, at_hash of %d bytes, want %s", asked, step, header.Algorithm, len(half), want)
			}
			kids[header.KeyID] = true
		}
		if len(kids) != 2 {
			t.Errorf("%v: keys %v sign, want one before the rotation and one after it", asked, slices.Sorted(maps.Keys(kids)))
		}
	}
}

func TestIDTokenAlgorithmIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.register(nil)
	stored := w.browser().send(http.MethodGet, c.uri, "", "Authorization", "Bearer "+c.key).json(t)
	replace := func(alg string) *answer {
		stored["id_token_signed_response_alg"] = alg
		body, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		return w.browser().send(http.MethodPut, c.uri, string(body), "Authorization", "Bearer "+c.key, "Content-Type", "application/json")
	}
	w.refused(replace("HS256"), http.StatusBadRequest, "invalid_client_metadata")
	if a := replace("ES384"); a.status != http.StatusOK || a.json(t)["id_token_signed_response_alg"] != "ES384" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	// It is no more than the app had: nobody has to approve it again.
	if header, _ := w.verified(w.tokens(c, "openid user/Patient.read")["id_token"].(string)); header.Algorithm != "ES384" {
		t.Errorf("signed with %s", header.Algorithm)
	}
}
