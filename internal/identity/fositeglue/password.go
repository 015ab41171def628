package fositeglue

import (
	"context"
	"net/http"

	"github.com/ory/fosite"

	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// password is the resource owner password grant: off by default, for confidential clients, for people without a second factor.
// RFC 9700 §2.4 advises against it; OpenEMR's clients know it. RFC 6749 §4.3.
type password struct{ p *Provider }

func (h *password) CanHandleTokenEndpointRequest(_ context.Context, r fosite.AccessRequester) bool {
	return r.GetGrantTypes().ExactOne(client.Password)
}

func (h *password) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// HandleTokenEndpointRequest checks the setting, the scopes and the password, in this order.
func (h *password) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	settings, err := h.p.Settings(ctx)
	if err != nil {
		return err
	}
	form, c := r.GetRequestForm(), r.GetClient().(fositeClient).Client
	role := form.Get("user_role")
	switch {
	case settings.PasswordGrant == setting.Off:
		return oauth.New(oauth.UnsupportedGrantType, "The password grant is switched off.")
	case role != setting.Users && role != setting.Patient:
		return oauth.New(oauth.InvalidRequest, "The user_role must be users or patient.")
	case settings.PasswordGrant != setting.Both && settings.PasswordGrant != role:
		return oauth.New(oauth.UnsupportedGrantType, "The password grant is switched off for this user_role.")
	case !c.Allows(client.Password):
		return oauth.New(oauth.UnauthorizedClient, "Only confidential apps may use the password grant.")
	}
	words := permit.Words(form.Get("scope"))
	parsed, err := h.p.Catalog.CheckAll(words, h.p.Site, settings)
	if err != nil {
		return oauth.Wrap(oauth.InvalidScope, oauth.Printable(oauth.From(err).Description), err)
	}
	request, _ := ctx.Value(fosite.RequestContextKey).(*http.Request)
	source := ""
	if request != nil {
		source = request.RemoteAddr
	}
	g, err := h.p.Owners.SignIn(ctx, form, source)
	if err != nil {
		return err
	}
	g.Type, g.ClientID = client.Password, c.ID
	g.Scopes = Usable(g, words, parsed, permit.ParseAll(c.Scopes))
	if len(g.Scopes) == 0 {
		return oauth.New(oauth.InvalidScope, "None of the requested scopes can be granted to this app and user.")
	}
	session := r.GetSession().(*grantSession)
	session.grant, session.isNew, session.scopes = g, true, g.Scopes
	r.SetID(g.ID)
	return nil
}

// PopulateTokenEndpointResponse makes the tokens.
func (h *password) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	if !h.CanHandleTokenEndpointRequest(ctx, r) {
		return fosite.ErrUnknownRequest
	}
	session := r.GetSession().(*grantSession)
	return h.p.issue(ctx, token.Change{Grant: session.grant}, session, refreshable(session.scopes), w)
}
