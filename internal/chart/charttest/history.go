package charttest

import (
	"fmt"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// listed returns the versions of a history as type/id/vid.
func listed(t *testing.T, s chart.Site, q chart.HistoryQuery) []string {
	t.Helper()
	var out []string
	err := s.History(t.Context(), q, func(v *chart.Version) bool {
		out = append(out, fmt.Sprintf("%s/%s/%d", v.Type, v.ID, v.VID))
		return true
	})
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	if q.Limit == 0 && q.Before == 0 {
		if n, err := s.CountHistory(t.Context(), q); err != nil || n != int64(len(out)) {
			t.Errorf("%+v: a count of %d (%v), want %d", q, n, err, len(out))
		}
	}
	return out
}

func testHistory(t *testing.T, open Open) {
	c := newClock()
	s := addSite(t, open(t, c.now).Sites, "default")
	begin := c.now()
	step := func(w *chart.Write) *chart.Version {
		c.advance(time.Second)
		return put(t, s, w)
	}
	step(create(patient("a"), values{"organization": {"Organization/nowhere"}})) // leaves a placeholder, which has no history
	step(create(observation("a"), nil))
	step(update(patient("a"), nil))
	third := step(create(patient("b"), nil))
	step(remove(patient("a")))

	wantIDs(t, listed(t, s, chart.HistoryQuery{}), "Patient/a/3", "Patient/b/1", "Patient/a/2", "Observation/a/1", "Patient/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: chart.Key{Type: "Patient"}}), "Patient/a/3", "Patient/b/1", "Patient/a/2", "Patient/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Types: []string{"Observation", "Group"}}), "Observation/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Types: []string{"Observation", "Patient"}, Limit: 4}), "Patient/a/3", "Patient/b/1", "Patient/a/2", "Observation/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Types: []string{}}))
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("a")}), "Patient/a/3", "Patient/a/2", "Patient/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("c")}))
	wantIDs(t, listed(t, s, chart.HistoryQuery{Key: patient("a"), Limit: 2}), "Patient/a/3", "Patient/a/2")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Before: third.Seq, Limit: 2}), "Patient/a/2", "Observation/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Since: begin.Add(4 * time.Second)}), "Patient/a/3", "Patient/b/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Since: begin.Add(4*time.Second + time.Microsecond)}), "Patient/a/3")

	n := 0
	if err := s.History(t.Context(), chart.HistoryQuery{}, func(*chart.Version) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("stopping early: %d versions, %v", n, err)
	}
}

func testHistoryAt(t *testing.T, open Open) {
	c := newClock()
	s := addSite(t, open(t, c.now).Sites, "default")
	begin := c.now()
	for _, w := range []*chart.Write{create(patient("a"), nil), create(patient("b"), nil), update(patient("a"), nil), remove(patient("b"))} {
		c.advance(time.Second)
		put(t, s, w)
	}
	for after, want := range map[time.Duration][]string{
		0:                       nil,
		time.Second:             {"Patient/a/1"},
		2500 * time.Millisecond: {"Patient/b/1", "Patient/a/1"},
		3 * time.Second:         {"Patient/a/2", "Patient/b/1"},
		time.Hour:               {"Patient/b/2", "Patient/a/2"},
	} {
		wantIDs(t, listed(t, s, chart.HistoryQuery{At: chart.Period{From: begin.Add(after), Until: begin.Add(after + time.Microsecond)}}), want...)
	}
	// a is made at 1 s and changed at 3 s, b made at 2 s and deleted at 4 s.
	for _, p := range []struct {
		from, until time.Duration
		want        []string
	}{
		{0, time.Second, nil},
		{0, time.Second + time.Microsecond, []string{"Patient/a/1"}},
		{0, time.Hour, []string{"Patient/b/2", "Patient/a/2", "Patient/b/1", "Patient/a/1"}},
		{time.Second, 3 * time.Second, []string{"Patient/b/1", "Patient/a/1"}},
		{3*time.Second - time.Microsecond, 4 * time.Second, []string{"Patient/a/2", "Patient/b/1", "Patient/a/1"}},
		{3 * time.Second, 5 * time.Second, []string{"Patient/b/2", "Patient/a/2", "Patient/b/1"}},
		{4 * time.Second, time.Hour, []string{"Patient/b/2", "Patient/a/2"}},
	} {
		at := chart.Period{From: begin.Add(p.from), Until: begin.Add(p.until)}
		wantIDs(t, listed(t, s, chart.HistoryQuery{At: at}), p.want...)
		wantIDs(t, listed(t, s, chart.HistoryQuery{At: at, Limit: 1}), p.want[:min(1, len(p.want))]...)
		var ofA []string
		for _, id := range p.want {
			if id[:len("Patient/a")] == "Patient/a" {
				ofA = append(ofA, id)
			}
		}
		wantIDs(t, listed(t, s, chart.HistoryQuery{At: at, Key: patient("a")}), ofA...)
		wantIDs(t, listed(t, s, chart.HistoryQuery{At: at, Types: []string{"Patient"}}), p.want...)
	}
	// What was before the current version and is removed for good takes nothing else along.
	takeAway(t, s, patient("a"), chart.Previous, 100)
	wantIDs(t, listed(t, s, chart.HistoryQuery{At: chart.Period{From: begin, Until: begin.Add(time.Hour)}}), "Patient/b/2", "Patient/a/2", "Patient/b/1")
}

func testHistoryNarrow(t *testing.T, open Open) {
	s := site(t, open)
	owned := func(key chart.Key, owner string) {
		w := create(key, nil)
		w.Owner = owner
		put(t, s, w)
	}
	owned(patient("a"), "a")
	owned(patient("b"), "b")
	owned(observation("1"), "a")
	owned(observation("2"), "b")
	owned(observation("3"), chart.ManyOwners)
	owned(observation("4"), "")
	owned(chart.Key{Type: "Organization", ID: "o"}, "")
	put(t, s, remove(observation("1")))
	put(t, s, remove(observation("2")))

	view := access.Narrow{Patient: "a"}
	wantIDs(t, listed(t, s, chart.HistoryQuery{Narrow: view}), "Observation/1/2", "Organization/o/1", "Observation/1/1", "Patient/a/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Narrow: view, Limit: 2}), "Observation/1/2", "Organization/o/1")
	wantIDs(t, listed(t, s, chart.HistoryQuery{Narrow: view, Key: observation("2")}))

	whole := chart.HistoryQuery{Narrow: view, Whole: []string{"Patient"}}
	wantIDs(t, listed(t, s, whole), "Observation/1/2", "Organization/o/1", "Observation/1/1", "Patient/b/1", "Patient/a/1")

	// What changes hands takes its past along: it is seen by neither, but for what either had when it is the first's again.
	give := func(id, owner string) {
		w := update(observation(id), nil)
		w.Owner = owner
		put(t, s, w)
	}
	for _, owner := range []string{"a", "b"} {
		owned(observation("to-b-"+owner), owner)
		give("to-b-"+owner, "b")
		owned(observation("back-"+owner), owner)
		give("back-"+owner, "b")
		give("back-"+owner, "a")
	}
	owned(observation("to-all"), "a")
	give("to-all", chart.ManyOwners)
	owned(observation("to-none"), "a")
	give("to-none", "")
	moved := chart.HistoryQuery{Narrow: access.Narrow{Patient: "a"}, Types: []string{"Observation"}}
	wantIDs(t, listed(t, s, moved), "Observation/back-b/3", "Observation/back-a/3", "Observation/back-a/1", "Observation/1/2", "Observation/1/1")
	moved.Narrow.Patient = "b"
	wantIDs(t, listed(t, s, moved), "Observation/to-b-b/2", "Observation/to-b-b/1", "Observation/to-b-a/2", "Observation/2/2", "Observation/2/1")

	view = access.Narrow{Filters: map[string][]string{"Observation": {"category=laboratory"}}}
	err := s.History(t.Context(), chart.HistoryQuery{Narrow: view}, func(*chart.Version) bool { return true })
	wantKind(t, err, fault.Forbidden)
	wantIDs(t, listed(t, s, chart.HistoryQuery{Narrow: view, Key: patient("a")}), "Patient/a/1")
}

func scanned(t *testing.T, s chart.Site, types ...string) []string {
	t.Helper()
	var out []string
	if err := s.Scan(t.Context(), types, func(v *chart.Version) bool {
		out = append(out, v.String())
		return true
	}); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return out
}

func testScan(t *testing.T, open Open) {
	s := site(t, open)
	wantIDs(t, scanned(t, s))
	put(t, s, create(patient("a"), nil))
	put(t, s, create(observation("1"), values{"subject": {"Patient/nobody"}}))
	put(t, s, create(patient("b"), nil))
	put(t, s, create(observation("2"), nil))
	put(t, s, update(patient("a"), nil))
	put(t, s, remove(observation("2")))
	wantIDs(t, scanned(t, s), "Observation/1", "Patient/b", "Patient/a")
	wantIDs(t, scanned(t, s, "Patient"), "Patient/b", "Patient/a")
	wantIDs(t, scanned(t, s, "Observation", "Patient", "Observation"), "Observation/1", "Patient/b", "Patient/a")
	wantIDs(t, scanned(t, s, "Encounter"))
}

// testScanSnapshot writes while a scan is under way: it sees the instant of its beginning.
func testScanSnapshot(t *testing.T, open Open) {
	s := site(t, open)
	const n = 300
	for i := range n {
		put(t, s, create(patient(fmt.Sprintf("p%03d", i)), nil))
	}
	var got []string
	err := s.Scan(t.Context(), nil, func(v *chart.Version) bool {
		if len(got) == 0 {
			put(t, s, update(patient("p200"), nil))
			put(t, s, remove(patient("p201")))
			put(t, s, create(patient("new"), nil))
		}
		if v.VID != 1 {
			t.Errorf("%s has version %d", v.Key, v.VID)
		}
		got = append(got, v.ID)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n || got[200] != "p200" || got[201] != "p201" {
		t.Errorf("%d resources in the snapshot, want %d", len(got), n)
	}
}
