package chartstore

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/chart"
)

// block makes a block of the events.
func block(events ...*chart.AuditEvent) []byte {
	g := &group{site: &Site{config: Config{Replica: "replica"}}, events: events}
	b := newBatch()
	b.trail(g)
	return b.audit.added[len(b.audit.added)-1].([]byte)
}

func TestBlockKeepsEvents(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	events := []*chart.AuditEvent{
		{Time: when},
		{Time: when.Add(-time.Hour), Kind: "rest", Action: "R", Operation: "read", API: "fhir", Type: "Patient", ID: "a", VID: 1 << 40,
			Patients: []string{"a", "b"}, Query: "name", UserID: "u", UserName: "n", ClientID: "c", TokenID: "t", Role: "r", Address: "::1",
			RequestID: "q", Outcome: chart.SeriousFailure, Status: 503, Reason: strings.Repeat("é", 300)},
		{Time: when, ID: "not\x00text\xff"},
	}
	got, err := openBlock(block(events...))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(events) {
		t.Fatalf("%d events, want %d", len(got), len(events))
	}
	events[2].ID = "nottext\uFFFD" // what a database takes as text
	for i, e := range events {
		if got[i].Patients == nil || len(got[i].Hash) != 32 {
			t.Errorf("event %d: patients %v, hash %x", i, got[i].Patients, got[i].Hash)
		}
		got[i].Hash = nil
		if len(got[i].Patients) == 0 {
			got[i].Patients = nil
		}
		if diff := cmp.Diff(e, got[i].AuditEvent); diff != "" {
			t.Errorf("event %d (-recorded +read):\n%s", i, diff)
		}
	}
}

// TestLargeTrail makes more events than one block, and one stretch, holds.
func TestLargeTrail(t *testing.T) {
	t.Parallel()
	var w writer
	counters := counters{}
	commit := func(events int, durable bool) (blocks, keys int) {
		g := &group{site: &Site{}, named: w.named, counters: counters}
		for range events {
			g.events = append(g.events, &chart.AuditEvent{UserID: "u"})
		}
		b := newBatch()
		b.trail(g)
		if durable {
			w.named.learn(g.naming)
			counters = g.counters
		}
		return b.audit.rows(b.audit.added), b.auditKeys.rows(b.auditKeys.added)
	}
	for _, c := range []struct {
		name         string
		events       int
		durable      bool
		blocks, keys int
	}{
		{"that is rolled back", 1, false, 1, 1},
		{"of two stretches", 2*blockEvents + 1, true, 3, 2},
		{"in the second stretch", 3, true, 1, 0},
		{"that leaves it", 2 * blockEvents, true, 2, 0},
		{"in the third", 1, true, 1, 1},
	} {
		if blocks, keys := commit(c.events, c.durable); blocks != c.blocks || keys != c.keys {
			t.Errorf("a commit %s: %d blocks with %d keys, want %d with %d", c.name, blocks, keys, c.blocks, c.keys)
		}
	}
	var many stretchNames
	for i := range 3 * namesKept {
		many.learn(stretchNames{0, map[auditName]struct{}{{keyPatient, strconv.Itoa(i)}: {}}})
	}
	if len(many.values) > namesKept {
		t.Errorf("%d names are remembered", len(many.values))
	}
}

// FuzzBlock reads damaged blocks: they are refused, and cost no more than their size.
func FuzzBlock(f *testing.F) {
	whole := block(&chart.AuditEvent{ID: "a", Patients: []string{"p"}}, &chart.AuditEvent{ID: "b"})
	f.Add(whole)
	for i := range whole {
		f.Add(whole[:i])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := openBlock(body)
		if err == nil && len(body) > 0 && len(events) == 0 {
			t.Error("bytes without an event were taken for a block")
		}
	})
}
