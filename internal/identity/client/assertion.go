package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/fault"
)

// Limits of an assertion.
const (
	maxAssertionBytes = 16 << 10
	maxJTIBytes       = 255
	assertionLife     = 5 * time.Minute  // SMART: no more than five minutes in the future
	clockSkew         = 30 * time.Second // between the client's clock and ours
)

// Assertions verifies private_key_jwt assertions for one site.
// https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
type Assertions struct {
	Store     Store
	Audiences []string // the token endpoint, as SMART says, and the issuer, as rfc7523bis says; each is matched exactly
	Keys      *KeySets
	Now       func() time.Time
}

type assertionClaims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	Expires  json.RawMessage `json:"exp"`
	NotBegun json.RawMessage `json:"nbf"`
	Issued   json.RawMessage `json:"iat"`
	ID       json.RawMessage `json:"jti"`
}

var errAssertion = errors.New("assertion refused")

func refuse(why string) error {
	return &fault.Error{Kind: fault.Unauthenticated, Op: "client.assertion", Detail: why, Err: errAssertion}
}

// Issuer returns the iss of an assertion that nobody has verified yet, to find the client whose keys verify it.
func Issuer(assertion string) (string, error) {
	claims, err := readClaims(assertion)
	if err != nil {
		return "", err
	}
	return claims.Issuer, nil
}

func readClaims(assertion string) (*assertionClaims, error) {
	if len(assertion) > maxAssertionBytes {
		return nil, refuse("the assertion is too long")
	}
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return nil, refuse("the assertion is not a compact JWS")
	}
	var raw [3][]byte
	for i := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(parts[i]); err != nil {
			return nil, refuse("the assertion is not a compact JWS")
		}
	}
	if onceEach(raw[0]) != nil || onceEach(raw[1]) != nil {
		return nil, refuse("the assertion repeats a member")
	}
	var claims assertionClaims
	if err := json.Unmarshal(raw[1], &claims); err != nil {
		return nil, refuse("the claims have the wrong shape")
	}
	return &claims, nil
}

// Verify checks an assertion of c completely and spends its jti last, so that a refused assertion burns nothing.
func (a *Assertions) Verify(ctx context.Context, c *Client, assertion string) error {
	claims, err := readClaims(assertion)
	if err != nil {
		return err
	}
	signed, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{jose.RS384, jose.ES384})
	if err != nil {
		return refuse("the signature algorithm must be RS384 or ES384")
	}
	header := signed.Signatures[0].Protected
	if header.KeyID == "" {
		return refuse("the header has no kid")
	}
	if alg := c.Metadata.AssertionAlg; alg != "" && alg != header.Algorithm {
		return refuse("the signature algorithm is not the registered token_endpoint_auth_signing_alg") // OpenID Connect Registration §2
	}
	for name := range header.ExtraHeaders {
		// A key or a certificate that the sender brings along proves nothing.
		switch name {
		case "typ":
		case "jku":
			if jku, ok := header.ExtraHeaders[name].(string); !ok || c.Metadata.JWKSURI == "" || jku != c.Metadata.JWKSURI {
				return refuse("jku is not the registered jwks_uri")
			}
		default:
			return refuse("the header holds a member that is not understood")
		}
	}
	if header.JSONWebKey != nil {
		return refuse("the header holds a key")
	}
	expires, err := a.checkClaims(c, claims)
	if err != nil {
		return err
	}
	if err := a.checkSignature(ctx, c, signed, header); err != nil {
		return err
	}
	var jti string
	if json.Unmarshal(claims.ID, &jti) != nil || jti == "" || len(jti) > maxJTIBytes {
		return refuse("jti is missing or too long")
	}
	err = a.Store.SpendAssertion(ctx, c.ID, jti, expires.Add(clockSkew))
	if fault.Is(err, fault.Conflict) {
		return refuse("the assertion was used before")
	}
	return err
}

func (a *Assertions) checkClaims(c *Client, claims *assertionClaims) (time.Time, error) {
	if claims.Issuer != c.ID || claims.Subject != c.ID {
		return time.Time{}, refuse("iss and sub must be the client_id")
	}
	var audiences []string
	if json.Unmarshal(claims.Audience, &audiences) != nil {
		var one string
		if json.Unmarshal(claims.Audience, &one) != nil {
			return time.Time{}, refuse("aud is missing")
		}
		audiences = []string{one}
	}
	// One audience only: an assertion made for several servers could be replayed by one of them.
	if len(audiences) != 1 || !slices.Contains(a.Audiences, audiences[0]) {
		return time.Time{}, refuse("aud must be the token endpoint or the issuer")
	}
	now := a.Now()
	expires, ok := instant(claims.Expires)
	if !ok || !expires.After(now.Add(-clockSkew)) || expires.After(now.Add(assertionLife+clockSkew)) {
		return time.Time{}, refuse("exp must lie within the next five minutes")
	}
	for _, t := range []json.RawMessage{claims.NotBegun, claims.Issued} {
		if t == nil {
			continue
		}
		if at, ok := instant(t); !ok || at.After(now.Add(clockSkew)) {
			return time.Time{}, refuse("nbf or iat lies in the future")
		}
	}
	return expires, nil
}

func (a *Assertions) checkSignature(ctx context.Context, c *Client, signed *jose.JSONWebSignature, header jose.Header) error {
	keys, err := a.Keys.Of(ctx, c, header.KeyID)
	if err != nil {
		return err
	}
	for i := range keys {
		if keys[i].KeyID != header.KeyID || keys[i].Algorithm != "" && keys[i].Algorithm != header.Algorithm {
			continue
		}
		if _, err := signed.Verify(keys[i].Key); err == nil {
			return nil
		}
	}
	return refuse("no key of the client with this kid made the signature")
}

// instant reads a NumericDate that is a whole positive number of this era; anything else is no date here.
func instant(raw json.RawMessage) (time.Time, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var n json.Number
	if t, err := d.Token(); err != nil {
		return time.Time{}, false
	} else if v, ok := t.(json.Number); ok {
		n = v
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return time.Time{}, false
	}
	seconds, err := n.Int64()
	if err != nil || seconds <= 0 || seconds > 1<<36 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}
