package charttest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/chart"
)

func event(id string) *chart.AuditEvent {
	return &chart.AuditEvent{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), Kind: "rest", Action: "R", Operation: "read", API: "fhir",
		Type: "Patient", ID: id, VID: 3, Patients: []string{id, "other"}, Query: "name code", UserID: "user-" + id,
		UserName: "physician", ClientID: "client-" + id, TokenID: "token", Role: "doc", Address: "127.0.0.1",
		RequestID: "request", Outcome: chart.MinorFailure, Status: 403, Reason: "scope",
	}
}

func trail(t *testing.T, s chart.Site, q chart.AuditQuery) []*chart.AuditEvent {
	t.Helper()
	var out []*chart.AuditEvent
	if err := s.AuditTrail(t.Context(), q, func(e *chart.AuditEvent) bool {
		out = append(out, e)
		return true
	}); err != nil {
		t.Fatalf("trail: %v", err)
	}
	return out
}

func trailIDs(t *testing.T, s chart.Site, q chart.AuditQuery) []string {
	t.Helper()
	var ids []string
	for _, e := range trail(t, s, q) {
		ids = append(ids, e.ID)
	}
	return ids
}

func wantWhole(t *testing.T, s chart.Site, events int64) {
	t.Helper()
	if check, err := s.VerifyAudit(t.Context()); err != nil || check.Events != events || check.BrokenAt != 0 {
		t.Errorf("chain %+v, %v; want %d whole events", check, err, events)
	}
}

func testAuditWithWrites(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	wantWhole(t, s, 0)
	err := s.Write(ctx, nil, func(tx chart.Tx) error {
		e := event("a")
		tx.Record(e)
		e.Reason = "changed after it was recorded"
		_, err := tx.Put(ctx, create(patient("a"), nil))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := trail(t, s, chart.AuditQuery{})
	if len(got) != 1 {
		t.Fatalf("%d events at once after the write, want 1", len(got))
	}
	if got[0].Seq != 1 || len(got[0].Hash) != 32 || got[0].Replica == "" {
		t.Errorf("seq %d, hash %x, replica %q", got[0].Seq, got[0].Hash, got[0].Replica)
	}
	want := event("a")
	want.Seq, want.Hash, want.Replica = got[0].Seq, got[0].Hash, got[0].Replica
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	// An event without a write is written too.
	if err := s.Write(ctx, nil, func(tx chart.Tx) error { tx.Record(&chart.AuditEvent{}); return nil }); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, s, 2)
}

func testAuditOfReads(t *testing.T, open Open) {
	s := site(t, open)
	ctx := t.Context()
	for i := range 20 {
		if err := s.Record(ctx, event(fmt.Sprint(i)), false); err != nil {
			t.Fatal(err)
		}
	}
	// One that waits comes after all that were queued before it.
	if err := s.Record(ctx, event("last"), true); err != nil {
		t.Fatal(err)
	}
	if got := trail(t, s, chart.AuditQuery{}); len(got) != 21 || got[0].ID != "last" {
		t.Errorf("%d events, want 21 with the last one first", len(got))
	}

	// An event that nobody waits for is there soon.
	if err := s.Record(ctx, event("quiet"), false); err != nil {
		t.Fatal(err)
	}
	await.True(t, "the event is written", func() bool { return len(trailIDs(t, s, chart.AuditQuery{UserID: "user-quiet"})) > 0 })

	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := s.Record(context.Background(), event(fmt.Sprint("w", i)), i%2 == 0); err != nil {
				t.Error(err)
			}
			if i%20 == 0 {
				if _, err := tryPut(context.Background(), s, create(patient(fmt.Sprint("p", i)), nil)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Record(ctx, event("end"), true); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, s, 223)
}

func testAuditTrail(t *testing.T, open Open) {
	// However the events came to the store, one by one or together, they are found alike.
	t.Run("one by one", func(t *testing.T) { auditTrail(t, site(t, open), func(int) bool { return true }) })
	t.Run("together", func(t *testing.T) { auditTrail(t, site(t, open), func(i int) bool { return i == 5 }) })
	t.Run("in pairs", func(t *testing.T) { auditTrail(t, site(t, open), func(i int) bool { return i%2 == 1 }) })
}

// auditTrail records six events, of which those that waits names are waited for.
func auditTrail(t *testing.T, s chart.Site, waits func(i int) bool) {
	t.Helper()
	ctx := t.Context()
	begin := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for i := range 6 {
		e := event(fmt.Sprint(i))
		e.Time = begin.Add(time.Duration(i) * time.Hour)
		e.UserID = fmt.Sprint("u", i%2)
		e.ClientID = fmt.Sprint("c", i%3)
		e.Patients = []string{fmt.Sprint("p", i%2), "all"}
		if i == 5 {
			e.Patients = nil
		}
		if err := s.Record(ctx, e, waits(i)); err != nil {
			t.Fatal(err)
		}
	}
	wantWhole(t, s, 6)
	for _, c := range []struct {
		name string
		q    chart.AuditQuery
		want []string
	}{
		{"all", chart.AuditQuery{}, []string{"5", "4", "3", "2", "1", "0"}},
		{"since", chart.AuditQuery{Since: begin.Add(4 * time.Hour)}, []string{"5", "4"}},
		{"until", chart.AuditQuery{Until: begin.Add(2 * time.Hour)}, []string{"1", "0"}},
		{"user", chart.AuditQuery{UserID: "u1"}, []string{"5", "3", "1"}},
		{"client", chart.AuditQuery{ClientID: "c0"}, []string{"3", "0"}},
		{"patient", chart.AuditQuery{Patient: "p1"}, []string{"3", "1"}},
		{"every patient", chart.AuditQuery{Patient: "all"}, []string{"4", "3", "2", "1", "0"}},
		{"before", chart.AuditQuery{Before: 3}, []string{"1", "0"}},
		{"limit", chart.AuditQuery{Limit: 2}, []string{"5", "4"}},
		{"all of it", chart.AuditQuery{UserID: "u0", ClientID: "c1", Patient: "p0", Since: begin, Limit: 5, Before: 6}, []string{"4"}},
		{"nobody", chart.AuditQuery{UserID: "nobody"}, nil},
	} {
		if got := trailIDs(t, s, c.q); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// testLongTrail finds the events of one among those of many, wherever in the trail they lie and whoever has written them.
func testLongTrail(t *testing.T, open Open) {
	sites := replicas(t, open)
	const events = 2000
	rare := []int{0, 1, 255, 256, 257, 511, 512, 513, 900, 1535, 1536, 1700, 1999}
	for i := range events {
		e := event(fmt.Sprint(i))
		e.UserID, e.Patients = "often", []string{"p", fmt.Sprint("p", i)}
		if slices.Contains(rare, i) {
			e.UserID, e.Patients = "rare", append(e.Patients, "q")
		}
		// Now and then another replica goes on.
		if err := sites[i/300%len(sites)].Record(t.Context(), e, i%300 == 299 || i == events-1 || i%7 == 0 && i > 1900); err != nil {
			t.Fatal(err)
		}
	}
	want := func(keep func(i int) bool) []string {
		var ids []string
		for i := events - 1; i >= 0; i-- {
			if keep(i) {
				ids = append(ids, fmt.Sprint(i))
			}
		}
		return ids
	}
	isRare := func(i int) bool { return slices.Contains(rare, i) }
	for _, s := range sites {
		for _, c := range []struct {
			name string
			q    chart.AuditQuery
			want []string
		}{
			{"of everybody", chart.AuditQuery{Patient: "p"}, want(func(int) bool { return true })},
			{"of somebody rare", chart.AuditQuery{UserID: "rare"}, want(isRare)},
			{"of the others", chart.AuditQuery{UserID: "often"}, want(func(i int) bool { return !isRare(i) })},
			{"of both", chart.AuditQuery{UserID: "rare", Patient: "q"}, want(isRare)},
			{"of one patient", chart.AuditQuery{Patient: "p1234"}, []string{"1234"}},
			{"of nobody", chart.AuditQuery{UserID: "often", Patient: "q"}, nil},
			{"of the first", chart.AuditQuery{UserID: "rare", Before: 514}, want(func(i int) bool { return isRare(i) && i < 513 })},
			{"of the newest", chart.AuditQuery{UserID: "rare", Limit: 3}, []string{"1999", "1700", "1536"}},
		} {
			if got := trailIDs(t, s, c.q); !slices.Equal(got, c.want) {
				t.Errorf("the events %s: %d %.60v, want %d %.60v", c.name, len(got), got, len(c.want), c.want)
			}
		}
		wantWhole(t, s, events)
	}
}

func testTamper(t *testing.T, open Open) {
	store := open(t, time.Now)
	broken := func(name string, do func(name string), want int64) {
		t.Helper()
		s := addSite(t, store.Sites, name)
		for i := range 9 {
			if err := s.Record(t.Context(), event(fmt.Sprint(i)), true); err != nil {
				t.Fatal(err)
			}
		}
		wantWhole(t, s, 9)
		do(name)
		if check, err := s.VerifyAudit(t.Context()); err != nil || check.BrokenAt != want {
			t.Errorf("%s: %+v, %v; want a break at %d", name, check, err, want)
		}
	}
	broken("changed", func(site string) { store.Tamper(t, site, 4) }, 4)
	broken("first", func(site string) { store.Tamper(t, site, 1) }, 1)
	broken("last", func(site string) { store.Tamper(t, site, 9) }, 9)
	broken("cut", func(site string) { store.Cut(t, site, 8) }, 8)
	broken("emptied", func(site string) { store.Cut(t, site, 1) }, 1)
}

func testAuditReplicas(t *testing.T, open Open) {
	sites := replicas(t, open)
	parallel(100, sites, func(i int, s chart.Site) {
		if err := s.Record(context.Background(), event(fmt.Sprint(i)), true); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	})
	for _, s := range sites {
		wantWhole(t, s, 100)
	}
}
