package identity

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// registered is the answer to a registration. https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1
type registered struct {
	ClientID        string `json:"client_id"`
	ClientSecret    string `json:"client_secret,omitempty"`
	RegistrationKey string `json:"registration_access_token,omitempty"`
	RegistrationURI string `json:"registration_client_uri"`
	IssuedAt        int64  `json:"client_id_issued_at"`
	SecretExpiresAt *int64 `json:"client_secret_expires_at,omitempty"` // 0 = never
	client.Metadata
}

func (t *siteServer) answer(c *client.Client) *registered {
	a := &registered{
		ClientID: c.ID, RegistrationURI: t.issuer + "/client/" + c.ID, IssuedAt: c.IssuedAt.Unix(), Metadata: c.Metadata,
	}
	if c.HasSecret() {
		a.SecretExpiresAt = new(int64)
	}
	return a
}

// register serves RFC 7591.
func (t *siteServer) register(w http.ResponseWriter, r *http.Request) {
	c, answer, err := t.tryRegister(r)
	e := event(r, auditClient, "register")
	e.Action = "C"
	if err := t.record(r.Context(), about(e, c, nil, nil), err); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, answer)
}

func (t *siteServer) tryRegister(r *http.Request) (*client.Client, *registered, error) {
	if !t.server.asking.Allow(source(r)) {
		return nil, nil, fault.New(fault.Throttled, "client.register", "Too many registrations; try again later.")
	}
	v, err := t.settings(r.Context())
	if err != nil {
		return nil, nil, err
	}
	given, _ := bearer(r)
	initial, err := t.mayRegister(r.Context(), v, given)
	if err != nil {
		return nil, nil, err
	}
	asked, err := readMetadata(r)
	if err != nil {
		return nil, nil, err
	}
	return t.addClient(r.Context(), asked.Metadata, initial, v)
}

// addClient registers an app by the rules of the site, using up the initial access token if there is one.
func (t *siteServer) addClient(ctx context.Context, asked client.Metadata, initial *token.Hash, v *setting.Values) (*client.Client, *registered, error) {
	algs, err := t.keys.SigningAlgs(ctx)
	if err != nil {
		return nil, nil, err
	}
	m, parsed, err := client.Settle(asked, t.server.catalog, t.name, v, algs)
	if err != nil {
		return nil, nil, err
	}
	c := &client.Client{
		ID: client.NewID(), Metadata: m, Scopes: strings.Fields(m.Scope), IssuedAt: t.server.now(), Enabled: client.Approve(parsed, v),
	}
	var secret string
	if m.AuthMethod == client.MethodBasic || m.AuthMethod == client.MethodPost {
		secret = c.NewSecret()
	}
	key := c.NewRegistrationToken()
	if initial != nil {
		if err := t.store.UseInitialToken(ctx, *initial, t.server.now()); fault.Is(err, fault.NotFound) {
			return nil, nil, errInitial
		} else if err != nil {
			return nil, nil, err
		}
	}
	if err := t.store.AddClient(ctx, c); err != nil {
		return nil, nil, err
	}
	answer := t.answer(c)
	answer.ClientSecret, answer.RegistrationKey = secret, key
	return c, answer, nil
}

// errInitial refuses a registration without a good initial access token.
var errInitial = oauth.New(oauth.InvalidToken, "Registration needs an initial access token that is good.")

// mayRegister checks the site's mode: open to anybody, for holders of an initial access token, or closed. It returns the initial
// access token that the registration is to use up; nil = none. An access token of an administrator serves, too: whoever holds one can
// let the app in anyway. Given is the token that came with the request, empty if none did.
func (t *siteServer) mayRegister(ctx context.Context, v *setting.Values, given string) (*token.Hash, error) {
	switch v.Registration {
	case setting.Closed:
		return nil, &oauth.Error{Code: oauth.AccessDenied, Description: "Registration is closed."}
	case setting.Token:
	default:
		return nil, nil
	}
	if given == "" {
		return nil, errInitial
	}
	hash := token.HashOf(given)
	initial, err := t.store.InitialToken(ctx, hash)
	switch {
	case err == nil && initial.Good(t.server.now()):
		return &hash, nil
	case err == nil:
		return nil, errInitial
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	subject, err := t.server.Authenticate(ctx, t.name, given)
	if err != nil {
		return nil, err
	}
	grants, err := t.server.config.Roles.Grants(ctx, t.name)
	if err != nil {
		return nil, err
	}
	if subject.Actor != access.User || !grants.Holds(subject.Groups, "admin/super") {
		return nil, oauth.New(oauth.AccessDenied, "Registration needs an access token of an administrator.")
	}
	return nil, nil
}

func readMetadata(r *http.Request) (client.Request, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return client.Request{}, oauth.New(oauth.InvalidClientMetadata, "The Content-Type must be application/json.")
	}
	return client.Parse(r.Body)
}

// bearer returns the token of the one Authorization header. RFC 6750 §2.1.
func bearer(r *http.Request) (string, bool) {
	h := r.Header.Values("Authorization")
	if len(h) != 1 {
		return "", false
	}
	scheme, t, ok := strings.Cut(h[0], " ")
	t = strings.TrimSpace(t)
	return t, ok && strings.EqualFold(scheme, "Bearer") && t != ""
}

// managed returns the client of a request to its configuration endpoint. One answer for every failure: RFC 7592 §2.1.
func (t *siteServer) managed(r *http.Request) (*client.Client, error) {
	refused := oauth.New(oauth.InvalidToken, "The registration access token is not good for this client.")
	given, ok := bearer(r)
	if !ok {
		return nil, refused
	}
	c, err := t.store.Client(r.Context(), r.PathValue("id"))
	if fault.Is(err, fault.NotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if c.BuiltIn || !c.CheckRegistrationToken(given) {
		return nil, refused
	}
	return c, nil
}

// readClient serves RFC 7592 §2.1. The secret is not shown again: only its hash is known.
func (t *siteServer) readClient(w http.ResponseWriter, r *http.Request) {
	c, err := t.managed(r)
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, t.managedAnswer(r, c))
}

// managedAnswer is the answer to whoever reads or replaces a registration. It repeats the registration access token that came with
// the request: RFC 7592 §3 wants one in every answer, and this one stays good.
func (t *siteServer) managedAnswer(r *http.Request, c *client.Client) *registered {
	a := t.answer(c)
	a.RegistrationKey, _ = bearer(r)
	return a
}

// replaceClient serves RFC 7592 §2.2: every rule of registration holds again, and what needs an administrator's approval needs
// it again, unless nothing was added to what was approved.
func (t *siteServer) replaceClient(w http.ResponseWriter, r *http.Request) {
	c, err := t.tryReplace(r)
	e := event(r, auditClient, "replace")
	e.Action = "U"
	if err := t.record(r.Context(), about(e, c, nil, nil), err); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, t.managedAnswer(r, c))
}

func (t *siteServer) tryReplace(r *http.Request) (*client.Client, error) {
	ctx := r.Context()
	if !t.server.asking.Allow(source(r)) {
		return nil, fault.New(fault.Throttled, "client.replace", "Too many registrations; try again later.")
	}
	c, err := t.managed(r)
	if err != nil {
		return nil, err
	}
	v, err := t.settings(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := readMetadata(r)
	if err != nil {
		return nil, err
	}
	if asked.ClientID != c.ID {
		return nil, oauth.New(oauth.InvalidClientMetadata, "The client_id is not that of this registration.") // RFC 7592 §2.2
	}
	if asked.ClientSecret != nil && !c.CheckSecret(*asked.ClientSecret, t.server.now()) {
		return nil, oauth.New(oauth.InvalidClientMetadata, "The client_secret is not that of this registration.") // RFC 7592 §2.2
	}
	algs, err := t.keys.SigningAlgs(ctx)
	if err != nil {
		return nil, err
	}
	m, parsed, err := client.Settle(asked.Metadata, t.server.catalog, t.name, v, algs)
	if err != nil {
		return nil, err
	}
	err = t.store.ChangeClient(ctx, c.ID, func(stored *client.Client) error {
		// Whether the secret stays is decided by the method, which is part of what the client is: changing it means a new client.
		if (m.AuthMethod == client.MethodBasic || m.AuthMethod == client.MethodPost) != stored.HasSecret() ||
			m.ApplicationType != stored.Metadata.ApplicationType {
			return oauth.New(oauth.InvalidClientMetadata, "The kind of client cannot change; register a new one.")
		}
		grown := !sameMetadata(m, stored.Metadata)
		stored.Metadata, stored.Scopes = m, strings.Fields(m.Scope)
		// A client that was disabled cannot help itself: it stays so.
		if grown && stored.Enabled {
			stored.Enabled = client.Approve(parsed, v)
		}
		c = stored
		return nil
	})
	return c, err
}

// sameMetadata reports whether nothing that an administrator approved has changed: names, documents and how ID tokens are signed may.
func sameMetadata(a, b client.Metadata) bool {
	for _, m := range []*client.Metadata{&a, &b} {
		m.Contacts, m.PolicyURI, m.TosURI, m.ClientURI, m.SoftwareVersion, m.IDTokenSignedAlg = nil, "", "", "", "", ""
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// deleteClient serves RFC 7592 §2.3. The client's grants go with it.
func (t *siteServer) deleteClient(w http.ResponseWriter, r *http.Request) {
	c, err := t.managed(r)
	if err == nil {
		err = t.store.RemoveClient(r.Context(), c.ID)
	}
	e := event(r, auditClient, "delete")
	e.Action = "D"
	if err := t.record(r.Context(), about(e, c, nil, nil), err); err != nil {
		t.server.fail(w, r, err)
		return
	}
	if err != nil {
		t.server.fail(w, r, err)
		return
	}
	oauth.NoStore(w.Header())
	w.WriteHeader(http.StatusNoContent)
}
