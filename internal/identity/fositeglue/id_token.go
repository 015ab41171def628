package fositeglue

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/ory/fosite"

	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/token"
)

// members adds to every answer what OpenID Connect and SMART App Launch want in it.
type members struct{ p *Provider }

func (h *members) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return false // it serves no grant of its own
}

func (h *members) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

func (h *members) HandleTokenEndpointRequest(context.Context, fosite.AccessRequester) error {
	return fosite.ErrUnknownRequest
}

// PopulateTokenEndpointResponse adds the launch context and the ID token.
func (h *members) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	session := r.GetSession().(*grantSession)
	w.SetTokenType("Bearer")
	w.SetExpiresIn(session.life) // fosite's own figure is a second short
	g, scopes := session.grant, session.scopes
	if g.Type == client.ClientCredentials {
		return nil
	}
	extra, err := h.p.Owners.Members(ctx, g, scopes)
	if err != nil {
		return err
	}
	for name, value := range extra {
		w.SetExtra(name, value)
	}
	if !slices.Contains(scopes, "openid") {
		return nil
	}
	alg := key.DefaultAlg
	if a := r.GetClient().(fositeClient).Metadata.IDTokenSignedAlg; a != "" {
		alg = a
	}
	id, err := h.p.idToken(ctx, alg, session, w.GetAccessToken())
	if err != nil {
		return err
	}
	w.SetExtra("id_token", id)
	return nil
}

// idToken returns a signed ID token. https://openid.net/specs/openid-connect-core-1_0.html#IDToken
func (p *Provider) idToken(ctx context.Context, alg string, session *grantSession, accessToken string) (string, error) {
	g := session.grant
	claims, err := p.Owners.Claims(ctx, g, session.scopes)
	if err != nil {
		return "", err
	}
	now := p.Now()
	claims["iss"] = p.Issuer
	claims["aud"] = g.ClientID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(token.AccessLife).Unix()
	claims["auth_time"] = g.AuthTime.Unix()
	claims["jti"] = uuid.NewString()
	if g.Nonce != "" && session.spend == nil { // a refresh answers no authorization request: OpenID Connect Core §12.2
		claims["nonce"] = g.Nonce
	}
	claims["at_hash"] = halfHash(alg, accessToken)
	return p.Keys.Sign(ctx, alg, claims)
}

// halfHash is the left half of the hash that goes with a signature algorithm.
// https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
func halfHash(alg, accessToken string) string {
	if strings.HasSuffix(alg, "384") {
		sum := sha512.Sum384([]byte(accessToken))
		return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
