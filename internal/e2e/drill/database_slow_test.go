package drill_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the drills' own connections

	"chartwright/internal/await"
)

// TestDrillSlowDatabase has every answer of the database come late: while that is bearable, so are the answers of the program; when
// it is not, everybody is told to come back within the time that a request has.
func TestDrillSlowDatabase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		delay time.Duration
		long  bool // only in the long form
		fine  bool // answers are as ever
	}{
		{"200 ms", 200 * time.Millisecond, false, true},
		{"2 s", 2 * time.Second, true, false},
		{"20 s", 20 * time.Second, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.long && !all() {
				t.Skip("the quick form has no such delay")
			}
			on, x := behind(t, onPostgreSQL(t))
			p := serve(t, on)
			l := newLedger(p)
			x.delay.Store(int64(tt.delay))
			var requests sync.WaitGroup
			for _, path := range []string{known, "Patient?name=a", known + "/_history", "metadata", "/health/live"} {
				requests.Go(func() {
					late(t, path, tt.fine, readTime, func(int) answer { return p.ask(http.MethodGet, path, nil) })
				})
			}
			requests.Go(func() {
				late(t, "a transaction", tt.fine, writeTime, func(n int) answer { return l.transaction(t.Context(), p.client, fmt.Sprint("late", n), 5) })
			})
			requests.Wait()
			x.delay.Store(0)
			x.cut() // what is still on its way
			await.True(t, "it recovers", func() bool { return p.serves() })
			l.check(t)
			p.sound()
		})
	}
}

// late asks once, or, where the answer has to be as ever, until it is: on a machine that stands still the time of a request may run out beside
// a database that is only slow.
func late(t *testing.T, what string, fine bool, within time.Duration, ask func(n int) answer) {
	t.Helper()
	for n, begun := 0, time.Now(); ; n++ {
		a := ask(n)
		if a.status != http.StatusOK && !a.turnedAway() || a.took > within+slack {
			t.Errorf("%s: %v", what, a)
			return
		}
		if a.status == http.StatusOK || !fine {
			return
		}
		if time.Since(begun) > await.Patience {
			t.Errorf("%s is never answered: %v", what, a)
			return
		}
	}
}

// TestDrillQueryWithoutEnd has somebody lock a table of the index, so that searches never end: they are called off, in the database
// too, and whoever reads by key meanwhile notices nothing.
func TestDrillQueryWithoutEnd(t *testing.T) {
	t.Parallel()
	on := onPostgreSQL(t)
	p := serve(t, on)
	raw, err := sql.Open("pgx", string(on.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for range rounds(1, 10) {
		tx, err := raw.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "LOCK TABLE site_default.idx_string IN ACCESS EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}
		waiting := func() (n int) {
			if err := raw.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
				AND application_name = 'chartwright' AND wait_event_type = 'Lock'`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		var searches sync.WaitGroup
		searching, stop := context.WithCancel(t.Context())
		for range 30 { // more than there are connections
			searches.Go(func() {
				for asked := false; !asked || searching.Err() == nil; asked = true {
					if a := p.ask(http.MethodGet, "Patient?name=a", nil); !a.turnedAway() || a.took > readTime+slack {
						t.Errorf("a search: %v", a)
						return
					}
				}
			})
		}
		await.True(t, "searches wait", func() bool { return waiting() > 0 })
		for range 10 {
			if a := p.ask(http.MethodGet, known, nil); a.status != http.StatusOK || a.took > slack {
				t.Errorf("a read: %v", a)
			}
		}
		if a := p.ask(http.MethodGet, "/health/ready", nil); a.status != http.StatusOK {
			t.Errorf("ready: %v", a)
		}
		stop()
		searches.Wait()
		await.True(t, "no search is left in the database", func() bool { return waiting() == 0 })
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		await.True(t, "searches are answered", func() bool { return p.ask(http.MethodGet, "Patient?name=a", nil).status == http.StatusOK })
	}
}

// TestDrillTooManyConnections leaves the program fewer connections than it wants, with more clients than those can serve: each is
// served or told at once to come back, and when there are connections again everybody is served.
func TestDrillTooManyConnections(t *testing.T) {
	t.Parallel()
	on, x := behind(t, onPostgreSQL(t))
	p := serve(t, on)
	l := newLedger(p)
	for _, most := range []int64{3, 6}[:rounds(1, 2)] {
		x.most.Store(most)
		x.cut()
		end := l.load(rounds(4, 50), func(a answer) {
			if a.status >= 500 && !a.turnedAway() || a.took > writeTime+slack {
				t.Errorf("%v", a)
			}
		})
		var clients sync.WaitGroup
		for range rounds(40, 400) {
			client := p.caller()
			clients.Go(func() {
				for _, path := range []string{known, "Patient?name=a", known + "/_history"} {
					a := p.send(t.Context(), client, http.MethodGet, path, nil)
					if a.status != http.StatusOK && !a.turnedAway() || a.took > readTime+slack {
						t.Errorf("%s: %v", path, a)
					}
				}
			})
		}
		clients.Wait()
		if a := p.ask(http.MethodGet, "/health/live", nil); a.status != http.StatusOK {
			t.Errorf("alive: %v", a)
		}
		x.most.Store(0)
		before := l.acknowledged()
		await.True(t, "everybody is served", func() bool {
			return l.acknowledged() >= before+10 && p.serves() && p.ask(http.MethodGet, "Patient?name=a", nil).status == http.StatusOK
		})
		end()
	}
	l.check(t)
	p.sound()
}
