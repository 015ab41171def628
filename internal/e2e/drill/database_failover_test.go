package drill_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillFailover kills the primary and promotes its synchronous standby under load: what was acknowledged is there, and the
// program goes on by itself, whether one address leads to whoever is the primary or its database address names both servers.
func TestDrillFailover(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		named bool // the address names both servers
	}{{"one address", false}, {"both named", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.named && !all() {
				t.Skip("the quick form knows one address")
			}
			primary := newCluster(t, "")
			primary.start()
			standby := primary.standby("standby")
			standby.start()
			run(t, primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
			on := primary.store(t.TempDir())
			var x *proxy
			if tt.named {
				on.Database = config.Secret("postgres://postgres@127.0.0.1:" + primary.port + ",127.0.0.1:" + standby.port +
					"/postgres?sslmode=disable&target_session_attrs=read-write")
			} else {
				on, x = behind(t, on)
			}
			p := launch(t, on)
			l := newLedger(p)
			end := l.load(4, func(a answer) {
				if a.status >= 500 && !a.turnedAway() || a.took > writeTime+slack {
					t.Errorf("%v", a)
				}
			})
			await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= 40 })
			primary.kill()
			standby.promote()
			if x != nil {
				x.aim("127.0.0.1:" + standby.port)
			}
			before := l.acknowledged()
			await.True(t, "writes go on", func() bool { return l.acknowledged() >= before+20 && p.serves() })
			end()
			l.check(t)
			p.sound()
		})
	}
}

// TestDrillDemotedPrimary has the address lead to a standby, as it does when somebody demotes the primary or points at the wrong
// server: nothing is served from a server whose records may be old, and no write is lost there.
func TestDrillDemotedPrimary(t *testing.T) {
	t.Parallel()
	primary := newCluster(t, "")
	primary.start()
	on, x := behind(t, primary.store(t.TempDir()))
	p := launch(t, on)
	l := newLedger(p)
	if a := l.create(t.Context(), p.client, "before"); a.status != http.StatusCreated {
		t.Fatal(a)
	}
	standby := primary.standby("standby")
	standby.start()
	x.aim("127.0.0.1:" + standby.port)
	x.cut()
	for _, path := range []string{known, "Patient?name=a"} {
		if a := p.ask(http.MethodGet, path, nil); !a.turnedAway() {
			t.Errorf("%s from a standby: %v", path, a)
		}
	}
	if a := l.create(t.Context(), p.client, "on the standby"); !a.turnedAway() {
		t.Errorf("a write to a standby: %v", a)
	}
	if p.serves() {
		t.Error("it is ready on a standby")
	}
	if a := p.ask(http.MethodGet, "/health/live", nil); a.status != http.StatusOK {
		t.Errorf("alive: %v", a)
	}
	standby.promote()
	primary.kill()
	await.True(t, "it serves from the new primary", func() bool { return p.serves() })
	n := 0
	await.True(t, "it writes to the new primary", func() bool { // a connection of before may be met once more
		n++
		return l.create(t.Context(), p.client, fmt.Sprint("after ", n)).status == http.StatusCreated
	})
	l.check(t)
	p.sound()
}

// run runs statements as the operator of the database.
func run(t *testing.T, c *cluster, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", string(c.store("").Database))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
