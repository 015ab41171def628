package client

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/throttle"
)

// AssertionType is the client_assertion_type of private_key_jwt. RFC 7523 §2.2.
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Authenticator establishes which client sends a request to the token, revocation or introspection endpoint of one site.
//
// Exactly one method is used per request; a second one beside it is refused (RFC 6749 §2.3). A client that has a secret may
// send it in the header or in the body, whichever it registered: OpenEMR's clients do both. A public client names itself.
type Authenticator struct {
	Store      Store
	Assertions *Assertions
	Wrong      *throttle.Limiter // wrong secrets by client and source
	Now        func() time.Time
}

// failed is the one answer to every failure, so that it tells nobody which clients exist.
func failed(err error) error {
	return oauth.Wrap(oauth.InvalidClient, "Client authentication failed.", err)
}

// Authenticate returns the enabled client that sends the request.
//
// Errors: invalid_request for two methods or two names, invalid_client for everything else.
func (a *Authenticator) Authenticate(ctx context.Context, r *http.Request, form url.Values) (*Client, error) {
	if q := r.URL.Query(); q.Has("client_secret") || q.Has("client_assertion") {
		return nil, oauth.New(oauth.InvalidRequest, "Credentials do not belong in the URL.")
	}
	header, hasHeader := r.Header["Authorization"]
	hasBody := form.Has("client_secret")
	hasAssertion := form.Has("client_assertion") || form.Has("client_assertion_type")
	if count(hasHeader, hasBody, hasAssertion) > 1 || len(header) > 1 {
		return nil, oauth.New(oauth.InvalidRequest, "Use one method of client authentication.")
	}
	source := throttle.Source(r.RemoteAddr)
	switch {
	case hasAssertion:
		return a.assertion(ctx, form)
	case hasHeader:
		id, secret, ok := basic(header[0])
		if !ok {
			return nil, failed(nil)
		}
		if form.Has("client_id") && form.Get("client_id") != id {
			return nil, oauth.New(oauth.InvalidRequest, "The header and the form name different clients.")
		}
		return a.secret(ctx, id, secret, source)
	case hasBody:
		return a.secret(ctx, form.Get("client_id"), form.Get("client_secret"), source)
	}
	c, err := a.find(ctx, form.Get("client_id"))
	if err != nil {
		return nil, err
	}
	if !c.Public() || !c.Enabled {
		return nil, failed(nil)
	}
	return c, nil
}

func (a *Authenticator) secret(ctx context.Context, id, secret, source string) (*Client, error) {
	// A public client's OpenEMR-style request may carry an empty secret; that is no credential.
	key := id + "|" + source
	if !a.Wrong.Left(key) {
		return nil, &oauth.Error{Code: oauth.InvalidClient, Description: "Too many failed attempts; try again later.", Status: http.StatusTooManyRequests, RetryAfter: 60}
	}
	c, err := a.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Public() && secret == "" && c.Enabled {
		return c, nil
	}
	if !c.CheckSecret(secret, a.Now()) {
		a.Wrong.Allow(key)
		return nil, failed(nil)
	}
	if !c.Enabled || c.Metadata.AuthMethod == MethodPrivateKeyJWT {
		return nil, failed(nil)
	}
	return c, nil
}

func (a *Authenticator) assertion(ctx context.Context, form url.Values) (*Client, error) {
	if form.Get("client_assertion_type") != AssertionType {
		return nil, oauth.New(oauth.InvalidRequest, "The client_assertion_type is not supported.")
	}
	issuer, err := Issuer(form.Get("client_assertion"))
	if err != nil {
		return nil, failed(err)
	}
	if form.Has("client_id") && form.Get("client_id") != issuer {
		return nil, failed(nil)
	}
	c, err := a.find(ctx, issuer)
	if err != nil {
		return nil, err
	}
	if !c.Enabled || c.Public() || !c.HasKeys() {
		return nil, failed(nil)
	}
	if err := a.Assertions.Verify(ctx, c, form.Get("client_assertion")); err != nil {
		if fault.Is(err, fault.Unavailable) {
			return nil, err
		}
		return nil, failed(err)
	}
	return c, nil
}

// find returns a client, enabled or not. An unknown one fails as a wrong secret does.
func (a *Authenticator) find(ctx context.Context, id string) (*Client, error) {
	if id == "" || len(id) > 128 {
		return nil, failed(nil)
	}
	c, err := a.Store.Client(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, failed(err)
	}
	return c, err
}

// basic reads an Authorization header. Both parts are form-encoded before they are joined: RFC 6749 §2.3.1.
func basic(header string) (id, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(raw), ":")
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return id, secret, err1 == nil && err2 == nil
}

func count(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}
