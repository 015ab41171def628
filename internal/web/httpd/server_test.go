package httpd_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/care/interaction"
	"chartwright/internal/care/portal"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/care/terminology"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/identity"
	"chartwright/internal/setting"
	"chartwright/internal/web/httpd"
)

const base = "https://chart.example.org"

// world is a server over a fresh site, and the subjects whose tokens it knows.
type world struct {
	t        *testing.T
	site     chart.Site
	config   httpd.Config
	handler  http.Handler
	subjects map[string]*access.Subject
	settings *setting.Values
	log      *strings.Builder
}

// Settings implements [setting.Source].
func (w *world) Settings(_ context.Context, site string) (*setting.Values, error) {
	if site != "default" {
		return nil, fault.New(fault.NotFound, "test", "no such site")
	}
	return w.settings, nil
}

// Authenticate implements [httpd.AuthorizationServer].
func (w *world) Authenticate(_ context.Context, _, bearer string) (*access.Subject, error) {
	if s := w.subjects[bearer]; s != nil {
		return s, nil
	}
	return nil, fault.New(fault.Unauthenticated, "test", "the token is not valid")
}

// SMARTConfiguration implements [httpd.AuthorizationServer].
func (w *world) SMARTConfiguration(_ context.Context, site string) (*identity.SMARTConfiguration, error) {
	return &identity.SMARTConfiguration{Issuer: base + "/oauth2/" + site}, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOn(t, "")
}

// newWorldOn is newWorld on the PostgreSQL database at dsn, on SQLite if that is empty.
func newWorldOn(t testing.TB, dsn string) *world {
	t.Helper()
	return newCountedWorld(t, dsn, nil)
}

// newCountedWorld is newWorldOn with somebody who is told every statement.
func newCountedWorld(t testing.TB, dsn string, sent gormstore.Sent) *world {
	t.Helper()
	w := &world{settings: setting.Defaults(), subjects: map[string]*access.Subject{}, log: &strings.Builder{}}
	if tt, ok := t.(*testing.T); ok {
		w.t = tt
	}
	w.settings.APIFHIR, w.settings.APISystemScopes, w.settings.UpdateAsCreate, w.settings.WildcardScopes = true, true, true, true
	w.settings.FHIRAliases = true
	w.settings.Provenance = false // most tests count what they have written; those of provenance switch it on
	fhirBase := base + "/apis/default/fhir"
	var types []string
	for _, typ := range r4.Types {
		types = append(types, typ.Name)
	}
	expansions := terminology.NewExpansions()
	codes := func(ctx context.Context, m search.Modifier, v search.Value) ([]search.Coding, error) {
		return expansions.Codes(ctx, w.site, m, v)
	}
	sites, err := gormstore.Open(t.Context(), gormstore.Config{
		DataDir: t.TempDir(), DSN: dsn, Sent: sent,
		Extract: func(_ string, body []byte, rows *index.Rows) error {
			r, err := r4.Unmarshal(body)
			if err == nil {
				record.Extract(r, rows)
			}
			return err
		},
		Search: func(string) searchsql.Env {
			return searchsql.Env{Table: record.StandardParams, Base: fhirBase, OpenTypes: access.Open, Types: types, Codes: codes}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sites.Close() })
	if w.site, err = sites.Add(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	records := record.New(record.Config{
		Params: record.StandardParams, Settings: w, NewID: uuid.NewString,
		Bases: func(string) []string { return []string{fhirBase} }, Codes: terminology.Codes, SiteCodes: expansions.Codes,
	})
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	engine, err := interaction.New(interaction.Config{
		Records: records, PageKey: key, Now: time.Now, Software: interaction.Software{Name: "Chartwright", Version: "test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	service := standard.NewServer(standard.Config{
		Now: time.Now, Address: func(context.Context) string { return base + "/apis/default" }, Holds: func(context.Context, string) bool { return true },
		Login: func(context.Context, string) (bool, error) { return true, nil },
	})
	w.config = httpd.Config{
		Standard: service, Portal: portal.NewServer(service),
		BaseURL: base, DefaultSite: "default", Sites: sites, Settings: w, Authenticator: w, Records: records, FHIR: engine,
		Policy: func(_ context.Context, _ string, v *setting.Values) (access.Policy, error) {
			return access.PolicyOf(v), nil
		},
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: time.Now, NewID: uuid.NewString,
		Times: httpd.Times{Read: await.Patience, Write: await.Patience},
	}
	w.handler = httpd.New(w.config)
	w.subject("system", &access.Subject{Actor: access.System, UserID: "backend"}, "system/*.cruds")
	w.subject("admin", &access.Subject{Actor: access.User, UserID: "admin", UserName: "admin", FHIRUser: "Practitioner/admin", Groups: []string{"admin"}}, "user/*.cruds")
	return w
}

func (w *world) subject(token string, s *access.Subject, scopes string) {
	s.Site, s.ClientID, s.TokenID = "default", "app", token
	s.Scopes = access.ParseScopes("api:fhir " + scopes)
	w.subjects[token] = s
}

// ask is one request.
type ask struct {
	method, path, body string
	token              string // "-" = none; empty = system
	header             map[string]string
}

func (w *world) do(a ask) *httptest.ResponseRecorder {
	var body io.Reader
	if a.body != "" {
		body = strings.NewReader(a.body)
	}
	url := a.path
	if !strings.HasPrefix(url, "/") {
		url = "/apis/default/fhir/" + url
	}
	r := httptest.NewRequest(a.method, url, body)
	if a.token == "" {
		a.token = "system"
	}
	if a.token != "-" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for k, v := range a.header {
		r.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// must does a request that has to end with one of the statuses, and returns the body as a JSON tree.
func (w *world) must(status int, a ask) map[string]any {
	w.t.Helper()
	rec := w.do(a)
	if rec.Code != status {
		w.t.Fatalf("%s %s: status %d, want %d: %s", a.method, a.path, rec.Code, status, rec.Body)
	}
	var v map[string]any
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
			w.t.Fatalf("%s %s: %v: %s", a.method, a.path, err, rec.Body)
		}
	}
	return v
}

// create stores a resource and returns its id.
func (w *world) create(body string) string {
	w.t.Helper()
	var head struct {
		ResourceType string `json:"resourceType"`
	}
	if err := json.Unmarshal([]byte(body), &head); err != nil {
		w.t.Fatal(err)
	}
	v := w.must(201, ask{method: "POST", path: head.ResourceType, body: body})
	return v["id"].(string)
}
