package drill_test

import (
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
)

// TestDrillFewFiles is F-35: clients hold more connections than the process may have files open. It neither ends nor loses anything, what it has
// let in it answers, and it serves everybody again when they have gone.
func TestDrillFewFiles(t *testing.T) {
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit is missing, which limits the files of a process")
	}
	onEach(t, func(t *testing.T, on config.Store) {
		p := serve(t, on, under("prlimit", "--nofile=64:64"))
		for range rounds(1, 10) {
			l := newLedger(p)
			if a := l.create(t.Context(), p.client, "before"); a.status != http.StatusCreated {
				t.Fatal(a)
			}
			var idle []net.Conn
			for range rounds(60, 400) {
				c, err := net.DialTimeout("tcp", *p.address.Load(), time.Second)
				if err != nil {
					break // the kernel's queue is full as well
				}
				idle = append(idle, c)
			}
			// Whoever has a connection is served: the database has files of its own.
			for i, do := range []func() answer{
				func() answer { return l.update(t.Context(), p.client, "before") },
				func() answer { return l.transaction(t.Context(), p.client, "during", 20) },
				func() answer { return p.ask(http.MethodGet, "Patient?_count=50&_sort=family", nil) },
				func() answer { return p.ask(http.MethodGet, "_history?_count=50", nil) },
			} {
				if a := do(); a.status != http.StatusOK && a.status != http.StatusForbidden {
					t.Errorf("%d, while all files are open: %v", i, a)
				}
			}
			for _, c := range idle {
				_ = c.Close()
			}
			await.True(t, "somebody new is served", func() bool {
				a := p.send(t.Context(), p.caller(), http.MethodGet, "Patient?_count=1", nil)
				return a.status == http.StatusOK
			})
			l.check(t)
		}
		if !p.alive() {
			t.Fatalf("the process has ended: %s", p.said.String())
		}
		p.sound()
	})
}
