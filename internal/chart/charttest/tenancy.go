package charttest

import (
	"reflect"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// testTenancy asks every method of one site for what another one has. The methods are taken from the interfaces, so that a
// new one fails here until somebody has thought of it.
func testTenancy(t *testing.T, open Open) {
	store := open(t, time.Now)
	a, b := addSite(t, store.Sites, "a"), addSite(t, store.Sites, "b")
	ctx := t.Context()
	key := patient("x")
	var v *chart.Version
	for range 3 {
		v = put(t, a, update(key, values{"name": {"Secret"}, "identifier": {"http://a|1"}}))
	}
	if err := a.Record(ctx, event("x"), true); err != nil {
		t.Fatal(err)
	}

	q, err := search.Parse(Table, "Patient", nil, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	empty := func(what string, run func(func()) error) {
		t.Helper()
		if err := run(func() { t.Errorf("%s shows the other site", what) }); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	inTx := func(fn func(tx chart.Tx)) {
		t.Helper()
		if err := b.Write(ctx, []chart.Key{key}, func(tx chart.Tx) error { fn(tx); return nil }); err != nil {
			t.Error(err)
		}
	}
	probes := map[string]func(){
		"Site.Name": func() {
			if b.Name() != "b" {
				t.Errorf("site b calls itself %s", b.Name())
			}
		},
		"Site.Read": func() { _, err := b.Read(ctx, key); wantKind(t, err, fault.NotFound) },
		"Site.ReadVersion": func() {
			_, err := b.ReadVersion(ctx, key, 1)
			wantKind(t, err, fault.NotFound)
		},
		"Site.ReadNumber": func() {
			_, err := b.ReadNumber(ctx, "Patient", v.Number)
			wantKind(t, err, fault.NotFound)
		},
		"Site.History": func() {
			empty("History", func(seen func()) error {
				return b.History(ctx, chart.HistoryQuery{}, func(*chart.Version) bool { seen(); return true })
			})
		},
		"Site.CountHistory": func() {
			if n, err := b.CountHistory(ctx, chart.HistoryQuery{}); err != nil || n != 0 {
				t.Errorf("CountHistory: %d, %v", n, err)
			}
		},
		"Site.Search": func() {
			result, err := b.Search(ctx, q, access.Narrow{}, chart.Page{Count: 10})
			if err != nil || len(result.Matches)+len(result.Included) > 0 || result.Total > 0 {
				t.Errorf("Search: %+v, %v", result, err)
			}
		},
		"Site.State": func() {
			if n, err := b.State(ctx); err != nil || n != 0 {
				t.Errorf("State: %d, %v", n, err)
			}
		},
		"Site.Scan": func() {
			empty("Scan", func(seen func()) error {
				return b.Scan(ctx, nil, func(*chart.Version) bool { seen(); return true })
			})
		},
		"Site.Values": func() {
			list, err := b.Values(ctx, []int32{Table.Lookup("Patient", "identifier").ID}, nil, 10)
			if err != nil || len(list) > 0 {
				t.Errorf("Values: %v, %v", list, err)
			}
		},
		"Site.Remnants": func() {
			list, err := b.Remnants(ctx, chart.RemnantQuery{Of: chart.Any, Limit: 10})
			if err != nil || len(list) > 0 {
				t.Errorf("Remnants: %v, %v", list, err)
			}
		},
		"Tx.Remove": func() {
			inTx(func(tx chart.Tx) {
				_, err := tx.Remove(ctx, key, chart.Whole, 10)
				wantKind(t, err, fault.NotFound)
			})
		},
		"Site.AuditTrail": func() {
			empty("AuditTrail", func(seen func()) error {
				return b.AuditTrail(ctx, chart.AuditQuery{}, func(*chart.AuditEvent) bool { seen(); return true })
			})
		},
		"Site.VerifyAudit": func() { wantWhole(t, b, 0) },
		"Tx.Read": func() {
			inTx(func(tx chart.Tx) { _, err := tx.Read(ctx, key); wantKind(t, err, fault.NotFound) })
		},
		"Tx.Search": func() {
			inTx(func(tx chart.Tx) {
				result, err := tx.Search(ctx, q, access.Narrow{}, chart.Page{Count: 10})
				if err != nil || len(result.Matches) > 0 {
					t.Errorf("Search in a transaction: %+v, %v", result, err)
				}
			})
		},
		"Tx.Now": func() {},
		// The writes to b come last; a must not notice them.
		"Site.Prepare": func() {
			w := update(key, values{"name": {"Secret"}})
			a.Prepare(w) // and nobody writes it
		},
		"Site.Write": nil, "Tx.Put": nil, "Site.Record": nil, "Tx.Record": nil,
	}
	for _, of := range []reflect.Type{reflect.TypeFor[chart.Site](), reflect.TypeFor[chart.Tx]()} {
		for method := range of.Methods() {
			name := of.Name() + "." + method.Name
			probe, known := probes[name]
			if !known {
				t.Errorf("nobody has tried %s from another site", name)
			} else if probe != nil {
				probe()
			}
		}
	}

	if w := put(t, b, create(key, values{"name": {"Other"}, "identifier": {"http://b|1"}})); w.VID != 1 || w.Seq != 1 || w.Number != 1 {
		t.Errorf("the first write of site b: %+v", w)
	}
	if err := b.Record(ctx, event("y"), true); err != nil {
		t.Fatal(err)
	}
	if err := b.Write(ctx, nil, func(tx chart.Tx) error { tx.Record(event("z")); return nil }); err != nil {
		t.Fatal(err)
	}
	wantSame(t, read(t, a, key), v)
	wantIDs(t, find(t, a, "Patient", "name", "other"))
	wantIDs(t, find(t, b, "Patient", "name", "secret"))
	wantIDs(t, trailIDs(t, a, chart.AuditQuery{}), "x")
	wantIDs(t, trailIDs(t, b, chart.AuditQuery{}), "z", "y")
}
