package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/web/httpd"
)

// failingSites are the sites of a program of which the n-th call to the record fails, counted by left.
type failingSites struct {
	chart.Sites
	left *atomic.Int64
}

// Open opens a site that fails.
func (s failingSites) Open(ctx context.Context, name string) (chart.Site, error) {
	site, err := s.Sites.Open(ctx, name)
	return failingSite{site, s.left}, err
}

var errFire = fault.Wrap(fault.Unavailable, "test", errors.New("disk on fire at /var/lib/secret"))

func next(left *atomic.Int64) error {
	if left.Add(-1) == 0 {
		return errFire
	}
	return nil
}

type failingSite struct {
	chart.Site
	left *atomic.Int64
}

// Read fails in its turn.
func (s failingSite) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if err := next(s.left); err != nil {
		return nil, err
	}
	return s.Site.Read(ctx, key)
}

// ReadVersion fails in its turn.
func (s failingSite) ReadVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	if err := next(s.left); err != nil {
		return nil, err
	}
	return s.Site.ReadVersion(ctx, key, vid)
}

// Search fails in its turn.
func (s failingSite) Search(ctx context.Context, q *search.Query, n access.Narrow, page chart.Page) (*chart.Result, error) {
	if err := next(s.left); err != nil {
		return nil, err
	}
	return s.Site.Search(ctx, q, n, page)
}

// History fails in its turn.
func (s failingSite) History(ctx context.Context, q chart.HistoryQuery, yield func(*chart.Version) bool) error {
	if err := next(s.left); err != nil {
		return err
	}
	return s.Site.History(ctx, q, yield)
}

// CountHistory fails in its turn.
func (s failingSite) CountHistory(ctx context.Context, q chart.HistoryQuery) (int64, error) {
	if err := next(s.left); err != nil {
		return 0, err
	}
	return s.Site.CountHistory(ctx, q)
}

// Record fails in its turn.
func (s failingSite) Record(ctx context.Context, e *chart.AuditEvent, durable bool) error {
	if err := next(s.left); err != nil {
		return err
	}
	return s.Site.Record(ctx, e, durable)
}

// Write fails in its turn, as do the calls within.
func (s failingSite) Write(ctx context.Context, touch []chart.Key, fn func(chart.Tx) error) error {
	if err := next(s.left); err != nil {
		return err
	}
	return s.Site.Write(ctx, touch, func(tx chart.Tx) error { return fn(failingTx{tx, s.left}) })
}

type failingTx struct {
	chart.Tx
	left *atomic.Int64
}

// Read fails in its turn.
func (t failingTx) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if err := next(t.left); err != nil {
		return nil, err
	}
	return t.Tx.Read(ctx, key)
}

// Search fails in its turn.
func (t failingTx) Search(ctx context.Context, q *search.Query, n access.Narrow, page chart.Page) (*chart.Result, error) {
	if err := next(t.left); err != nil {
		return nil, err
	}
	return t.Tx.Search(ctx, q, n, page)
}

// TestRecordFailsAtEachCall is the record's part of F-30: whichever call of the store fails, the caller is told that the server is at
// fault and nothing of how it is built, nothing is shown that was not put on the trail, and of a transaction nothing is left.
func TestRecordFailsAtEachCall(t *testing.T) {
	t.Parallel()
	var left atomic.Int64
	w := newWorldOf(t, setup{handler: func(a *app.App) http.Handler {
		return program(a, func(c *httpd.Config) { c.Sites = failingSites{c.Sites, &left} })
	}})
	who := w.holder(home, "api:fhir api:oemr user/Basic.cruds user/Patient.rs user/Observation.rs user/Encounter.rs user/patient.cruds user/allergy.cruds")
	const base = "/apis/" + home + "/fhir"
	total := regexp.MustCompile(`"total":[0-9]+`)
	versions := func() string {
		t.Helper()
		var all []string
		for _, id := range []string{"x", "y"} {
			a := w.send(call{method: http.MethodGet, path: base + "/Basic/" + id, token: who})
			all = append(all, fmt.Sprint(a.status, a.header.Get("ETag")))
		}
		count := w.must(w.send(call{method: http.MethodGet, path: base + "/Basic?_summary=count", token: who}))
		return strings.Join(append(all, total.FindString(string(count.body))), " ")
	}
	for _, id := range []string{"x", "y"} {
		w.must(w.send(call{method: http.MethodPut, path: base + "/Basic/" + id, token: who, body: []byte(basic(id, "start"))}))
	}
	for name, c := range map[string]call{
		"read":               {method: http.MethodGet, path: "/fhir/Patient/" + patientA},
		"vread":              {method: http.MethodGet, path: "/fhir/Patient/" + patientA + "/_history/1"},
		"history":            {method: http.MethodGet, path: "/fhir/Patient/" + patientA + "/_history"},
		"search":             {method: http.MethodGet, path: "/fhir/Observation?_include=Observation:subject&_count=5"},
		"$everything":        {method: http.MethodGet, path: "/fhir/Patient/" + patientA + "/$everything"},
		"create":             {method: http.MethodPost, path: "/fhir/Basic", body: []byte(`{"resourceType":"Basic","code":{"text":"new"}}`)},
		"conditional create": {method: http.MethodPost, path: "/fhir/Basic", body: []byte(`{"resourceType":"Basic","code":{"text":"new"}}`), header: map[string]string{"If-None-Exist": "_id=nothing"}},
		"update":             {method: http.MethodPut, path: "/fhir/Basic/x", body: []byte(basic("x", "other"))},
		"conditional update": {method: http.MethodPut, path: "/fhir/Basic?_id=x", body: []byte(basic("x", "another"))},
		"patch": {method: http.MethodPatch, path: "/fhir/Basic/x", body: []byte(`[{"op":"replace","path":"/code/text","value":"patched"}]`), header: map[string]string{
			"Content-Type": "application/json-patch+json",
		}},
		"transaction":     {method: http.MethodPost, path: "/fhir", body: bundle([3]string{"x", "", "one"}, [3]string{"y", "", "two"})},
		"Standard read":   {method: http.MethodGet, path: "/api/patient/" + patientA},
		"Standard search": {method: http.MethodGet, path: "/api/patient"},
		"Standard create": {method: http.MethodPost, path: "/api/patient/" + patientA + "/allergy", body: []byte(`{"title":"Nuts","begdate":"2020-01-01 00:00:00"}`)},
	} {
		c.path, c.token = "/apis/"+home+c.path, who
		failures := 0
		for n := int64(1); ; n++ {
			before := versions()
			left.Store(n)
			a := w.send(c)
			reached := left.Load() <= 0
			left.Store(0)
			if !reached {
				if a.status >= 300 {
					t.Errorf("%s: nothing failed, and yet %d %.300s", name, a.status, a.body)
				}
				break
			}
			if failures++; failures > 200 {
				t.Fatalf("%s has no end", name)
			}
			what := fmt.Sprintf("%s with call %d failing", name, n)
			text := string(a.body)
			if a.status < 500 && (a.status >= 300 || anyCanary.Match(a.body)) && a.status != 200 {
				t.Errorf("%s: %d %.300s", what, a.status, text)
			}
			if strings.Contains(text, "fire") || strings.Contains(text, "/var/lib") || strings.Contains(text, ".go:") {
				t.Errorf("%s shows the inside: %.300s", what, text)
			}
			if a.status >= 500 && (anyCanary.Match(a.body) || a.status == 503 && a.header.Get("Retry-After") == "") {
				t.Errorf("%s: %d %v %.300s", what, a.status, a.header, text)
			}
			if after := versions(); a.status >= 500 && after != before {
				t.Errorf("%s is said to have failed and has changed %s to %s", what, before, after)
			}
		}
		if failures == 0 {
			t.Errorf("%s asks the store for nothing", name)
		}
		t.Logf("%s: %d calls", name, failures)
	}
	s, err := w.app.Sites.Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	if check, err := s.VerifyAudit(t.Context()); err != nil || check.BrokenAt != 0 {
		t.Errorf("the trail is broken at %d, %v", check.BrokenAt, err)
	}
}
