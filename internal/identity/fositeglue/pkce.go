package fositeglue

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"

	"github.com/ory/fosite"

	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
)

// pkce is Proof Key for Code Exchange, S256 for everybody. The challenge is kept with the code. A wrong verifier uses the code
// up: whoever has the code but not the verifier gets one guess, and none without a verifier after it.
// https://www.rfc-editor.org/rfc/rfc7636
type pkce struct{ p *Provider }

var (
	_ fosite.AuthorizeEndpointHandler = (*pkce)(nil)
	_ fosite.TokenEndpointHandler     = (*pkce)(nil)
)

// checkChallenge checks the parameters of the authorization request. Only a confidential client that an administrator has
// exempted may leave them out. RFC 7636 §4.3, RFC 9700 §2.1.1.
func checkChallenge(c *client.Client, params url.Values) error {
	challenge, method := params.Get("code_challenge"), params.Get("code_challenge_method")
	if !params.Has("code_challenge") && !params.Has("code_challenge_method") && c.PKCEExempt && !c.Public() {
		return nil
	}
	switch {
	case challenge == "":
		return oauth.New(oauth.InvalidRequest, "The code_challenge is missing: this server asks every app for PKCE.")
	case method != "S256":
		return oauth.New(oauth.InvalidRequest, "The code_challenge_method must be S256.")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(raw) != sha256.Size {
		return oauth.New(oauth.InvalidRequest, "The code_challenge is not the base64url of a SHA-256 hash.")
	}
	return nil
}

// HandleAuthorizeEndpointRequest checks once more at the moment when the code is made.
func (k *pkce) HandleAuthorizeEndpointRequest(_ context.Context, ar fosite.AuthorizeRequester, _ fosite.AuthorizeResponder) error {
	return checkChallenge(ar.GetClient().(fositeClient).Client, ar.GetRequestForm())
}

// CanHandleTokenEndpointRequest implements fosite.TokenEndpointHandler.
func (k *pkce) CanHandleTokenEndpointRequest(_ context.Context, r fosite.AccessRequester) bool {
	return r.GetGrantTypes().ExactOne(client.AuthorizationCode)
}

// CanSkipClientAuth implements fosite.TokenEndpointHandler.
func (k *pkce) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

var errCode = oauth.New(oauth.InvalidGrant, "The code is unknown, has expired, or was made for something else.")

// HandleTokenEndpointRequest checks that the code is this client's and that the client knows the verifier.
func (k *pkce) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	form := r.GetRequestForm()
	c := r.GetClient().(fositeClient).Client
	if form.Get("code") == "" {
		return oauth.New(oauth.InvalidRequest, "The code is missing.")
	}
	if !c.Allows(client.AuthorizationCode) {
		return oauth.New(oauth.UnauthorizedClient, "The app has not registered the authorization code grant.")
	}
	t, err := k.p.Tokens.Token(ctx, token.Code, token.HashOf(form.Get("code")))
	if err != nil {
		return notFound(err, errCode)
	}
	r.GetSession().(*grantSession).code = t
	// The owner of the code comes first: another client learns nothing about it and cannot harm it.
	if t.Grant.ClientID != c.ID {
		return errCode
	}
	if t.Spent || t.Grant.Revoked {
		return nil // the next handler revokes the family
	}
	if !k.p.Now().Before(t.Expires) || t.Form["redirect_uri"] != form.Get("redirect_uri") {
		return errCode
	}
	if verified(t.Form["code_challenge"], form) {
		return nil
	}
	if err := k.p.Tokens.Spend(ctx, token.Code, t.Hash); err != nil {
		return err
	}
	return oauth.New(oauth.InvalidGrant, "The code_verifier does not fit the code_challenge.")
}

// verified compares the verifier with the challenge. A verifier without a challenge is a downgrade: RFC 9700 §4.8.2.
func verified(challenge string, form url.Values) bool {
	verifier := form.Get("code_verifier")
	if challenge == "" {
		return !form.Has("code_verifier")
	}
	if len(verifier) < 43 || len(verifier) > 128 || !unreserved(verifier) {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// unreserved reports whether s holds unreserved characters alone. RFC 7636 §4.1.
func unreserved(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' && c != '~' {
			return false
		}
	}
	return true
}

// PopulateTokenEndpointResponse implements fosite.TokenEndpointHandler: the tokens are made by the next handler.
func (k *pkce) PopulateTokenEndpointResponse(context.Context, fosite.AccessRequester, fosite.AccessResponder) error {
	return nil
}
