// Package identity is the authorization server: OAuth 2.0, OpenID Connect and SMART App Launch, for each site on its own.
//
// Its parts, from the bottom: oauth (the vocabulary), token (grants and tokens), permit (scopes), client, account,
// key, session, and fositeglue (the protocol engine on fosite). This package puts them together: the endpoints under
// /oauth2/{site}, the pages' flow, the check of access tokens on every API call, and the services of the command line.
//
//	/authorize ──▶ sign in ──▶ pick a patient ──▶ consent ──▶ code ──▶ /token ──▶ access token ──▶ Authenticate
//
// Everything of a site hangs on its issuer, {base}/oauth2/{site}: a token, a client, a key or a session of one site is nothing
// in another. URLs come from the configuration, never from the Host of a request.
package identity

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/role"
	"chartwright/internal/setting"
	"chartwright/internal/throttle"
)

// Config is what the authorization server works on.
type Config struct {
	BaseURL  string // where clients reach the program: https://host[:port][/prefix], without a slash at the end
	Open     func(ctx context.Context, site string) (Store, error)
	Settings setting.Source
	Master   key.Master
	Contexts Contexts
	Wishes   Wishes
	Persons  Persons        // nil = nothing is known beyond the accounts
	Narrows  permit.Narrows // nil = only the published granular scopes
	Roles    *role.Service  // nil = one of its own over the same stores
	Audit    Audit
	Screens  Screens
	// Passwords hashes and compares passwords; nil = one of its own at the recommended cost.
	Passwords *account.Hasher
	// Joined is told about a member of staff whose account was made on a page, to put the person into the record; nil = nobody is.
	Joined func(ctx context.Context, site string, a *account.Account) error

	Now  func() time.Time                                                   // nil = time.Now
	Log  *slog.Logger                                                       // nil = slog.Default()
	Keys func(ctx context.Context, uri string) (*client.FetchedKeys, error) // fetches a client's jwks_uri; nil = client.Fetch
}

// Server is the authorization server of all sites. Safe for concurrent use.
type Server struct {
	config  Config
	now     func() time.Time
	log     *slog.Logger
	catalog *permit.Catalog
	keySets *client.KeySets
	wrong   *throttle.Limiter // wrong client secrets
	asking  *throttle.Limiter // registrations
	looking *throttle.Limiter // what administrators look at tokens
	secure  bool              // the base URL is https
	cookie  string            // prefix of the cookies' names

	mu    sync.RWMutex
	sites map[string]*siteServer
	cache tokenCache
}

// siteServer is what the server holds for one site.
type siteServer struct {
	server   *Server
	name     string
	issuer   string
	fhir     string // base URL of the FHIR API
	store    Store
	keys     *key.Ring
	auth     *client.Authenticator
	verifier *account.Verifier
	engine   *fositeglue.Provider
	origins  originCache
}

// New returns the authorization server. Errors: Invalid for a base URL that is none.
func New(c Config) (*Server, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.HasSuffix(c.BaseURL, "/") {
		return nil, fault.New(fault.Invalid, "identity.new", "the base URL %q is not of the form https://host[:port]", c.BaseURL)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Roles == nil {
		c.Roles = role.New(func(ctx context.Context, site string) (role.Store, error) { return c.Open(ctx, site) })
	}
	if c.Passwords == nil {
		c.Passwords = account.NewHasher(account.Recommended())
	}
	if c.Keys == nil {
		c.Keys = client.Fetch
	}
	s := &Server{
		config: c, now: c.Now, log: c.Log, catalog: permit.NewCatalog(c.Narrows),
		keySets: client.NewKeySets(c.Keys, c.Now),
		wrong:   throttle.New(20, 15*time.Second, 10_000, c.Now),
		asking:  throttle.New(30, 20*time.Second, 10_000, c.Now),
		looking: throttle.New(30, 2*time.Second, 10_000, c.Now),
		secure:  u.Scheme == "https", sites: map[string]*siteServer{},
	}
	s.cookie = "chartwright"
	if s.secure {
		s.cookie = "__Host-chartwright"
	}
	s.cache.init()
	return s, nil
}

// site returns the server of one site. Errors: NotFound.
func (s *Server) site(ctx context.Context, name string) (*siteServer, error) {
	s.mu.RLock()
	t := s.sites[name]
	s.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	store, err := s.config.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	t = &siteServer{
		server: s, name: name, issuer: s.config.BaseURL + "/oauth2/" + name, fhir: s.config.BaseURL + "/apis/" + name + "/fhir",
		store: store, keys: key.NewRing(name, s.config.Master, store, s.now),
	}
	t.verifier = &account.Verifier{Store: store, Hasher: s.config.Passwords, Now: s.now, Usable: t.usable, Second: t.needsFactor}
	t.auth = &client.Authenticator{Store: store, Wrong: s.wrong, Now: s.now, Assertions: &client.Assertions{
		Store: store, Audiences: []string{t.issuer + "/token", t.issuer}, Keys: s.keySets, Now: s.now,
	}}
	t.engine = fositeglue.New(fositeglue.Config{
		Site: name, Issuer: t.issuer, Clients: store, Tokens: store, Keys: t.keys, Auth: t.auth, Catalog: s.catalog,
		Settings: t.settings, Owners: (*owners)(t), Now: s.now,
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.sites[name]; first != nil {
		return first, nil // another request was faster
	}
	s.sites[name] = t
	return t, nil
}

func (t *siteServer) settings(ctx context.Context) (*setting.Values, error) {
	return t.server.config.Settings.Settings(ctx, t.name)
}

// usable reports whether a person may sign in, and whether grants of the person are good: the account is enabled, and a patient has
// opted out neither here nor in the record.
func (t *siteServer) usable(ctx context.Context, a *account.Account) (bool, error) {
	if !a.Usable() || a.Kind != account.Portal {
		return a.Usable(), nil
	}
	return t.server.config.Wishes.AppsAllowed(ctx, t.name, a.PatientID)
}

// audience reports whether aud names a server of this site: the FHIR base above all, or one of the other APIs.
// https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code
func (t *siteServer) audience(aud string) bool {
	aud = strings.TrimSuffix(aud, "/")
	base := t.server.config.BaseURL + "/apis/" + t.name
	return aud == base+"/fhir" || aud == base+"/api" || aud == base+"/portal"
}

// source is the address from which a request came.
func source(r *http.Request) string { return throttle.Source(r.RemoteAddr) }
