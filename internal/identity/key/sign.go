package key

import (
	"context"
	"crypto"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/fault"
)

// maxTokenBytes bounds a signed token that somebody sends us.
const maxTokenBytes = 16 << 10

// newSigner returns what signs with a private key; kid and typ stand in the header of what it signs. It serves any number of
// callers at once.
func newSigner(rec Record, private crypto.PrivateKey) (jose.Signer, error) {
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(rec.Alg), Key: jose.JSONWebKey{Key: private, KeyID: rec.ID}},
		(&jose.SignerOptions{}).WithType("JWT"))
}

// Sign returns claims as a JSON Web Token with the site's newest key for alg. Errors: Invalid when there is none.
// https://www.rfc-editor.org/rfc/rfc7519, in the compact form of https://www.rfc-editor.org/rfc/rfc7515#section-7.1
func (r *Ring) Sign(ctx context.Context, alg string, claims any) (string, error) {
	k, err := r.newest(ctx, alg)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "key.sign", err)
	}
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "key.sign", err)
	}
	text, err := signed.CompactSerialize()
	return text, fault.Wrap(fault.Internal, "key.sign", err)
}

// Verify checks that this site signed a compact JWS, whichever of its published keys it used, and decodes the claims. It says
// nothing about what the claims say, expiry included. Errors: Invalid.
func (r *Ring) Verify(ctx context.Context, text string, claims any) error {
	bad := func(err error) error {
		return &fault.Error{Kind: fault.Invalid, Op: "key.verify", Detail: "The token was not issued by this server.", Err: err}
	}
	if len(text) > maxTokenBytes {
		return bad(nil)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.ES384})
	if err != nil {
		return bad(err)
	}
	set, err := r.Set(ctx)
	if err != nil {
		return err
	}
	header := signed.Signatures[0].Header
	for _, k := range set.Key(header.KeyID) {
		if k.Algorithm != header.Algorithm {
			continue
		}
		payload, err := signed.Verify(k)
		if err != nil {
			return bad(err)
		}
		if err := json.Unmarshal(payload, claims); err != nil {
			return bad(err)
		}
		return nil
	}
	return bad(nil)
}
