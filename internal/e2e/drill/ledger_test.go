package drill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/await"
)

// told is what a client knows of its write.
type told int

const (
	unknown told = iota // no answer, or one of the server's faults: it may be there
	done
	refused
)

// entry is one write: a Patient by itself, or those of a transaction.
type entry struct {
	parts   int    // Patients of the transaction; 0 = one by itself
	created told   // what the client was told of the creation
	id      string // of the one Patient, once the client knows it
	version int    // the last that was acknowledged
	tried   int    // updates that nothing is known of
}

// ledger remembers what clients were told about each write, under a key that the write carries as its identifier. Safe for
// concurrent use.
type ledger struct {
	p      *program
	system string

	mu      sync.Mutex
	entries map[string]*entry
	answers map[int]int // how many there were with each status; 0 = none
	slowest time.Duration
}

func newLedger(p *program) *ledger {
	return &ledger{p: p, system: "urn:uuid:" + uuid.NewString(), entries: map[string]*entry{}, answers: map[int]int{}}
}

// patient is the content that belongs to a key: whoever finds it can tell whether it is whole.
func (l *ledger) patient(key string, version int) map[string]any {
	return map[string]any{
		"resourceType": "Patient",
		"identifier":   []any{map[string]any{"system": l.system, "value": key}},
		"name":         []any{map[string]any{"family": "Drill-" + key, "given": []any{fmt.Sprint("v", version)}}},
		"address":      []any{map[string]any{"text": strings.Repeat(key+" ", 40)}},
	}
}

// note keeps what a was worth.
func (l *ledger) note(a answer) told {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[a.status]++
	l.slowest = max(l.slowest, a.took)
	switch {
	case a.status >= 200 && a.status < 300:
		return done
	case a.status >= 400 && a.status < 500:
		return refused
	default:
		return unknown
	}
}

func (l *ledger) open(key string, parts int) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &entry{parts: parts}
	l.entries[key] = e
	return e
}

// create writes one Patient under key.
func (l *ledger) create(ctx context.Context, client *http.Client, key string) answer {
	e := l.open(key, 0)
	a := l.p.send(ctx, client, http.MethodPost, "Patient", l.patient(key, 1))
	knows := l.note(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.created = knows; knows == done {
		var stored struct{ ID string }
		_ = json.Unmarshal(a.body, &stored)
		e.id, e.version = stored.ID, 1
	}
	return a
}

// update writes the next version of what key has created; nothing happens when the client never learned its id.
func (l *ledger) update(ctx context.Context, client *http.Client, key string) answer {
	l.mu.Lock()
	e := l.entries[key]
	if e == nil || e.id == "" || e.tried > 0 {
		l.mu.Unlock()
		return answer{}
	}
	was := e.version
	content := l.patient(key, was+1)
	content["id"] = e.id
	path := "Patient/" + e.id
	e.tried++
	l.mu.Unlock()
	a := l.p.send(ctx, client, http.MethodPut, path, content, "If-Match", fmt.Sprintf(`W/"%d"`, was))
	knows := l.note(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch knows {
	case done:
		e.version, e.tried = was+1, 0
	case refused:
		e.tried = 0
	case unknown:
	}
	return a
}

// transaction writes several Patients at once: all are there or none.
func (l *ledger) transaction(ctx context.Context, client *http.Client, key string, parts int) answer {
	e := l.open(key, parts)
	entries := make([]any, parts)
	for i := range entries {
		entries[i] = map[string]any{
			"resource": l.patient(part(key, i), 1), "request": map[string]any{"method": "POST", "url": "Patient"},
		}
	}
	a := l.p.send(ctx, client, http.MethodPost, "", map[string]any{"resourceType": "Bundle", "type": "transaction", "entry": entries})
	knows := l.note(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	e.created = knows
	return a
}

func part(key string, i int) string { return fmt.Sprint(key, ".", i) }

// load is clients that write until it ends: each creates a Patient, updates it and sends a transaction, over and over. Seen, when
// there is one, is told each answer.
func (l *ledger) load(clients int, seen func(answer)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for n := range clients {
		client := l.p.caller()
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("c%d-%d-%d", n, l.size(), i)
				for _, do := range []func() answer{
					func() answer { return l.create(context.Background(), client, key) },
					func() answer { return l.update(context.Background(), client, key) },
					func() answer { return l.transaction(context.Background(), client, "t"+key, 5) },
				} {
					if ctx.Err() != nil {
						return
					}
					a := do()
					if seen != nil {
						seen(a)
					}
					if a.status == 0 || a.status >= 500 {
						select { // who is turned away comes back a little later
						case <-ctx.Done():
						case <-time.After(20 * time.Millisecond):
						}
					}
				}
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// acknowledged is how many writes were.
func (l *ledger) acknowledged() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for status, times := range l.answers {
		if status >= 200 && status < 300 {
			n += times
		}
	}
	return n
}

// answered is how many answers had this status.
func (l *ledger) answered(status int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answers[status]
}

// forAnother waits until so many more requests have been answered, in whatever way.
func (l *ledger) forAnother(t *testing.T, requests int) {
	t.Helper()
	answered := func() (n int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, times := range l.answers {
			n += times
		}
		return n
	}
	until := answered() + requests
	await.True(t, "requests are answered", func() bool { return answered() >= until })
}

// summary is what the clients were told, for the drill's report.
func (l *ledger) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("answers by status %v, the slowest after %v", l.answers, l.slowest.Round(time.Millisecond))
}

// stored is a Patient as the record has it.
type stored struct {
	ID         string
	Meta       struct{ VersionID string }
	Identifier []struct{ Value string }
	Name       []struct {
		Family string
		Given  []string
	}
	Address []struct{ Text string }
}

// check compares the ledger with the record, through the program that serves it now.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	for _, complaint := range l.complaints() {
		t.Error(complaint)
	}
	t.Log(l.summary())
}

// complaints says in what the record is not what the clients were told. Empty = nothing.
func (l *ledger) complaints() (out []string) {
	l.p.t.Helper()
	complain := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	found := map[string]*stored{}
	l.p.search("Patient", url.Values{"identifier": {l.system + "|"}, "_count": {"500"}}, func(raw json.RawMessage) {
		var s stored
		if err := json.Unmarshal(raw, &s); err != nil || len(s.Identifier) != 1 {
			complain("%s: %v", raw, err)
			return
		}
		key := s.Identifier[0].Value
		if found[key] != nil {
			complain("%s is there twice", key)
		}
		found[key] = &s
		want := l.patient(key, 0)
		text := want["address"].([]any)[0].(map[string]any)["text"]
		if len(s.Name) != 1 || s.Name[0].Family != "Drill-"+key || len(s.Name[0].Given) != 1 || s.Name[0].Given[0] != "v"+s.Meta.VersionID ||
			len(s.Address) != 1 || s.Address[0].Text != text {
			complain("%s is not as it was written: %s", key, raw)
		}
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(l.entries)) {
		e := l.entries[key]
		if e.parts > 0 {
			n := 0
			for i := range e.parts {
				if found[part(key, i)] != nil {
					n++
				}
			}
			if n != 0 && n != e.parts || n == 0 && e.created == done || n > 0 && e.created == refused {
				complain("%d of the %d Patients of transaction %s are there, and its client was told %d", n, e.parts, key, e.created)
			}
			continue
		}
		s := found[key]
		switch {
		case s == nil && e.created == done:
			complain("%s was acknowledged and is lost", key)
		case s != nil && e.created == refused:
			complain("%s was refused and is there", key)
		case s != nil && e.created == done:
			if v := fmt.Sprint(e.version); s.Meta.VersionID != v && (e.tried == 0 || s.Meta.VersionID != fmt.Sprint(e.version+1)) {
				complain("%s has version %s; its client knows of %s, and of %d tries", key, s.Meta.VersionID, v, e.tried)
			}
		}
	}
	return out
}
