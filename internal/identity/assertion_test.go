package identity_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/identity/client"
)

// backend is a backend service with keys.
type backend struct {
	app
	*world
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

var systemKeys = func() (k struct {
	rsa, weak *rsa.PrivateKey
	ec        *ecdsa.PrivateKey
}) {
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.ec, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	return k
}()

func keySet(keys ...jose.JSONWebKey) json.RawMessage {
	raw, _ := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	return raw
}

func (w *world) backend(change map[string]any) *backend {
	w.t.Helper()
	w.set("api_system_scopes", "on")
	b := &backend{world: w, rsa: systemKeys.rsa, ec: systemKeys.ec}
	m := map[string]any{
		"token_endpoint_auth_method": "private_key_jwt", "redirect_uris": nil, "post_logout_redirect_uris": nil, "scope": "system/Patient.read system/Observation.read",
		"jwks": keySet(jose.JSONWebKey{Key: &b.rsa.PublicKey, KeyID: "r", Algorithm: "RS384"}, jose.JSONWebKey{Key: &b.ec.PublicKey, KeyID: "e"}),
	}
	maps.Copy(m, change)
	b.app = w.register(m)
	return b
}

func (b *backend) claims() map[string]any {
	now := b.clock.Now()
	return map[string]any{
		"iss": b.id, "sub": b.id, "aud": b.issuer() + "/token", "exp": now.Add(4 * time.Minute).Unix(), "iat": now.Unix(), "jti": rand.Text(),
	}
}

func (b *backend) sign(alg jose.SignatureAlgorithm, kid string, claims map[string]any, header map[jose.HeaderKey]any) string {
	b.t.Helper()
	var k any = b.rsa
	if alg == jose.ES384 {
		k = b.ec
	}
	if alg == jose.HS384 {
		k = []byte("the public key as a secret, which everybody knows, long enough for HS384")
	}
	if kid != "" {
		k = jose.JSONWebKey{Key: k, KeyID: kid}
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: k}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := json.Marshal(claims)
	signed, err := s.Sign(raw)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

func assertionForm(assertion string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "scope": {"system/Patient.read"}, "client_assertion_type": {client.AssertionType}, "client_assertion": {assertion},
	}
}

func TestBackendService(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		b := w.backend(nil)
		for alg, kid := range map[jose.SignatureAlgorithm]string{jose.RS384: "r", jose.ES384: "e"} {
			a := w.token(assertionForm(b.sign(alg, kid, b.claims(), nil)))
			j := a.json(t)
			if a.status != http.StatusOK || j["expires_in"] != 60.0 || j["scope"] != "system/Patient.read" || j["refresh_token"] != nil || !w.live(j) {
				t.Fatalf("%s: %d %s", alg, a.status, a.body)
			}
			w.clock.Advance(61 * time.Second)
			if w.live(j) {
				t.Error("TOK-24 the token lives on after a minute")
			}
		}
		toIssuer := b.claims()
		toIssuer["aud"] = b.issuer()
		if a := w.token(assertionForm(b.sign(jose.RS384, "r", toIssuer, nil))); a.status != http.StatusOK {
			t.Errorf("an assertion to the issuer: %d %s", a.status, a.body)
		}
		reused := b.sign(jose.RS384, "r", b.claims(), nil)
		if a := w.token(assertionForm(reused)); a.status != http.StatusOK {
			t.Fatalf("first use: %d %s", a.status, a.body)
		}
		w.refused(w.token(assertionForm(reused)), http.StatusUnauthorized, "invalid_client")
		if err := w.admin.SetClientEnabled(context.Background(), "default", b.id, false); err != nil {
			t.Fatal(err)
		}
		w.refused(w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))), http.StatusUnauthorized, "invalid_client") // CAUTH-30
	})
}

func TestGap09_AssertionsAreShortLivedAndNameTheirKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.backend(nil)
	now := w.clock.Now()
	for name, change := range map[string]map[string]any{
		"exp in ten years": {"exp": now.AddDate(10, 0, 0).Unix()}, "exp in ten minutes": {"exp": now.Add(10 * time.Minute).Unix()},
		"exp passed": {"exp": now.Add(-time.Minute).Unix()}, "exp missing": {"exp": nil}, "exp a text": {"exp": "9999999999"}, "exp huge": {"exp": 9e99},
		"exp negative": {"exp": -1}, "exp a fraction": {"exp": float64(now.Unix()) + 60.5}, "iss another": {"iss": "x"}, "sub another": {"sub": "x"}, "sub missing": {"sub": nil},
		"aud missing": {"aud": nil}, "aud the FHIR base": {"aud": w.http.URL + "/apis/default/fhir"}, "aud the other site": {"aud": w.http.URL + "/oauth2/other/token"},
		"aud with a slash": {"aud": w.issuer() + "/token/"}, "aud the other issuer": {"aud": w.http.URL + "/oauth2/other"}, "aud ours and another": {"aud": []string{"https://evil.example", w.issuer() + "/token"}},
		"jti missing": {"jti": nil}, "jti empty": {"jti": ""}, "jti a number": {"jti": 1}, "jti huge": {"jti": strings.Repeat("j", 5000)},
	} {
		claims := b.claims()
		for k, v := range change {
			claims[k] = v
			if v == nil {
				delete(claims, k)
			}
		}
		if a := w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))); a.status != http.StatusUnauthorized {
			t.Errorf("CAUTH-22..29 %s: %d %s", name, a.status, a.body)
		}
	}
	good := b.claims
	for name, assertion := range map[string]string{
		"no kid":           b.sign(jose.RS384, "", good(), nil),
		"unknown kid":      b.sign(jose.RS384, "x", good(), nil),
		"jku elsewhere":    b.sign(jose.RS384, "r", good(), map[jose.HeaderKey]any{"jku": "https://evil.example/jwks"}),
		"x5u":              b.sign(jose.RS384, "r", good(), map[jose.HeaderKey]any{"x5u": "https://evil.example/x"}),
		"kid of the other": b.sign(jose.ES384, "r", good(), nil),
		"HMAC":             b.sign(jose.HS384, "r", good(), nil),
		"RS256":            b.sign(jose.RS256, "r", good(), nil),
		"trailing bytes":   b.sign(jose.RS384, "r", good(), nil) + "AA",
		"a space":          " " + b.sign(jose.RS384, "r", good(), nil),
		"four parts":       b.sign(jose.RS384, "r", good(), nil) + ".x",
		"no signature":     "eyJhbGciOiJub25lIn0.e30.",
		"garbage":          "garbage",
	} {
		if a := w.token(assertionForm(assertion)); a.status != http.StatusUnauthorized {
			t.Errorf("CAUTH-14..33 %s: %d %s", name, a.status, a.body)
		}
	}
	weak, _ := rsa.GenerateKey(rand.Reader, 1024) // what must be refused
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, set := range map[string]json.RawMessage{
		"1024 bits": keySet(jose.JSONWebKey{Key: &weakKey(weak).PublicKey, KeyID: "r"}), "P-256": keySet(jose.JSONWebKey{Key: &p256.PublicKey, KeyID: "e", Algorithm: "ES384"}),
		"a private key": keySet(jose.JSONWebKey{Key: systemKeys.rsa, KeyID: "r"}), "a secret": json.RawMessage(`{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"r"}]}`),
		"no keys": json.RawMessage(`{"keys":[]}`), "no kid": keySet(jose.JSONWebKey{Key: &systemKeys.rsa.PublicKey}),
	} {
		a := w.tryRegister(map[string]any{"application_type": "private", "token_endpoint_auth_method": "private_key_jwt", "scope": "system/Patient.read", "jwks": set})
		if j := a.json(t); a.status != http.StatusBadRequest || j["error"] != "invalid_client_metadata" {
			t.Errorf("CAUTH-32, DCR-14 %s: %d %s", name, a.status, a.body)
		}
	}
}

func weakKey(k *rsa.PrivateKey) *rsa.PrivateKey {
	if k == nil {
		return systemKeys.rsa
	}
	return k
}

func TestGap10_AnAssertionFromTheFutureIsNoServerError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.backend(nil)
	for _, name := range []string{"iat", "nbf"} {
		claims := b.claims()
		claims[name] = w.clock.Now().Add(24 * time.Hour).Unix()
		w.refused(w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))), http.StatusUnauthorized, "invalid_client")
	}
	claims := b.claims()
	delete(claims, "iat")
	if a := w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))); a.status != http.StatusOK {
		t.Errorf("CAUTH-25 without iat: %d %s", a.status, a.body)
	}
}

func TestGap11_TwoClientsMayUseTheSameJTI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, b := range []*backend{w.backend(nil), w.backend(nil)} {
		claims := b.claims()
		claims["jti"] = "the same"
		if a := w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

func TestGap12_ARefusedAssertionBurnsNoJTI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.backend(nil)
	claims := b.claims()
	good := claims["aud"]
	claims["aud"] = "https://elsewhere.example/token"
	w.refused(w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))), http.StatusUnauthorized, "invalid_client")
	claims["aud"] = good
	if a := w.token(assertionForm(b.sign(jose.RS384, "r", claims, nil))); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Gap 13 (keys without use, RS384 and ES384 both) is TestBackendService.

func TestGap14_KeySetsAreFetchedSeldom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var fetched atomic.Int64
	var set atomic.Value
	set.Store([]byte(keySet(jose.JSONWebKey{Key: &systemKeys.rsa.PublicKey, KeyID: "r"})))
	w.keys = func(context.Context, string) ([]byte, error) {
		fetched.Add(1)
		return set.Load().([]byte), nil
	}
	b := w.backend(map[string]any{"jwks": nil, "jwks_uri": "https://keys.example.org/jwks"})
	for range 20 {
		w.refused(w.token(assertionForm(b.sign(jose.RS384, "unknown", b.claims(), nil))), http.StatusUnauthorized, "invalid_client")
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("CAUTH-36 %d requests for 20 unknown kids", n)
	}
	if a := w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))); a.status != http.StatusOK {
		t.Errorf("the known key: %d %s", a.status, a.body)
	}
	set.Store([]byte(keySet(jose.JSONWebKey{Key: &systemKeys.ec.PublicKey, KeyID: "e"})))
	w.clock.Advance(61 * time.Second)
	if a := w.token(assertionForm(b.sign(jose.ES384, "e", b.claims(), nil))); a.status != http.StatusOK {
		t.Errorf("CAUTH-37 a new key a minute later: %d %s", a.status, a.body)
	}
	w.refused(w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))), http.StatusUnauthorized, "invalid_client")
}

// A key set is kept no longer than the host's Cache-Control allows, and no longer than a quarter of an hour whatever it says.
// https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
func TestKeySetsAreKeptAsLongAsTheirHostAllows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		life, kept, over time.Duration
	}{
		{30 * time.Second, 29 * time.Second, 31 * time.Second},
		{time.Nanosecond, 0, time.Second},
		{24 * time.Hour, 14 * time.Minute, 16 * time.Minute},
		{0, 14 * time.Minute, 16 * time.Minute},
	} {
		w := newWorld(t)
		var fetched atomic.Int64
		published := jose.JSONWebKey{Key: &systemKeys.rsa.PublicKey, KeyID: "r"}
		w.keyLife, w.keys = tc.life, func(context.Context, string) ([]byte, error) {
			fetched.Add(1)
			return keySet(published), nil
		}
		b := w.backend(map[string]any{"jwks": nil, "jwks_uri": "https://keys.example.org/jwks"})
		try := func() int { return w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))).status }
		if try() != http.StatusOK {
			t.Fatalf("%v: the first assertion is refused", tc.life)
		}
		published = jose.JSONWebKey{Key: &systemKeys.ec.PublicKey, KeyID: "e"} // the key is withdrawn
		w.clock.Advance(tc.kept)
		if status := try(); status != http.StatusOK || fetched.Load() != 1 {
			t.Errorf("%v, %v later: %d after %d fetches", tc.life, tc.kept, status, fetched.Load())
		}
		w.clock.Advance(tc.over - tc.kept)
		if status := try(); status != http.StatusUnauthorized || fetched.Load() != 2 {
			t.Errorf("%v, %v later: %d after %d fetches", tc.life, tc.over, status, fetched.Load())
		}
	}
}

func TestGap14_KeySetsAreFetchedFromPublicHostsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("api_system_scopes", "on")
	for _, uri := range []string{
		"http://keys.example.org/jwks", "https://127.0.0.1/jwks", "https://169.254.169.254/latest", "https://[::1]/jwks", "https://10.0.0.1/jwks",
		"https://localhost/jwks", "https://keys.example.org:8443/jwks", "https://metadata.internal/jwks", "https://u@keys.example.org/jwks", "file:///etc/passwd",
	} {
		a := w.tryRegister(map[string]any{"application_type": "private", "token_endpoint_auth_method": "private_key_jwt", "scope": "system/Patient.read", "jwks_uri": uri})
		w.refused(a, http.StatusBadRequest, "invalid_client_metadata")
	}
	// A public name may resolve to an address of ours: what is dialled is looked at again.
	for _, uri := range []string{w.http.URL + "/oauth2/default/jwk", "https://localhost/jwks"} {
		if _, err := client.Fetch(context.Background(), uri); err == nil {
			t.Errorf("DCR-12 %s was fetched", uri)
		}
	}
}
