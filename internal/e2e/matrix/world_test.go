package matrix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/web/httpd"
)

// The sites. They hold the same record and differ in what they have settled.
const (
	home   = "home"   // everything is on, wildcard scopes do not count
	abroad = "abroad" // everything is on, wildcard scopes count
	closed = "closed" // the FHIR API alone, and no clients that act for themselves
)

var sites = []string{home, abroad, closed}

var policies = map[string]access.Policy{
	home:   {FHIR: true, Standard: true, Portal: true, System: true},
	abroad: {FHIR: true, Standard: true, Portal: true, System: true, Wildcards: true},
	closed: {FHIR: true},
}

// world is the running program with its sites.
type world struct {
	t      testing.TB
	app    *app.App
	url    string
	client *http.Client
	within http.Handler // what answers at url
	clock  *clock       // nil if it cannot be put forward
	folder string       // where the data lies
	close  func()       // ends the program; the end of the test does
	facts  []*fact
	stores map[string]identity.Store
	keys   map[string]string // a token of the loader, by site
	desks  map[string]*desk
}

// setup is how a world differs from the usual one.
type setup struct {
	dsn     string                      // of its empty database; a copy of the prepared data folder otherwise
	handler func(*app.App) http.Handler // makes what answers requests, instead of the program as it is
	clock   *clock                      // what the program goes by
}

// clock is the real time and what it was put forward by.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// unhurried are the times of requests on a machine that may stand still: what is asked here is who may do what.
var unhurried = httpd.Times{Read: await.Patience, Write: await.Patience}

// newWorld starts the program over a data folder with the filled sites, or over the empty database at dsn, which it fills. Handler, if
// not nil, makes what answers requests.
func newWorld(t testing.TB, dsn string, handler func(*app.App) http.Handler) *world {
	t.Helper()
	return newWorldOf(t, setup{dsn: dsn, handler: handler})
}

func newWorldOf(t testing.TB, as setup) *world {
	t.Helper()
	data := folder(t)
	var w *world
	if as.dsn == "" {
		keys := prepared.copyTo(t, data)
		w = openWorld(t, as, data)
		w.keys = keys
		for _, site := range sites {
			w.openSite(t.Context(), site)
		}
	} else {
		w = openWorld(t, as, data)
		w.fillSites()
	}
	if as.handler != nil { // the record is made by the program as it is; what is tested may be another
		w.within = as.handler(w.app)
		second := httptest.NewUnstartedServer(w.within)
		_ = second.Listener.Close()
		var err error
		if second.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		second.Start()
		t.Cleanup(second.Close)
		w.url = second.URL
	}
	return w
}

// openWorld starts the program over a data folder, or over the database of the setup.
func openWorld(t testing.TB, as setup, data string) *world {
	t.Helper()
	var now func() time.Time
	if as.clock != nil {
		now = as.clock.now
	}
	ctx := t.Context()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	a, err := app.Open(ctx, config.Store{Data: data, Database: config.Secret(as.dsn)}, app.Options{
		BaseURL: base, Version: "test", Now: now, Times: unhurried,
		Passwords: account.NewHasher(account.Cost{Memory: 8, Passes: 1}), // the cost is the hasher's test's
		Log:       slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2 * workers
	w := &world{
		t: t, app: a, url: base, client: &http.Client{Transport: transport}, facts: facts(t),
		clock: as.clock, folder: data, stores: map[string]identity.Store{}, keys: map[string]string{}, desks: map[string]*desk{},
	}
	w.close = sync.OnceFunc(func() {
		transport.CloseIdleConnections()
		server.Close()
		_ = a.Close()
	})
	t.Cleanup(w.close)
	plain, err := a.Handler(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.within = plain
	server.Config = httpd.Server(plain, slog.New(slog.DiscardHandler))
	server.Config.ReadHeaderTimeout = await.Patience
	server.Start()
	return w
}

// fillSites adds the sites and fills them.
func (w *world) fillSites() {
	w.t.Helper()
	for _, site := range sites {
		w.addSite(w.t.Context(), site)
	}
	for _, site := range sites {
		w.fill(site)
	}
}

// folder makes a data folder of the test's own: in memory where the system has such a place, since what counts here is what is
// answered and not that it lasts.
func folder(t testing.TB) string {
	t.Helper()
	name := lasting(t)
	t.Cleanup(func() { _ = os.RemoveAll(name) })
	return name
}

// lasting is [folder] that nobody removes.
func lasting(t testing.TB) string {
	t.Helper()
	name, err := os.MkdirTemp("/dev/shm", "chartwright-matrix-") //nolint:usetesting // not where t.TempDir lies
	if err != nil {
		name, err = os.MkdirTemp("", "chartwright-matrix-") //nolint:usetesting // it may outlive the test
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (w *world) addSite(ctx context.Context, site string) {
	w.t.Helper()
	if _, err := w.app.AddSite(ctx, site); err != nil {
		w.t.Fatal(err)
	}
	p := policies[site]
	for name, on := range map[string]bool{
		"api_fhir": p.FHIR, "api_standard": p.Standard, "api_portal": p.Portal, "api_system_scopes": p.System, "wildcard_scopes": p.Wildcards,
		"update_as_create": true,
		"provenance":       false, // what the server writes of its own accord is no fact of the model
	} {
		value := "off"
		if on {
			value = "on"
		}
		if err := w.app.Admin.SetSetting(ctx, site, name, value); err != nil {
			w.t.Fatal(err)
		}
	}
	store := w.openSite(ctx, site)
	for _, a := range accounts() {
		if err := store.AddAccount(ctx, a); err != nil {
			w.t.Fatal(err)
		}
	}
}

// openSite opens the identities of a site.
func (w *world) openSite(ctx context.Context, site string) identity.Store {
	w.t.Helper()
	store, err := w.app.Admin.Open(ctx, site)
	if err != nil {
		w.t.Fatal(err)
	}
	w.stores[site] = store
	return store
}

// fill writes the record of a site as a client would, in one transaction, and deletes what is deleted. The loader is let go
// afterwards.
func (w *world) fill(site string) {
	w.t.Helper()
	var scopes []string
	seen := map[string]bool{}
	for _, f := range w.facts {
		if !seen[f.Type] {
			seen[f.Type] = true
			scopes = append(scopes, "user/"+f.Type+".cruds")
		}
	}
	scopes = append(scopes, "user/ValueSet.cruds", "user/*.cruds", "api:fhir", "api:oemr")
	for word := range standardWords() {
		scopes = append(scopes, "user/"+word+".cruds")
	}
	load := &trial{site: site, actor: &actor{name: "loader", kind: access.User, account: account.Administrators}, scopes: scopes}
	w.mustArm(site, load)
	w.keys[site] = load.token
	var entries []map[string]any
	for _, f := range w.facts {
		body := f.body(site)
		if f.recoded {
			body = bytes.Replace(body, []byte("laboratory"), []byte("vital-signs"), 1)
		}
		entries = append(entries, map[string]any{
			"resource": json.RawMessage(body), "request": map[string]any{"method": "PUT", "url": f.Key.String()},
		})
	}
	body, err := json.Marshal(map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": entries})
	if err != nil {
		w.t.Fatal(err)
	}
	w.must(w.send(call{method: "POST", path: "/apis/" + site + "/fhir", body: body, token: w.keys[site]}))
	for _, f := range w.facts {
		if f.recoded {
			w.must(w.send(call{method: "PUT", path: "/apis/" + site + "/fhir/" + f.Key.String(), token: w.keys[site], body: f.body(site)}))
		}
		if f.deleted {
			w.must(w.send(call{method: "DELETE", path: "/apis/" + site + "/fhir/" + f.Key.String(), token: w.keys[site]}))
		}
	}
}

// accounts are the people of every site.
func accounts() []*account.Account {
	now := time.Now().UTC()
	var list []*account.Account
	staff := func(login string, groups ...string) *account.Account {
		a := &account.Account{ID: "staff-" + login, Kind: account.Staff, Login: "mx-" + login, Groups: groups, FHIRUser: "Practitioner/" + login, Enabled: true, Created: now, Changed: now}
		list = append(list, a)
		return a
	}
	for _, g := range account.Groups {
		staff(g, g)
	}
	staff("two", account.FrontOffice, account.Accounting)
	staff("none")
	staff("outsider", account.Administrators).FHIRUser = ""
	staff("disabled", account.Administrators).Enabled = false
	portal := func(login, patient string) *account.Account {
		a := &account.Account{ID: "portal-" + login, Kind: account.Portal, Login: "mx-" + login, PatientID: patient, FHIRUser: "Patient/" + patient, Enabled: true, Created: now, Changed: now}
		list = append(list, a)
		return a
	}
	portal("a", patientA)
	portal("optedout", patientA).OptedOut = true
	return list
}
