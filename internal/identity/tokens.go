package identity

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
)

// asFault returns err's fault, if it has one.
func asFault(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}

// reason is why a request failed, for the audit trail: codes and our own sentences, never what somebody sent.
func reason(err error) string {
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		return string(e.Code) + ": " + e.Description
	}
	return detail(err)
}

// token serves the token endpoint. https://www.rfc-editor.org/rfc/rfc6749#section-3.2
func (t *siteServer) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	form, err := oauth.PostForm(r)
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	var answer map[string]any
	var issued fositeglue.Issued
	if err = t.mayIssue(ctx); err == nil { // first of all: a code or a refresh token is as good afterwards as it was
		answer, issued, err = t.engine.Token(ctx, r, form)
	}
	operation := "token"
	switch g := form.Get("grant_type"); g {
	case client.AuthorizationCode, client.RefreshToken, client.ClientCredentials, client.Password:
		operation = g
	}
	e := about(event(r, auditToken, operation), issued.Client, nil, issued.Grant)
	if text, ok := answer["access_token"].(string); ok {
		e.TokenID = token.HashOf(text).ID()
	}
	failure := err
	if issued.Reuse {
		failure = fault.New(fault.Unauthenticated, "identity.token", "a code or refresh token was used twice; its grant was revoked")
	}
	if err := t.record(ctx, e, failure); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, answer)
}

// mayIssue returns an Unavailable error while an administrator has stopped the site from issuing tokens.
func (t *siteServer) mayIssue(ctx context.Context) error {
	v, err := t.settings(ctx)
	if err != nil {
		return err
	}
	return v.MayIssue()
}

// find looks for an access token or a refresh token, the hinted kind first.
func (t *siteServer) find(ctx context.Context, form url.Values) (*token.Token, error) {
	kinds := []token.Kind{token.Access, token.Refresh}
	switch form.Get("token_type_hint") {
	case "", "access_token":
	case "refresh_token":
		slices.Reverse(kinds)
	}
	for _, k := range kinds {
		f, err := t.store.Token(ctx, k, token.HashOf(form.Get("token")))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return f, err
		}
	}
	return nil, fault.New(fault.NotFound, "identity.find", "there is no such token")
}

// authenticated reads the form of an endpoint that is for clients, and finds out which one it is.
func (t *siteServer) authenticated(r *http.Request) (url.Values, *client.Client, error) {
	form, err := oauth.PostForm(r)
	if err != nil {
		return nil, nil, err
	}
	if r.URL.RawQuery != "" {
		return nil, nil, oauth.New(oauth.InvalidRequest, "The parameters belong in the form.")
	}
	c, err := t.auth.Authenticate(r.Context(), r, form)
	if err != nil {
		return nil, nil, err
	}
	if form.Get("token") == "" {
		return nil, c, oauth.New(oauth.InvalidRequest, "The token is missing.")
	}
	return form, c, nil
}

// revoke serves RFC 7009. An access token ends alone; a refresh token takes its whole family with it. The caller is told when
// the store fails: a revocation that did not happen must not look as if it had.
func (t *siteServer) revoke(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	form, c, err := t.authenticated(r)
	var k *token.Token
	if err == nil {
		k, err = t.tryRevoke(ctx, form, c)
	}
	e := about(event(r, auditToken, "revoke"), c, nil, nil)
	if k != nil {
		e = about(e, c, nil, k.Grant)
		e.TokenID = k.Hash.ID()
	}
	if err := t.record(ctx, e, err); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.NoStore(w.Header())
	w.WriteHeader(http.StatusOK)
}

func (t *siteServer) tryRevoke(ctx context.Context, form url.Values, c *client.Client) (*token.Token, error) {
	k, err := t.find(ctx, form)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // RFC 7009 §2.2: what does not exist is revoked
	}
	if err != nil {
		return nil, err
	}
	if k.Grant.ClientID != c.ID {
		return k, oauth.New(oauth.UnauthorizedClient, "The token belongs to another client.")
	}
	if k.Kind == token.Refresh {
		_, err = t.store.RevokeGrants(ctx, token.Filter{ID: k.Grant.ID})
		return k, err
	}
	return k, t.store.Spend(ctx, token.Access, k.Hash)
}

// introspect serves RFC 7662 with the members of SMART App Launch. A client sees its own tokens; a client that is marked as a
// resource server sees all. Everything else is not active, and nothing more is said. The username is for resource servers, and for
// apps that were given the scope profile.
// https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
func (t *siteServer) introspect(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	form, c, err := t.authenticated(r)
	if err == nil && c.Public() {
		err = oauth.New(oauth.InvalidClient, "Introspection needs client authentication.")
	}
	var answer map[string]any
	var k *token.Token
	if err == nil {
		answer, k, err = t.tryIntrospect(ctx, form, c)
	}
	e := about(event(r, auditToken, "introspect"), c, nil, nil)
	e.Action = "R"
	if k != nil {
		e.TokenID = k.Hash.ID()
	}
	if err := t.record(ctx, e, err); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, answer)
}

// worthless says why a token is not good now; empty if it is.
func (t *siteServer) worthless(ctx context.Context, k *token.Token) (why string, err error) {
	g, now := k.Grant, t.server.now()
	switch {
	case g.Revoked:
		return "what the app was given was revoked, with all its tokens", nil
	case k.Spent && k.Kind == token.Refresh:
		return "it was used before, or revoked", nil
	case k.Spent:
		return "it was revoked", nil
	case !now.Before(k.Expires), !now.Before(g.Expires):
		return "it has expired", nil
	}
	owner, err := t.store.Client(ctx, g.ClientID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if err != nil || !owner.Enabled {
		return "the app is not enabled", nil //nolint:nilerr // only NotFound gets here
	}
	err = (*owners)(t).Good(ctx, g)
	switch {
	case err == nil:
		return "", nil
	case fault.Is(err, fault.Unavailable):
		return "", err
	case fault.Is(err, fault.NotFound):
		return "the account or the session is gone", nil
	}
	return detail(err), nil
}

func (t *siteServer) tryIntrospect(ctx context.Context, form url.Values, c *client.Client) (map[string]any, *token.Token, error) {
	inactive := map[string]any{"active": false}
	k, err := t.find(ctx, form)
	if fault.Is(err, fault.NotFound) {
		return inactive, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	g := k.Grant
	if g.ClientID != c.ID && !c.ResourceServer {
		return inactive, k, nil
	}
	if worthless, err := t.worthless(ctx, k); err != nil {
		return nil, nil, err
	} else if worthless != "" {
		return inactive, k, nil
	}
	scopes := k.Scopes
	if k.Kind == token.Refresh {
		scopes = g.Scopes
	}
	answer := map[string]any{
		"active": true, "scope": strings.Join(scopes, " "), "client_id": g.ClientID, "exp": k.Expires.Unix(), "iat": k.Created.Unix(),
		"nbf": k.Created.Unix(), "iss": t.issuer, "aud": t.fhir, "jti": k.Hash.ID(), "sub": g.ClientID,
	}
	if k.Kind == token.Access {
		answer["token_type"] = "Bearer"
	}
	if g.Actor == access.System {
		return answer, k, nil
	}
	answer["sub"] = g.AccountID
	members, err := (*owners)(t).Members(ctx, g, scopes)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(answer, members)
	if c.ResourceServer || slices.Contains(scopes, "profile") {
		a, err := t.store.Account(ctx, g.AccountID)
		if err != nil {
			return nil, nil, err
		}
		answer["username"] = a.Login
	}
	return answer, k, nil
}

// userinfo serves the claims about the person behind an access token.
// https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
func (t *siteServer) userinfo(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	given, ok := bearer(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		oauth.NoStore(w.Header())
		w.WriteHeader(http.StatusUnauthorized) // RFC 6750 §3.1: no error code when nothing was sent
		return
	}
	subject, err := t.server.Authenticate(ctx, t.name, given)
	if err == nil && (subject.Actor == access.System || !slices.Contains(subject.Scopes.Raw, "openid")) {
		err = &oauth.Error{Code: oauth.InsufficientScope, Description: "The scope openid is needed."}
	}
	var claims map[string]any
	if err == nil {
		claims, err = (*owners)(t).Claims(ctx, &token.Grant{AccountID: subject.UserID, ClientID: subject.ClientID}, subject.Scopes.Raw)
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, claims)
}
