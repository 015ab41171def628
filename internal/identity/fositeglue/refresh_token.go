package fositeglue

import (
	"context"
	"net/url"
	"slices"

	"github.com/ory/fosite"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

var errReused = oauth.New(oauth.InvalidGrant, "The refresh token was used before; sign in again.")

// refreshable reports whether the scopes let a client refresh. https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess
func refreshable(scopes []string) bool {
	return slices.Contains(scopes, "offline_access") || slices.Contains(scopes, "online_access")
}

// refresh is the refresh grant. Every refresh token is used once. A second use means that two parties hold it, and ends the
// family: there is no grace period, which a thief would share. RFC 6749 §6, RFC 9700 §4.14.2.
type refresh struct{ p *Provider }

func (h *refresh) CanHandleTokenEndpointRequest(_ context.Context, r fosite.AccessRequester) bool {
	return r.GetGrantTypes().ExactOne(client.RefreshToken)
}

func (h *refresh) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest checks the refresh token, that its owner may still use it, and the scopes.
func (h *refresh) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	answer := oauth.New(oauth.InvalidGrant, "The refresh token is unknown, has expired, or was revoked.")
	c := r.GetClient().(fositeClient).Client
	form := r.GetRequestForm()
	if form.Get("refresh_token") == "" {
		return oauth.New(oauth.InvalidRequest, "The refresh_token is missing.")
	}
	if !c.Allows(client.RefreshToken) {
		return oauth.New(oauth.UnauthorizedClient, "The app may not use refresh tokens.")
	}
	t, err := h.p.Tokens.Token(ctx, token.Refresh, token.HashOf(form.Get("refresh_token")))
	if err != nil {
		return notFound(err, answer)
	}
	if t.Grant.ClientID != c.ID {
		return answer
	}
	session := r.GetSession().(*grantSession)
	session.grant = t.Grant
	if t.Spent {
		return errReused
	}
	if t.Grant.Revoked || !h.p.Now().Before(t.Expires) {
		return answer
	}
	if err := h.p.Owners.Good(ctx, t.Grant); err != nil {
		if fault.Is(err, fault.Unavailable) {
			return err
		}
		return oauth.Wrap(oauth.InvalidGrant, answer.Description, err)
	}
	if session.scopes, err = narrowed(t.Grant.Scopes, form); err != nil {
		return err
	}
	session.spend = t
	r.SetID(t.Grant.ID)
	return nil
}

// narrowed returns the scopes of the new access token: those asked for, which must lie within the grant's, or all of them.
// The refresh token keeps the whole grant, so a later refresh may ask for more again. RFC 6749 §6.
func narrowed(granted []string, form url.Values) ([]string, error) {
	words := permit.Words(form.Get("scope"))
	if len(words) == 0 {
		return granted, nil
	}
	within := permit.ParseAll(granted)
	for _, w := range words {
		s, err := scope.Parse(w)
		if err != nil || !permit.Covered(within, s) || s.Kind == scope.Site && !slices.Contains(granted, w) {
			return nil, oauth.New(oauth.InvalidScope, "The scope "+oauth.Printable(w)+" was not granted.")
		}
	}
	return words, nil
}

// PopulateTokenEndpointResponse rotates: the old token is spent and the new ones exist in one step.
func (h *refresh) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	if !h.CanHandleTokenEndpointRequest(ctx, r) {
		return fosite.ErrUnknownRequest
	}
	session := r.GetSession().(*grantSession)
	return h.p.issue(ctx, token.Change{Spend: session.spend}, session, true, w)
}
