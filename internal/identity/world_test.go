package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/identitystore"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/setting"
	"chartwright/internal/web/screens"
)

// world is an authorization server with two sites, as clients meet it: over HTTPS.
type world struct {
	t        testing.TB
	clock    *clock
	sites    *gormstore.Server
	settings *setting.Service
	server   *identity.Server
	admin    *identity.Admin
	audit    *memoryAudit
	http     *httptest.Server
	handler  http.Handler
	keys     func(ctx context.Context, uri string) ([]byte, error)
	keyLife  time.Duration                       // how long hosts let their keys be kept; 0 = they do not say
	wrap     func(identity.Store) identity.Store // lets a test break the store; nil = as it is
	optedOut wishes

	passwords *account.Hasher
	joined    []string // ids of the staff who were added on a page
}

const (
	redirect  = "https://client.example.org/callback"
	patientID = "5d0d4a4e-0000-4000-8000-000000000001"
	otherID   = "5d0d4a4e-0000-4000-8000-000000000002"
)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// memoryAudit keeps audit events.
type memoryAudit struct {
	mu     sync.Mutex
	events []chart.AuditEvent
	broken bool
}

func (m *memoryAudit) Record(_ context.Context, _ string, e *chart.AuditEvent) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return fault.New(fault.Unavailable, "test", "no trail")
	}
	m.events = append(m.events, *e)
	return nil
}

// last returns the newest event of a kind.
func (m *memoryAudit) last(kind string) chart.AuditEvent {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range slices.Backward(m.events) {
		if e.Kind == kind {
			return e
		}
	}
	return chart.AuditEvent{}
}

// twoPatients is the record's side of the pickers: two patients, of whom the first has two visits, and one place.
type twoPatients struct{}

var made = []identity.PatientSummary{
	{ID: patientID, Name: "Ada Example", BirthDate: "1980-02-29", Sex: "female", Identifier: "1"},
	{ID: otherID, Name: "Ben <b>Example</b>", BirthDate: "1975-01-01", Sex: "male", Identifier: "2", Given: "Ben", Family: "Example", Email: "ben@example.org"},
}

func (twoPatients) FindPatients(_ context.Context, _ string, by *account.Account, text, after string) (*identity.PatientPage, error) {
	if slices.Contains(by.Groups, account.Accounting) {
		return nil, fault.New(fault.Forbidden, "test", "no access to patients")
	}
	page := &identity.PatientPage{}
	for _, p := range made {
		if strings.Contains(strings.ToLower(p.Name), strings.ToLower(text)) && p.ID > after {
			page.Patients = append(page.Patients, p)
		}
	}
	if len(page.Patients) > 1 {
		page.Patients, page.Next = page.Patients[:1], page.Patients[0].ID
	}
	return page, nil
}

func (twoPatients) Patient(_ context.Context, _ string, _ *account.Account, id string) (*identity.PatientSummary, error) {
	for _, p := range made {
		if p.ID == id {
			return &p, nil
		}
	}
	return nil, fault.New(fault.NotFound, "test", "no such patient")
}

var visits = []identity.EncounterSummary{
	{ID: "visit-1", When: "2026-03-01", Title: "Check-up"}, {ID: "visit-2", When: "2026-02-01", Title: "Phone call"},
}

func (twoPatients) FindEncounters(_ context.Context, _ string, _ *account.Account, _, text, after string) (*identity.EncounterPage, error) {
	page := &identity.EncounterPage{}
	for _, v := range visits {
		if strings.Contains(v.Title, text) && v.ID > after {
			page.Encounters = append(page.Encounters, v)
		}
	}
	if len(page.Encounters) > 1 {
		page.Encounters, page.Next = page.Encounters[:1], page.Encounters[0].ID
	}
	return page, nil
}

func (twoPatients) Encounter(_ context.Context, _ string, _ *account.Account, patient, id string) (*identity.EncounterSummary, error) {
	for _, v := range visits {
		if v.ID == id && patient == patientID {
			return &v, nil
		}
	}
	return nil, fault.New(fault.NotFound, "test", "no such visit")
}

var ward = identity.LocationSummary{ID: "ward-1", Name: "Ward One", Address: "Main Street 1"}

func (twoPatients) FindLocations(_ context.Context, _ string, _ *account.Account, text, _ string) (*identity.LocationPage, error) {
	page := &identity.LocationPage{}
	if strings.Contains(ward.Name, text) {
		page.Locations = append(page.Locations, ward)
	}
	return page, nil
}

func (twoPatients) Location(_ context.Context, _ string, _ *account.Account, id string) (*identity.LocationSummary, error) {
	if id == ward.ID {
		return &ward, nil
	}
	return nil, fault.New(fault.NotFound, "test", "no such place")
}

// wishes is the record's word about access by apps: the patient who has opted out there.
type wishes struct{ patient atomic.Pointer[string] }

func (o *wishes) AppsAllowed(_ context.Context, _, patient string) (bool, error) {
	out := o.patient.Load()
	return out == nil || *out != patient, nil
}

// known is a record that has everything about everybody.
type known struct{}

func (known) Person(context.Context, string, *account.Account, string) (*identity.Person, error) {
	return &identity.Person{
		Middle: "Maria", Nickname: "Addie", Gender: "female", Birthdate: "1980-02-29", Phone: "+1 555 0100",
		Address: identity.Address{Street: "Main Street 1", PostalCode: "12345"}, Updated: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}, nil
}

// newWorld starts a server on SQLite, with the demonstration's accounts at site default and an empty site other.
func newWorld(t testing.TB) *world {
	t.Helper()
	return startWorld(t, gormstore.Config{DataDir: t.TempDir()})
}

// eachDatabase runs a test on SQLite and on PostgreSQL.
func eachDatabase(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, startWorld(t, gormstore.Config{DSN: storetest.PostgreSQL(t)}))
	})
}

// firstKeys are the keys that the sites of every world begin with: to make a pair takes longer than most tests do.
var firstKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return keys
})

func startWorld(t testing.TB, c gormstore.Config) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, clock: &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}, audit: &memoryAudit{}}
	c.Now, c.Log, c.Replica = w.clock.Now, slog.New(slog.DiscardHandler), "test"
	c.Extract = func(string, []byte, *index.Rows) error { return nil }
	var err error
	if w.sites, err = gormstore.Open(ctx, c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.sites.Close() })
	open := func(ctx context.Context, site string) (identity.Store, error) {
		db, err := w.sites.DB(ctx, site)
		if err != nil {
			return nil, err
		}
		var st identity.Store = identitystore.New(db)
		if w.wrap != nil {
			st = w.wrap(st)
		}
		return st, nil
	}
	for _, site := range []string{"default", "other"} {
		if _, err := w.sites.Add(ctx, site); err != nil {
			t.Fatal(err)
		}
	}
	w.settings = setting.New(func(ctx context.Context, site string) (setting.Store, error) { return open(ctx, site) })
	master, err := key.MasterFromFile(t.TempDir() + "/master.key")
	if err != nil {
		t.Fatal(err)
	}
	for i, site := range []string{"default", "other"} {
		st, err := open(ctx, site)
		if err == nil {
			err = key.NewRing(site, master, st, w.clock.Now).Add(ctx, key.DefaultAlg, firstKeys()[i], time.Time{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.passwords = account.NewHasher(account.Cost{Memory: 8, Passes: 1}) // the cost is the hasher's test's
	w.admin = &identity.Admin{Open: open, Master: master, Audit: w.audit, Passwords: w.passwords, Now: w.clock.Now, By: "test", API: "cli"}
	w.http = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.handler.ServeHTTP(rw, r) }))
	t.Cleanup(w.http.Close)
	w.restart()
	err = w.admin.SeedDemo(ctx, "default", identity.Demo{PatientID: patientID, RedirectURIs: []string{w.http.URL + "/swagger/oauth2-redirect.html"}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// restart makes the server anew, over the same database.
func (w *world) restart() {
	w.t.Helper()
	var err error
	w.server, err = identity.New(identity.Config{
		BaseURL: w.http.URL, Open: w.admin.Open, Settings: w.settings, Master: w.admin.Master, Contexts: twoPatients{}, Wishes: &w.optedOut, Persons: known{}, Audit: w.audit, Passwords: w.passwords,
		Joined: func(_ context.Context, _ string, a *account.Account) error {
			w.joined = append(w.joined, a.ID)
			return nil
		},
		Screens: screens.New(), Now: w.clock.Now, Log: slog.New(slog.DiscardHandler),
		Keys: func(ctx context.Context, uri string) (*client.FetchedKeys, error) {
			body, err := w.keys(ctx, uri)
			if w.keyLife == 0 {
				return &client.FetchedKeys{Body: body, Life: -1}, err
			}
			return &client.FetchedKeys{Body: body, Life: w.keyLife}, err
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.handler = w.server.Handler()
}

func (w *world) issuer() string { return w.http.URL + "/oauth2/default" }

func (w *world) set(name, value string) {
	w.t.Helper()
	if err := w.admin.SetSetting(context.Background(), "default", name, value); err != nil {
		w.t.Fatal(err)
	}
}

// browser is a user agent with cookies that follows no redirect by itself.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := *w.http.Client()
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{w, &c}
}

// sessionCookie is the name of the cookie of whoever has signed in at site default.
const sessionCookie = "__Host-chartwright-default"

// session returns the session's cookie, empty if there is none.
func (b *browser) session() string {
	b.t.Helper()
	u, err := url.Parse(b.http.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
	url    *url.URL // of the request
}

// json decodes the body.
func (a *answer) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%d is not JSON: %v: %.200s", a.status, err, a.body)
	}
	return m
}

func (b *browser) do(r *http.Request) *answer {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{response.StatusCode, response.Header, string(body), r.URL}
}

func (b *browser) get(address string, header ...string) *answer {
	b.t.Helper()
	return b.send(http.MethodGet, address, "", header...)
}

func (b *browser) send(method, address, body string, header ...string) *answer {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.http.URL + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return b.do(r)
}

const formType = "application/x-www-form-urlencoded"

func (b *browser) post(address string, form url.Values, header ...string) *answer {
	b.t.Helper()
	return b.send(http.MethodPost, address, form.Encode(), append([]string{"Content-Type", formType}, header...)...)
}

// follow goes where a redirect leads as long as it stays at the server, and returns the page or the redirect away from it.
func (b *browser) follow(a *answer) *answer {
	b.t.Helper()
	for range 10 {
		location := a.header.Get("Location")
		if a.status != http.StatusSeeOther || location == "" {
			return a
		}
		next, err := a.url.Parse(location)
		if err != nil {
			b.t.Fatal(err)
		}
		if !strings.HasPrefix(next.String(), b.http.URL+"/oauth2/") {
			return a
		}
		a = b.get(next.String())
	}
	b.t.Fatal("the server redirects for ever")
	return nil
}

var (
	hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)
	action = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	ticked = regexp.MustCompile(`name="scope" value="([^"]*)" checked`)
)

// submit fills in the form of a page and follows the answer.
func (b *browser) submit(page *answer, fields url.Values) *answer {
	b.t.Helper()
	to := action.FindStringSubmatch(page.body)
	if to == nil {
		b.t.Fatalf("no form on the page (%d): %.300s", page.status, page.body)
	}
	return b.follow(b.post(to[1], filled(page, fields), "Sec-Fetch-Site", "same-origin"))
}

// filled returns the fields of a page's form with what a user enters.
func filled(page *answer, fields url.Values) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page.body, -1) {
		form.Set(m[1], m[2])
	}
	for _, m := range ticked.FindAllStringSubmatch(page.body, -1) {
		form.Add("scope", strings.ReplaceAll(m[1], "&#43;", "+"))
	}
	maps.Copy(form, fields)
	return form
}

// proof is a PKCE verifier and its challenge.
func proof() (verifier, challenge string) {
	verifier = strings.Repeat("verifier-", 6)
	sum := sha256.Sum256([]byte(verifier))
	return verifier, base64.RawURLEncoding.EncodeToString(sum[:])
}

// request returns the parameters of a good authorization request.
func (w *world) request(clientID, scope string) url.Values {
	_, challenge := proof()
	return url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {scope}, "state": {"state-9512151b"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"}, "aud": {w.http.URL + "/apis/default/fhir"}, "nonce": {"nonce-1"},
	}
}

// authorize opens the authorization endpoint and follows to the first page.
func (b *browser) authorize(params url.Values) *answer {
	b.t.Helper()
	return b.follow(b.get("/oauth2/default/authorize?" + params.Encode()))
}

// staff are the fields that sign a member of staff in.
func staff(login, password string) url.Values {
	return url.Values{"user_role": {"users"}, "username": {login}, "password": {password}}
}

// phil are the fields that sign the demonstration's patient in.
func phil() url.Values {
	return url.Values{"user_role": {"patient"}, "username": {"Phil1"}, "password": {"phil"}, "email": {"heya@invalid.email.com"}}
}

var allow = url.Values{"decision": {"allow"}}

// location returns the query of a redirect to the client.
func (w *world) location(a *answer) url.Values {
	w.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || !strings.HasPrefix(u.String(), redirect) {
		w.t.Fatalf("not sent back to the app: %d %s %.400s", a.status, a.header.Get("Location"), a.body)
	}
	return u.Query()
}

// app is a registered client with its secret.
type app struct {
	id, secret, key, uri string
}

// register registers an app in the form of OpenEMR's clients. An app that waits for an administrator is let in.
func (w *world) register(change map[string]any) app {
	w.t.Helper()
	m := map[string]any{
		"application_type": "private", "redirect_uris": []string{redirect}, "client_name": "A Private App",
		"post_logout_redirect_uris":  []string{"https://client.example.org/logout/callback"},
		"token_endpoint_auth_method": "client_secret_post", "contacts": []string{"me@example.org"},
		"scope": "openid fhirUser offline_access online_access launch/patient launch/encounter api:oemr api:fhir api:port user/Patient.read user/Observation.read user/encounter.read " +
			"patient/Patient.read patient/Observation.read patient/patient.read",
	}
	for name, value := range change {
		if value == nil {
			delete(m, name)
			continue
		}
		m[name] = value
	}
	a := w.tryRegister(m)
	if a.status != http.StatusCreated {
		w.t.Fatalf("registration: %d %s", a.status, a.body)
	}
	j := a.json(w.t)
	c := app{id: j["client_id"].(string), key: j["registration_access_token"].(string), uri: j["registration_client_uri"].(string)}
	c.secret, _ = j["client_secret"].(string)
	if err := w.admin.SetClientEnabled(context.Background(), "default", c.id, true); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) tryRegister(metadata map[string]any) *answer {
	w.t.Helper()
	body, err := json.Marshal(metadata)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.browser().send(http.MethodPost, "/oauth2/default/registration", string(body), "Content-Type", "application/json")
}

// with returns form with the app's credentials.
func (c app) with(form url.Values) url.Values {
	form.Set("client_id", c.id)
	if c.secret != "" {
		form.Set("client_secret", c.secret)
	}
	return form
}

func (w *world) token(form url.Values, header ...string) *answer {
	w.t.Helper()
	return w.browser().post("/oauth2/default/token", form, header...)
}

// redeem exchanges a code.
func (w *world) redeem(c app, code string) *answer {
	w.t.Helper()
	verifier, _ := proof()
	return w.token(c.with(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier},
	}))
}

// code walks a member of staff through the pages up to the code.
func (w *world) code(c app, scope string) string {
	w.t.Helper()
	b := w.browser()
	page := b.authorize(w.request(c.id, scope))
	page = b.submit(page, staff("admin", "pass"))
	if strings.Contains(page.body, "Choose a patient") {
		page = b.submit(page, url.Values{"patient": {patientID}})
	}
	if strings.Contains(page.body, "Choose a visit") {
		page = b.submit(page, url.Values{"encounter": {"visit-1"}})
	}
	if page.status == http.StatusOK { // the consent may be remembered
		page = b.submit(page, allow)
	}
	return w.location(page).Get("code")
}

// tokens walks through the pages and redeems the code.
func (w *world) tokens(c app, scope string) map[string]any {
	w.t.Helper()
	a := w.redeem(c, w.code(c, scope))
	if a.status != http.StatusOK {
		w.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a.json(w.t)
}

// live reports whether an access token is good at the APIs of site default.
func (w *world) live(j map[string]any) bool {
	w.t.Helper()
	t, _ := j["access_token"].(string)
	_, err := w.server.Authenticate(context.Background(), "default", t)
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		w.t.Fatal(err)
	}
	return err == nil
}

// refused checks an OAuth error.
func (w *world) refused(a *answer, status int, code string) {
	w.t.Helper()
	if got := a.json(w.t)["error"]; a.status != status || got != code {
		w.t.Errorf("answer is %d %v (%s), want %d %s", a.status, got, a.body, status, code)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		w.t.Errorf("an error may be cached: %v", a.header)
	}
}
