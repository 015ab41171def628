package fositeglue

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/ory/fosite"
	foauth2 "github.com/ory/fosite/handler/oauth2"

	"chartwright/internal/access"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

// backend is the client credentials grant of SMART Backend Services on fosite's handler: with a signed assertion only, for
// system scopes only. https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
type backend struct {
	*foauth2.ClientCredentialsGrantHandler
	p *Provider
}

// HandleTokenEndpointRequest checks what fosite does not: how the client proved itself, and its scopes.
func (h *backend) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	form, c := r.GetRequestForm(), r.GetClient().(fositeClient).Client
	settings, err := h.p.Settings(ctx)
	if err != nil {
		return err
	}
	switch {
	case !form.Has("client_assertion"):
		return oauth.New(oauth.InvalidClient, "This grant needs a client_assertion signed by the app.")
	case !c.Allows(client.ClientCredentials) || !settings.APISystemScopes:
		return oauth.New(oauth.UnauthorizedClient, "The app may not use the client credentials grant.")
	}
	words := permit.Words(form.Get("scope"))
	parsed, err := h.p.Catalog.CheckAll(words, h.p.Site, settings)
	if err != nil {
		return oauth.Wrap(oauth.InvalidScope, oauth.Printable(oauth.From(err).Description), err)
	}
	if err := h.ClientCredentialsGrantHandler.HandleTokenEndpointRequest(ctx, r); err != nil {
		return err
	}
	now := h.p.Now()
	g := &token.Grant{
		ID: uuid.NewString(), Type: client.ClientCredentials, ClientID: c.ID, Actor: access.System, AuthTime: now, Created: now,
		Expires: now.Add(token.SystemAccessLife),
	}
	g.Scopes = Usable(g, words, parsed, permit.ParseAll(c.Scopes))
	if !slices.ContainsFunc(g.Scopes, func(w string) bool { return strings.HasPrefix(w, "system/") }) {
		return oauth.New(oauth.InvalidScope, "None of the requested scopes can be granted to this app.")
	}
	session := r.GetSession().(*grantSession)
	session.grant, session.isNew, session.scopes = g, true, g.Scopes
	r.SetID(g.ID)
	for _, w := range g.Scopes {
		r.GrantScope(w)
	}
	return nil
}
