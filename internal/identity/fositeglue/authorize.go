package fositeglue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/ory/fosite"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

// Authorization is a checked authorization request.
type Authorization struct {
	Client      *client.Client
	RedirectURI string
	State       string
	Scopes      []string      // requested, known, and registered by the client
	Parsed      []scope.Scope // the same, parsed

	p       *Provider
	request *fosite.AuthorizeRequest
}

// RequestError is an authorization request that cannot be served.
type RequestError struct {
	OAuth    *oauth.Error
	Location string // where the browser is sent with the error; empty = nowhere, the user is told
}

// Error implements error for the log.
func (e *RequestError) Error() string { return e.OAuth.Error() }

// Unwrap returns the error without its place.
func (e *RequestError) Unwrap() error { return e.OAuth }

// Authorize checks an authorization request. It may be called again with the same parameters: nothing is kept.
//
// Errors: *[RequestError] and nothing else. The browser is only sent to an address that the client registered.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
func (p *Provider) Authorize(ctx context.Context, params url.Values) (*Authorization, error) {
	// fosite's matcher was measured to accept other schemes, userinfo and encodings for loopback addresses, and its clients may
	// ask to follow unsigned request objects: both are settled before it sees the request.
	c, err := p.Clients.Client(ctx, params.Get("client_id"))
	if fault.Is(err, fault.NotFound) || err == nil && !c.Enabled {
		return nil, &RequestError{OAuth: oauth.New(oauth.InvalidClient, "This app is not known here, or waits for the approval of an administrator.")}
	} else if err != nil {
		return nil, &RequestError{OAuth: oauth.From(err)}
	}
	if u := params.Get("redirect_uri"); u != "" && !c.MatchRedirect(u) {
		return nil, &RequestError{OAuth: oauth.New(oauth.InvalidRequest, "The redirect_uri is not registered for this app.")}
	}
	if params.Get("redirect_uri") == "" && len(c.Metadata.RedirectURIs) != 1 {
		return nil, &RequestError{OAuth: oauth.New(oauth.InvalidRequest, "The redirect_uri is missing.")}
	}
	bare := url.Values{}
	maps.Copy(bare, params)
	bare.Del("request")
	bare.Del("request_uri")
	bare.Del("response_mode")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Issuer+"/authorize?"+bare.Encode(), nil)
	if err != nil {
		return nil, &RequestError{OAuth: oauth.From(err)}
	}
	made, err := p.fosite.NewAuthorizeRequest(ctx, r)
	request, _ := made.(*fosite.AuthorizeRequest)
	if err != nil {
		return nil, p.refuse(request, named(params, err))
	}
	a := &Authorization{Client: c, RedirectURI: request.RedirectURI.String(), State: request.State, p: p, request: request}
	if err := a.check(ctx, params); err != nil {
		return nil, p.refuse(request, err)
	}
	return a, nil
}

// check does what fosite leaves to us once the address for answers is sure.
func (a *Authorization) check(ctx context.Context, params url.Values) error {
	switch mode := params.Get("response_mode"); {
	case mode != "" && mode != string(fosite.ResponseModeQuery):
		// A code in a fragment or a form reaches scripts and logs that it should not.
		return oauth.New(oauth.InvalidRequest, "The response_mode must be query.")
	case params.Has("request"):
		return oauth.New(oauth.RequestNotSupported, "Request objects are not supported.")
	case params.Has("request_uri"):
		return oauth.New(oauth.RequestURINotSupported, "Request objects are not supported.")
	case !a.Client.Allows(client.AuthorizationCode):
		return oauth.New(oauth.UnauthorizedClient, "The app has not registered the authorization code grant.")
	}
	if err := checkChallenge(a.Client, params); err != nil {
		return err
	}
	settings, err := a.p.Settings(ctx)
	if err != nil {
		return err
	}
	words := permit.Words(params.Get("scope"))
	parsed, err := a.p.Catalog.CheckAll(words, a.p.Site, settings)
	if err != nil {
		return oauth.Wrap(oauth.InvalidScope, oauth.Printable(oauth.From(err).Description), err)
	}
	// What the app did not register, or the site does not give it, is left out and not refused, as OpenEMR does it; the answer says what
	// was granted.
	noOffline := a.Client.Public() && !settings.PublicOffline
	registered := permit.ParseAll(a.Client.Scopes)
	for i, s := range parsed {
		if permit.Covered(registered, s) && !(noOffline && words[i] == "offline_access") {
			a.Scopes, a.Parsed = append(a.Scopes, words[i]), append(a.Parsed, s)
		}
	}
	if len(a.Scopes) == 0 {
		return oauth.New(oauth.InvalidScope, "None of the requested scopes is registered for this app.")
	}
	return nil
}

// named says in our words what fosite refuses in others than the standards'.
func named(params url.Values, err error) error {
	switch {
	case params.Get("response_type") == "":
		return oauth.Wrap(oauth.InvalidRequest, "The response_type is missing.", err) // RFC 6749 §3.1.1, §4.1.2.1
	case errors.Is(err, fosite.ErrInvalidState):
		return oauth.Wrap(oauth.InvalidRequest, fmt.Sprintf("The state is missing or has less than %d characters.", minState), err)
	}
	return err
}

// Refuse returns the address to which the browser takes an error of this request.
func (a *Authorization) Refuse(err error) string { return a.p.refuse(a.request, err).Location }

// refuse places an error: at the client if its address is sure, with the user otherwise.
func (p *Provider) refuse(request *fosite.AuthorizeRequest, err error) *RequestError {
	e := &RequestError{OAuth: translate(err)}
	if request == nil || !request.IsRedirectURIValid() {
		return e
	}
	q := url.Values{"error": {string(e.OAuth.Code)}, "iss": {p.Issuer}}
	if e.OAuth.Description != "" {
		q.Set("error_description", e.OAuth.Description)
	}
	e.Location = p.answer(request, q)
	return e
}

// answer returns the redirect URI with the parameters of an answer behind those it was registered with.
func (p *Provider) answer(request *fosite.AuthorizeRequest, q url.Values) string {
	if request.State != "" {
		q.Set("state", request.State)
	}
	u := *request.RedirectURI
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += q.Encode()
	return u.String()
}

// Grant stores the grant, makes a code for it and returns the address to which the browser takes it. The grant's ClientID,
// Type, Scopes and nonce are filled in.
func (a *Authorization) Grant(ctx context.Context, g *token.Grant, scopes []string) (string, error) {
	g.Type, g.ClientID, g.Scopes = client.AuthorizationCode, a.Client.ID, scopes
	g.Nonce = a.request.Form.Get("nonce")
	session := &grantSession{grant: g, isNew: true, scopes: scopes}
	a.request.ID = g.ID
	a.request.GrantedScope = scopes
	response, err := a.p.fosite.NewAuthorizeResponse(ctx, a.request, session)
	if err != nil {
		return "", translate(err)
	}
	// RFC 9207: the issuer in the answer lets the client notice a mix-up.
	return a.p.answer(a.request, url.Values{"code": {response.GetCode()}, "iss": {a.p.Issuer}}), nil
}

// translate turns an error of fosite, of ours wrapped by fosite, or of the store into what the client is told.
func translate(err error) *oauth.Error {
	if ours, ok := errors.AsType[*oauth.Error](err); ok {
		return ours
	}
	if kind, ok := errors.AsType[*fault.Error](err); ok {
		if kind.Kind == fault.Conflict {
			return oauth.Wrap(oauth.InvalidGrant, "The code or token was used before.", err)
		}
		return oauth.From(err)
	}
	if errors.Is(err, fosite.ErrInvalidatedAuthorizeCode) {
		return oauth.Wrap(oauth.InvalidGrant, "The code was used before.", err)
	}
	rfc := fosite.ErrorToRFC6749Error(err)
	code := oauth.Code(rfc.ErrorField)
	switch code {
	case "error", "invalid_token_signature", "token_inactive", "token_claim", "not_found":
		return oauth.From(err)
	case "invalid_state":
		code = oauth.InvalidRequest // fosite's own word
	}
	return &oauth.Error{Code: code, Description: plain(rfc.HintField, rfc.DescriptionField), Status: rfc.CodeField, Err: err}
}

// plain returns the more telling of fosite's texts in the characters that RFC 6749 §5.2 allows.
func plain(hint, description string) string {
	text := hint
	if text == "" {
		text = description
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '`':
			return '\''
		case r < 0x20 || r > 0x7e || r == '\\':
			return '?'
		}
		return r
	}, text)
}
