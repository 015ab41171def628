package fositeglue

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/ory/fosite"
	foauth2 "github.com/ory/fosite/handler/oauth2"

	"chartwright/internal/access"
	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// Issued says what a token request came to, for the audit trail. The client and the grant are nil as long as they are unknown.
type Issued struct {
	Client *client.Client
	Grant  *token.Grant
	Reuse  bool // a code or refresh token was used twice, and its family was revoked
}

// Token serves a request to the token endpoint, whose form was read, and returns the members of the answer.
//
// Errors: *oauth.Error. https://www.rfc-editor.org/rfc/rfc6749#section-5
func (p *Provider) Token(ctx context.Context, r *http.Request, form url.Values) (map[string]any, Issued, error) {
	var issued Issued
	switch g := form.Get("grant_type"); g {
	case client.AuthorizationCode, client.RefreshToken, client.ClientCredentials, client.Password:
	case "":
		return nil, issued, oauth.New(oauth.InvalidRequest, "The grant_type is missing.")
	default:
		return nil, issued, oauth.New(oauth.UnsupportedGrantType, "The grant type is not supported.")
	}
	// fosite reads the form from the request, which was read before to refuse repeated parameters.
	r = r.Clone(ctx)
	r.Form, r.PostForm, r.MultipartForm = form, form, nil
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = http.NoBody
	session := &grantSession{}
	request, err := p.fosite.NewAccessRequest(ctx, r, session)
	if request != nil {
		if c, ok := request.GetClient().(fositeClient); ok {
			issued.Client = c.Client
		}
	}
	if err == nil {
		var response fosite.AccessResponder
		if response, err = p.fosite.NewAccessResponse(ctx, request); err == nil {
			issued.Grant = session.grant
			return response.ToMap(), issued, nil
		}
	}
	issued.Grant = session.grant
	if errors.Is(err, fosite.ErrInvalidatedAuthorizeCode) || errors.Is(err, errReused) || fault.Is(err, fault.Conflict) {
		issued.Reuse = true
		if session.grant != nil {
			if _, e := p.Tokens.RevokeGrants(ctx, token.Filter{ID: session.grant.ID}); e != nil {
				return nil, issued, oauth.From(e)
			}
		}
	}
	return nil, issued, translate(err)
}

var errReused = oauth.New(oauth.InvalidGrant, "The refresh token was used before; sign in again.")

// notFound turns fosite's and our "there is none" into what the client is told.
func notFound(err, answer error) error {
	if errors.Is(err, fosite.ErrNotFound) || fault.Is(err, fault.NotFound) {
		return answer
	}
	return err
}

// issue stores new tokens of a grant and puts them into the answer.
func (p *Provider) issue(ctx context.Context, c token.Change, session *grantSession, withRefresh bool, w fosite.AccessResponder) error {
	text, hash := token.Mint()
	t := p.newToken(token.Access, hash.String(), session.grant, token.AccessLife)
	t.Scopes, session.life = session.scopes, t.Expires.Sub(t.Created)
	c.Tokens = []*token.Token{t}
	next := ""
	if withRefresh {
		var h token.Hash
		next, h = token.Mint()
		c.Tokens = append(c.Tokens, p.newToken(token.Refresh, h.String(), session.grant, token.RefreshLife))
	}
	if err := p.Tokens.Apply(ctx, c); err != nil {
		return err
	}
	w.SetAccessToken(text)
	w.SetScopes(session.scopes)
	if next != "" {
		w.SetExtra("refresh_token", next)
	}
	return nil
}

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

// Usable returns the scopes that a grant can carry: registered by the client, of use to its subject, and, if they are about one
// patient or ask for a launch context, with that in the context.
func Usable(g *token.Grant, words []string, parsed, registered []scope.Scope) []string {
	var kept []string
	for i, s := range parsed {
		if s.Context == scope.Patient && g.Context.Patient == "" || s.Kind == scope.Launch && !inContext(g.Context, s) {
			continue
		}
		if permit.Covered(registered, s) && permit.For(g.Actor, s) {
			kept = append(kept, words[i])
		}
	}
	return kept
}

// inContext reports whether the context holds what a launch scope asks for.
func inContext(c token.Context, s scope.Scope) bool {
	switch s.Type {
	case "":
		return c.EHR
	case "patient":
		return c.Patient != ""
	case "encounter":
		return c.Encounter != ""
	case "location":
		return c.Location != ""
	}
	return false
}

// PopulateTokenEndpointResponse makes the tokens.
func (h *password) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	if !h.CanHandleTokenEndpointRequest(ctx, r) {
		return fosite.ErrUnknownRequest
	}
	session := r.GetSession().(*grantSession)
	return h.p.issue(ctx, token.Change{Grant: session.grant}, session, refreshable(session.scopes), w)
}

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
	id, err := h.p.idToken(ctx, alg, g, scopes, w.GetAccessToken())
	if err != nil {
		return err
	}
	w.SetExtra("id_token", id)
	return nil
}

// idToken returns a signed ID token. https://openid.net/specs/openid-connect-core-1_0.html#IDToken
func (p *Provider) idToken(ctx context.Context, alg string, g *token.Grant, scopes []string, accessToken string) (string, error) {
	claims, err := p.Owners.Claims(ctx, g, scopes)
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
	if g.Nonce != "" {
		claims["nonce"] = g.Nonce
	}
	claims["at_hash"] = halfHash(alg, accessToken)
	return p.Keys.Sign(ctx, alg, "JWT", claims)
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
