package client

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

const maxKeys = 50

// checkKeys checks the key set of a registration: public keys only, each able to sign RS384 or ES384.
func checkKeys(m *Metadata) error {
	if len(m.JWKS) == 0 || bytes.Equal(bytes.TrimSpace(m.JWKS), []byte("null")) {
		m.JWKS = nil
		return nil
	}
	if _, err := ParseKeys(m.JWKS); err != nil {
		return err
	}
	return nil
}

// ParseKeys reads a JWK set as a client registers or publishes it.
//
// Errors: invalid_client_metadata for a set that holds a private or symmetric key, no key, or too many. A key that is merely
// of no use here (another algorithm, too short, for encryption) is left out, since sets are shared with other servers.
// https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
func ParseKeys(set []byte) ([]jose.JSONWebKey, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(set, &raw); err != nil || len(raw.Keys) == 0 {
		return nil, invalidIn("jwks", "the JWK set holds no keys")
	}
	if len(raw.Keys) > maxKeys {
		return nil, invalidIn("jwks", "the JWK set holds too many keys")
	}
	var keys []jose.JSONWebKey
	for _, r := range raw.Keys {
		var shape struct {
			Kty string          `json:"kty"`
			D   json.RawMessage `json:"d"`
			K   json.RawMessage `json:"k"`
		}
		if err := json.Unmarshal(r, &shape); err != nil {
			return nil, invalidIn("jwks", "the JWK set holds something that is not a key")
		}
		if shape.D != nil || shape.K != nil || shape.Kty == "oct" {
			return nil, invalidIn("jwks", "the JWK set holds a private or symmetric key: register public keys only, and replace that key")
		}
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(r); err != nil || !usable(&k) {
			continue
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, invalidIn("jwks", "the JWK set holds no usable key: RSA of 2048 bits or more, or EC P-384, with a kid")
	}
	return keys, nil
}

// usable reports whether a key can verify RS384 or ES384 with full strength. RFC 8725 §3.4, §3.5.
func usable(k *jose.JSONWebKey) bool {
	if k.KeyID == "" || k.Use != "" && k.Use != "sig" || !k.Valid() || !k.IsPublic() {
		return false
	}
	switch pub := k.Key.(type) {
	case *rsa.PublicKey:
		n := pub.N
		return n.BitLen() >= 2048 && n.BitLen() <= 8192 && n.Bit(0) == 1 && pub.E >= 3 && pub.E%2 == 1 &&
			(k.Algorithm == "" || k.Algorithm == string(jose.RS384))
	case *ecdsa.PublicKey:
		if pub.Curve != elliptic.P384() {
			return false
		}
		_, err := pub.ECDH() // refuses a point that is not on the curve
		return err == nil && (k.Algorithm == "" || k.Algorithm == string(jose.ES384))
	}
	return false
}

// checkKeyHost refuses a jwks_uri that cannot be a public address, as far as its text shows. The fetcher looks at the address
// again when it dials.
func checkKeyHost(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return invalidIn("jwks_uri", "jwks_uri is not a URI")
	}
	host := u.Hostname()
	if port := u.Port(); port != "" && port != "443" {
		return invalidIn("jwks_uri", "jwks_uri must use port 443")
	}
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") ||
		strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") {
		return invalidIn("jwks_uri", "jwks_uri must name a public host")
	}
	return nil
}
