// Package app puts the program together: it opens the databases, builds every room over them and hands out what the commands
// need. It is the only place that knows everything; it is known by the command line and the end-to-end tests alone.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/interaction"
	"chartwright/internal/care/parameter"
	"chartwright/internal/care/record"
	"chartwright/internal/care/terminology"
	"chartwright/internal/chart"
	"chartwright/internal/chart/refusal"
	"chartwright/internal/config"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/identitystore"
	"chartwright/internal/gormstore/parameterstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/role"
	"chartwright/internal/setting"
	"chartwright/internal/web/httpd"
	"chartwright/internal/web/screens"
)

// DefaultSite is the site that every command means when none is named.
const DefaultSite = "default"

// hotBytes bounds what the program keeps of reads by key: some 30,000 resources.
const hotBytes = 32 << 20

// App is the program, open on its databases.
type App struct {
	Sites    *gormstore.Server
	Settings *setting.Service
	Roles    *role.Service
	Records  *record.Records
	// Parameters are the search parameters that sites have of their own.
	Parameters *parameter.Service
	FHIR       *interaction.Engine
	Identity   *identity.Server
	Admin      *identity.Admin
	BaseURL    string // how clients reach the server, without a slash at the end

	log      *slog.Logger
	scopes   *terminology.Expansions // of the value sets that scopes name
	refusals *refusal.Counter
	places   int                                 // as in [httpd.Config]
	times    httpd.Times                         // as there
	stopping atomic.Bool                         // it goes on answering, and tells balancers to ask others
	store    func(config.Store) gormstore.Config // how this program opens databases
}

// Options are what the options of the command line do not say.
type Options struct {
	BaseURL string // as in [App]; needed by whatever speaks to clients
	Version string
	Log     *slog.Logger
	Now     func() time.Time // nil = time.Now
	Times   httpd.Times      // zero = the usual ones
	// Passwords hashes the passwords; nil = at the cost that is recommended. Tests that are about other things have a cheaper one.
	Passwords *account.Hasher
}

// Open opens the databases and builds the program over them. Close it.
//
// Errors: Unavailable when the database is out of reach; Invalid when the master key is not usable.
func Open(ctx context.Context, c config.Store, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	master, err := masterKey(c.Data)
	if err != nil {
		return nil, err
	}
	a := &App{BaseURL: o.BaseURL, log: o.Log, scopes: terminology.NewExpansions(), refusals: refusal.New(o.Now), times: o.Times}
	replica := replicaName()
	types := typeNames()
	a.Parameters = parameter.New(parameter.Config{Open: a.parameterStore, Standard: record.StandardParams, Now: o.Now, Log: o.Log, Replica: replica})
	a.store = func(c config.Store) gormstore.Config {
		return gormstore.Config{
			Hot: hotBytes, DataDir: c.Data, DSN: string(c.Database), Extract: extract, Own: a.ownRows, Now: o.Now, Replica: replica, Log: o.Log,
			Search: func(site string) searchsql.Env {
				return searchsql.Env{Table: a.Parameters.Live(site), Own: parameter.RowsOf, Base: a.FHIRBase(site), OpenTypes: access.Open, Types: types, Codes: a.codesOf(site)}
			},
		}
	}
	if a.Sites, err = gormstore.Open(ctx, a.store(c)); err != nil {
		return nil, err
	}
	a.Settings = setting.New(func(ctx context.Context, site string) (setting.Store, error) { return a.identityStore(ctx, site) })
	a.Roles = role.New(func(ctx context.Context, site string) (role.Store, error) { return a.identityStore(ctx, site) })
	a.Records = record.New(record.Config{
		Params: record.StandardParams, Own: a.Parameters, Settings: a.Settings, NewID: uuid.NewString, Replica: replica, Refusals: a.refusals,
		Bases: func(site string) []string { return []string{a.FHIRBase(site)} }, Codes: terminology.Codes, SiteCodes: a.scopes.Codes,
		Written: a.written, Now: o.Now,
	})
	a.FHIR, err = interaction.New(interaction.Config{
		Records: a.Records, Parameters: a.Parameters, Software: interaction.Software{Name: "Chartwright", Version: o.Version}, PageKey: master.Derive("page links"), Now: o.Now, Log: o.Log,
	})
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	passwords := o.Passwords
	if passwords == nil {
		passwords = account.NewHasher(account.Recommended())
	}
	a.Identity, err = identity.New(identity.Config{
		BaseURL: o.BaseURL, Settings: a.Settings, Master: master, Contexts: &contexts{app: a}, Wishes: &wishes{app: a}, Persons: &persons{&contexts{app: a}}, Narrows: record.Narrows, Roles: a.Roles, Audit: identity.Trail(a.Sites, a.refusals), Screens: screens.New(),
		Open: func(ctx context.Context, site string) (identity.Store, error) { return a.identityStore(ctx, site) },
		Now:  o.Now, Log: o.Log, Joined: a.practitionerOf, Passwords: passwords,
	})
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.Admin = &identity.Admin{
		Open:   func(ctx context.Context, site string) (identity.Store, error) { return a.identityStore(ctx, site) },
		Master: master, Audit: identity.Trail(a.Sites, nil), Passwords: passwords, Now: o.Now, By: "command line", API: "cli",
		Stamp: func(e *chart.AuditEvent) { // as in what the operator does to the record
			e.UserID = commandLineID
			if e.ClientID == "" { // not about an app
				e.ClientID = commandLineID
			}
		},
	}
	return a, nil
}

// Close ends background work and closes the databases.
func (a *App) Close() error {
	a.recordRefusals(context.Background())
	return a.Sites.Close()
}

// FHIRBase is the base URL of a site's FHIR API.
func (a *App) FHIRBase(site string) string { return a.BaseURL + "/apis/" + site + "/fhir" }

// sitePolicy is the policy of a site as its settings are now.
func (a *App) sitePolicy(ctx context.Context, site string) (access.Policy, error) {
	v, err := a.Settings.Settings(ctx, site)
	if err != nil {
		return access.Policy{}, err
	}
	return a.Policy(ctx, site, v)
}

// Policy is what a site's settings and roles mean for the access decision.
func (a *App) Policy(ctx context.Context, site string, v *setting.Values) (access.Policy, error) {
	p := access.PolicyOf(v)
	var err error
	p.Grants, err = a.Roles.Grants(ctx, site)
	return p, err
}

func (a *App) identityStore(ctx context.Context, site string) (*identitystore.Store, error) {
	db, err := a.Sites.DB(ctx, site)
	if err != nil {
		return nil, err
	}
	return identitystore.New(db), nil
}

func (a *App) parameterStore(ctx context.Context, site string) (parameter.Store, error) {
	db, err := a.Sites.DB(ctx, site)
	if err != nil {
		return nil, err
	}
	index, err := a.Sites.Index(ctx, site)
	if err != nil {
		return nil, err
	}
	return parameterstore.New(db, index), nil
}

// ownRows are the index rows of a site's own search parameters, for the store.
func (a *App) ownRows(ctx context.Context, site string, generation int64, typ string, body []byte, rows *index.Rows) error {
	return a.Parameters.RowsAt(ctx, site, generation, typ, body, rows)
}

// masterKey comes from the environment, or from a file in the data folder that is made on the first start.
func masterKey(data string) (key.Master, error) {
	if text := config.MasterKey(); text != "" {
		return key.ParseMaster(string(text))
	}
	return key.MasterFromFile(filepath.Join(data, "master.key"))
}

// codesOf says what the value sets and hierarchies mean that the scopes of a site's tokens name.
func (a *App) codesOf(name string) search.Codes {
	return func(ctx context.Context, m search.Modifier, v search.Value) ([]search.Coding, error) {
		site, err := a.Sites.Open(ctx, name)
		if err != nil {
			return nil, err
		}
		return a.scopes.Codes(ctx, site, m, v)
	}
}

// extract is the search index of a stored body, for the store.
func extract(_ string, body []byte, rows *index.Rows) error {
	r, err := r4.Unmarshal(body)
	if err != nil {
		return fault.Wrap(fault.Internal, "app.extract", err)
	}
	record.Extract(r, rows)
	return nil
}

func typeNames() []string {
	names := make([]string, len(r4.Types))
	for i, t := range r4.Types {
		names[i] = t.Name
	}
	return names
}

func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}
