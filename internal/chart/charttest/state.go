package charttest

import (
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// The state grows with whatever changes an answer and stays with whatever does not, for every process that has the site open,
// whichever of them did it.
func testState(t *testing.T, open Open) {
	store := open(t, time.Now)
	here := addSite(t, store.Sites, "default")
	there, err := store.Another(t).Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	now := func() int64 {
		t.Helper()
		var last int64
		for i := range 4 { // the second time perhaps from what is known
			n, err := []chart.Site{here, there}[i%2].State(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && n != last {
				t.Fatalf("state %d, and %d at another look", last, n)
			}
			last = n
		}
		return last
	}
	a := patient("a")
	// version is what reads by key show: 0 if there is nothing.
	version := func() int64 {
		t.Helper()
		var last int64
		for i := range 4 {
			v, err := []chart.Site{here, there}[i%2].Read(t.Context(), a)
			if err != nil && !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			n := int64(0)
			if err == nil {
				n = v.VID
			}
			if i > 0 && n != last {
				t.Fatalf("version %d, and %d at another look", last, n)
			}
			last = n
		}
		return last
	}
	for _, by := range []chart.Site{here, there, here} {
		for _, step := range []struct {
			name         string
			grows, shows bool // the state, another version
			do           func()
		}{
			{"a new resource", true, true, func() { put(t, by, create(a, values{"name": {"Ann"}})) }},
			{"an update", true, true, func() { put(t, by, update(a, values{"name": {"Amy"}})) }},
			{"a read", false, false, func() { read(t, by, a) }},
			{"a search", false, false, func() { find(t, by, "Patient", "name", "amy") }},
			{"an audit event", false, false, func() {
				if err := by.Record(t.Context(), &chart.AuditEvent{Time: time.Now(), Kind: "rest", Action: "R"}, true); err != nil {
					t.Fatal(err)
				}
			}},
			{"the removal of old versions", true, false, func() { takeAway(t, by, a, chart.Previous, 10) }},
			{"a deletion", true, true, func() { put(t, by, remove(a)) }},
			{"the removal of all of it", true, true, func() { takeAway(t, by, a, chart.Whole, 10) }},
		} {
			before, shown := now(), version()
			step.do()
			if (version() != shown) != step.shows {
				t.Fatalf("%s: version %d after %d", step.name, version(), shown)
			}
			if after := now(); (after > before) != step.grows || after < before {
				t.Fatalf("%s: state %d after %d", step.name, after, before)
			}
		}
	}
}
