package drill_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/config"
)

// TestDrillOverload is F-42: many more clients than the program has places for. It goes on answering as much as before, turns the rest away
// with 503 and Retry-After in the form of the API, answers probes, and is as it was as soon as they are gone.
func TestDrillOverload(t *testing.T) {
	onEach(t, func(t *testing.T, on config.Store) {
		p := serve(t, on, flags("--max-requests", "2"))
		l := newLedger(p)
		quiet := p.ask(http.MethodGet, "Patient?_count=5", nil)
		if quiet.status != http.StatusOK {
			t.Fatal(quiet)
		}
		lasts := time.Duration(rounds(1, 30)) * time.Second
		few := p.crowd(t, 3, lasts/2)
		end := l.load(8, nil) // beside those who read
		many, took := p.crowd(t, rounds(60, 120), lasts), lasts
		for (many.away == 0 || many.served < few.served/5) && took < 20*lasts { // the machine may have stood still; a program that never recovers has no such luck
			more := p.crowd(t, rounds(60, 120), lasts)
			many.served, many.away, many.slowest, took = many.served+more.served, many.away+more.away, max(many.slowest, more.slowest), took+lasts
		}
		end()
		if a := p.ask(http.MethodGet, "Patient?_count=5", nil); a.status != http.StatusOK {
			t.Errorf("when all have left: %v", a)
		}
		if many.away == 0 {
			t.Error("nobody is turned away: this is no overload")
		}
		// Those who are turned away, and this very process, take processor time too.
		before, during := float64(few.served)/(lasts/2).Seconds(), float64(many.served)/took.Seconds()
		if many.served < few.served/5 {
			t.Errorf("%.0f requests a second are answered during the overload, %.0f before", during, before)
		}
		t.Logf("%.0f requests a second are answered, %.0f during the overload, when %d are turned away; the slowest answer took %v", before, during, many.away, many.slowest)
		l.check(t)
	})
}

// crowd is what happened to clients that ask without a pause.
type crowd struct {
	served, away int64
	slowest      time.Duration
}

// crowd has clients read for a time, beside somebody who looks whether the program is alive.
func (p *program) crowd(t *testing.T, clients int, lasts time.Duration) (c crowd) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var served, away, slowest atomic.Int64
	var all sync.WaitGroup
	for range clients {
		client := p.caller()
		all.Go(func() {
			for ctx.Err() == nil {
				a := p.send(t.Context(), client, http.MethodGet, "Patient?_count=20&_sort=family", nil)
				switch {
				case a.status == http.StatusOK:
					served.Add(1)
				case a.turnedAway():
					away.Add(1)
					pause(ctx, 20*time.Millisecond)
				default:
					t.Errorf("a client of the crowd: %v", a)
					return
				}
				slowest.Store(max(slowest.Load(), int64(a.took)))
			}
		})
	}
	probe := p.caller()
	for ctx.Err() == nil {
		if a := p.send(t.Context(), probe, http.MethodGet, "/health/live", nil); a.status != http.StatusOK {
			t.Errorf("the probe: %v", a)
			break
		}
		pause(ctx, 100*time.Millisecond)
	}
	all.Wait()
	return crowd{served.Load(), away.Load(), time.Duration(slowest.Load())}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
