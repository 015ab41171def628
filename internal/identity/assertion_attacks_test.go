package identity_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/identity/client"
)

// TestMalformedAssertions is CAUTH-21 and CAUTH-34: what RFC 7515 leaves open is refused, signed or not.
func TestMalformedAssertions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.backend(nil)
	// signed makes a token of any header and claims, with a good signature.
	signed := func(header, claims string) string {
		text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		sum := sha512.Sum384([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, b.rsa, crypto.SHA384, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return text + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	const plain = `{"alg":"RS384","kid":"r","typ":"JWT"}`
	claims := func(more string) string {
		raw, _ := json.Marshal(b.claims())
		return strings.TrimSuffix(string(raw), "}") + more + "}"
	}
	if a := w.token(assertionForm(signed(plain, claims("")))); a.status != http.StatusOK {
		t.Fatalf("a good assertion made by hand: %d %s", a.status, a.body)
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: &b.rsa.PublicKey, KeyID: "r"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := encrypter.Encrypt([]byte(claims("")))
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := sealed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	other, _ := rsa.GenerateKey(rand.Reader, 2048)
	embedded, _ := json.Marshal(jose.JSONWebKey{Key: &other.PublicKey})
	for name, assertion := range map[string]string{
		"CAUTH-21 an unknown crit":      signed(`{"alg":"RS384","kid":"r","crit":["x"],"x":1}`, claims("")),
		"CAUTH-21 b64 false":            signed(`{"alg":"RS384","kid":"r","crit":["b64"],"b64":false}`, claims("")),
		"CAUTH-21 encrypted":            jwe,
		"CAUTH-21 nested":               signed(`{"alg":"RS384","kid":"r","cty":"JWT"}`, `"`+signed(plain, claims(""))+`"`),
		"CAUTH-21 claims that are none": signed(plain, `[]`),
		"CAUTH-20 a key of its own":     signed(`{"alg":"RS384","kid":"r","jwk":`+string(embedded)+`}`, claims("")),
		"CAUTH-34 aud twice":            signed(plain, claims(`,"aud":"https://evil.example/token"`)),
		"CAUTH-34 sub twice":            signed(plain, claims(`,"sub":"another"`)),
		"CAUTH-34 exp twice":            signed(plain, claims(`,"exp":9999999999`)),
		"CAUTH-34 alg twice":            signed(`{"alg":"none","alg":"RS384","kid":"r"}`, claims("")),
		"CAUTH-34 kid twice":            signed(`{"alg":"RS384","kid":"x","kid":"r"}`, claims("")),
	} {
		if a := w.token(assertionForm(assertion)); a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// TestAssertionTypes is CAUTH-38: an assertion says once and rightly what it is.
func TestAssertionTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.backend(nil)
	for name, types := range map[string][]string{
		"missing": nil, "empty": {""}, "of SAML": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "twice": {client.AssertionType, client.AssertionType},
		"in other letters": {strings.ToUpper(client.AssertionType)},
	} {
		form := assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))
		form["client_assertion_type"] = types
		if a := w.token(form); a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	form := assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))
	form.Add("client_assertion", form.Get("client_assertion"))
	if a := w.token(form); a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized {
		t.Errorf("two assertions: %d %s", a.status, a.body)
	}
}

// TestUnusableKeySets is CAUTH-35 and F-39: a host of keys that is down, slow or talks nonsense keeps its own client out and nobody
// else, and is asked once in a while.
func TestUnusableKeySets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	honest := w.backend(nil)
	many := make([]jose.JSONWebKey, 1000)
	for i := range many {
		many[i] = jose.JSONWebKey{Key: &honest.rsa.PublicKey, KeyID: "r"}
	}
	for name, answer := range map[string]func(context.Context) ([]byte, error){
		"dead":         func(context.Context) ([]byte, error) { return nil, errors.New("no route to host") },
		"slow":         func(context.Context) ([]byte, error) { return nil, context.DeadlineExceeded },
		"a web page":   func(context.Context) ([]byte, error) { return []byte("<!doctype html><p>welcome"), nil },
		"nothing":      func(context.Context) ([]byte, error) { return nil, nil },
		"a bomb":       func(context.Context) ([]byte, error) { return bytes.Repeat([]byte("["), 64<<10), nil },
		"a thousand":   func(context.Context) ([]byte, error) { return keySet(many...), nil },
		"a compressed": func(context.Context) ([]byte, error) { return []byte("\x1f\x8b\x08\x00"), nil },
		"of one secret": func(context.Context) ([]byte, error) {
			return []byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"r"}]}`), nil
		},
	} {
		asked := 0
		w.keys = func(ctx context.Context, _ string) ([]byte, error) { asked++; return answer(ctx) }
		b := w.backend(map[string]any{"jwks": nil, "jwks_uri": "https://keys.example.org/jwks"})
		for range 5 {
			if a := w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))); a.status != http.StatusUnauthorized || strings.Contains(a.body, "route") {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		if asked > 1 {
			t.Errorf("%s: the host was asked %d times at once", name, asked)
		}
		if a := w.token(assertionForm(honest.sign(jose.RS384, "r", honest.claims(), nil))); a.status != http.StatusOK {
			t.Errorf("%s: another client is kept out: %d %s", name, a.status, a.body)
		}
		w.keys = func(context.Context, string) ([]byte, error) {
			return keySet(jose.JSONWebKey{Key: &b.rsa.PublicKey, KeyID: "r"}), nil
		}
		w.clock.Advance(2 * time.Minute)
		if a := w.token(assertionForm(b.sign(jose.RS384, "r", b.claims(), nil))); a.status != http.StatusOK {
			t.Errorf("%s: after the host has recovered: %d %s", name, a.status, a.body)
		}
	}
}
