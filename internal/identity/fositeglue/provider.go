// Package fositeglue is the protocol engine: it runs the authorization and token endpoints of one site on fosite, and is the
// only package that knows fosite.
//
// fosite parses and orders the steps of both endpoints and owns the authorization code and client credentials grants. What it
// was measured to do otherwise than the standards ask is ours: client authentication (package client), redirect matching and
// scopes (packages client and permit), PKCE, refresh, the password grant, token formats, ID tokens and every error that a
// client sees. Revocation and introspection are package identity's; they need no fosite.
package fositeglue

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/ory/fosite"
	foauth2 "github.com/ory/fosite/handler/oauth2"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// Owners knows the people behind grants and what clients are told about them.
type Owners interface {
	// SignIn checks the password grant's form and returns a grant with its subject and context, without scopes.
	SignIn(ctx context.Context, form url.Values, source string) (*token.Grant, error)
	// Good returns an error when the subject of a grant may no longer use it: disabled, opted out, signed out of the session.
	Good(ctx context.Context, g *token.Grant) error
	// Members returns the members that a token response has beside those of RFC 6749: the launch context.
	Members(ctx context.Context, g *token.Grant, scopes []string) (map[string]any, error)
	// Claims returns the claims about the subject that the scopes ask for.
	Claims(ctx context.Context, g *token.Grant, scopes []string) (map[string]any, error)
}

// Config is what an engine works on.
type Config struct {
	Site     string
	Issuer   string // without a slash at the end
	Clients  client.Store
	Tokens   token.Store
	Keys     *key.Ring
	Auth     *client.Authenticator
	Catalog  *permit.Catalog
	Settings func(ctx context.Context) (*setting.Values, error)
	Owners   Owners
	Now      func() time.Time
}

// Provider is the engine of one site. Safe for concurrent use.
type Provider struct {
	Config
	fosite *fosite.Fosite
}

// New returns the engine of a site.
func New(c Config) *Provider {
	p := &Provider{Config: c}
	store := &storage{p}
	settings := &fosite.Config{
		AccessTokenLifespan:            token.AccessLife,
		RefreshTokenLifespan:           token.RefreshLife,
		AuthorizeCodeLifespan:          token.CodeLife,
		AccessTokenIssuer:              c.Issuer,
		TokenURL:                       c.Issuer + "/token",
		MinParameterEntropy:            minState,
		OmitRedirectScopeParam:         true,
		SanitationWhiteList:            []string{"redirect_uri", "code_challenge"},
		RefreshTokenScopes:             []string{"offline_access", "online_access"},
		ScopeStrategy:                  func([]string, string) bool { return true }, // checked by permit, with settings and a reason
		RedirectSecureChecker:          func(context.Context, *url.URL) bool { return true },
		ClientAuthenticationStrategy:   p.authenticate,
		SendDebugMessagesToClients:     false,
		EnforcePKCE:                    true,
		EnforcePKCEForPublicClients:    true,
		EnablePKCEPlainChallengeMethod: false,
	}
	strategy := opaque{c.Now}
	explicit := &foauth2.AuthorizeExplicitGrantHandler{
		AccessTokenStrategy: strategy, RefreshTokenStrategy: strategy, AuthorizeCodeStrategy: strategy,
		CoreStorage: store, TokenRevocationStorage: store, Config: settings,
	}
	system := &foauth2.ClientCredentialsGrantHandler{
		HandleHelper: &foauth2.HandleHelper{AccessTokenStrategy: strategy, AccessTokenStorage: store, Config: settings},
		Config:       settings,
	}
	proof := &pkce{p}
	settings.AuthorizeEndpointHandlers = fosite.AuthorizeEndpointHandlers{proof, explicit}
	// The order matters: PKCE looks before the code is touched, the answer's further members come when there are tokens.
	settings.TokenEndpointHandlers = fosite.TokenEndpointHandlers{
		proof, explicit, &refresh{p}, &password{p}, &backend{system, p}, &members{p},
	}
	p.fosite = fosite.NewOAuth2Provider(store, settings)
	return p
}

// minState is how many characters of state a client must send: fewer can be guessed. RFC 6819 §4.4.1.8.
const minState = 8

func (p *Provider) authenticate(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	form, err := p.named(ctx, r, form)
	if err != nil {
		return nil, err
	}
	c, err := p.Auth.Authenticate(ctx, r, form)
	if err != nil {
		return nil, err
	}
	return fositeClient{c}, nil
}

// named adds the client_id to a refresh request that says nothing of its client. Public clients have nothing to prove, so RFC 6749
// §6 does not make them name themselves, and the SMART JavaScript library does not: the token says whose it is. A client with
// credentials gains nothing by it, since it still has to show them.
func (p *Provider) named(ctx context.Context, r *http.Request, form url.Values) (url.Values, error) {
	silent := !form.Has("client_id") && !form.Has("client_secret") && !form.Has("client_assertion") && r.Header.Get("Authorization") == ""
	if !silent || form.Get("grant_type") != client.RefreshToken {
		return form, nil
	}
	t, err := p.Tokens.Token(ctx, token.Refresh, token.HashOf(form.Get("refresh_token")))
	if fault.Is(err, fault.NotFound) {
		return form, nil
	}
	if err != nil {
		return nil, err
	}
	form = maps.Clone(form)
	form.Set("client_id", t.Grant.ClientID)
	return form, nil
}

// fositeClient is a client as fosite sees it.
type fositeClient struct{ *client.Client }

var _ fosite.ResponseModeClient = fositeClient{}

func (c fositeClient) GetID() string                      { return c.ID }
func (c fositeClient) GetHashedSecret() []byte            { return nil } // compared in package client
func (c fositeClient) GetRedirectURIs() []string          { return c.Metadata.RedirectURIs }
func (c fositeClient) GetResponseTypes() fosite.Arguments { return c.Metadata.ResponseTypes }
func (c fositeClient) GetScopes() fosite.Arguments        { return c.Scopes }
func (c fositeClient) IsPublic() bool                     { return c.Public() }
func (c fositeClient) GetAudience() fosite.Arguments      { return nil }

// GetGrantTypes adds refresh_token where the client may use it: whether there is one to use, the scopes decide.
func (c fositeClient) GetGrantTypes() fosite.Arguments {
	types := append(fosite.Arguments{}, c.Metadata.GrantTypes...)
	if c.Allows(client.RefreshToken) && !types.Has(client.RefreshToken) {
		types = append(types, client.RefreshToken)
	}
	return types
}

// GetResponseModes allows the query alone, as [Authorization.check] does.
func (c fositeClient) GetResponseModes() []fosite.ResponseModeType {
	return []fosite.ResponseModeType{fosite.ResponseModeQuery}
}

// grantSession carries the grant through fosite's steps.
type grantSession struct {
	grant   *token.Grant
	isNew   bool         // the grant is not stored yet
	code    *token.Token // the code that is being redeemed, as it was when the request came
	spend   *token.Token // the refresh token that is being used
	scopes  []string
	life    time.Duration // of the access token
	expires map[fosite.TokenType]time.Time
}

var _ fosite.Session = (*grantSession)(nil)

func (s *grantSession) SetExpiresAt(key fosite.TokenType, at time.Time) {
	if s.expires == nil {
		s.expires = map[fosite.TokenType]time.Time{}
	}
	s.expires[key] = at
}

func (s *grantSession) GetExpiresAt(key fosite.TokenType) time.Time { return s.expires[key] }

func (s *grantSession) GetUsername() string { return "" }

func (s *grantSession) GetSubject() string {
	if s.grant == nil {
		return ""
	}
	return s.grant.AccountID
}

// Clone implements fosite.Session; a request keeps one session from beginning to end.
func (s *grantSession) Clone() fosite.Session { return s }
