package fositeglue

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/ory/fosite"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
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
