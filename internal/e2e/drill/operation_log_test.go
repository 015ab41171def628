package drill_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chartwright/internal/config"
)

// TestDrillBlockedLog is F-40: nobody takes what the program logs, and then whoever should have taken it ends. No request waits for it, nothing
// is lost of the record, what is lost of the log is said, and the program stays.
func TestDrillBlockedLog(t *testing.T) {
	onEachInTurn(t, func(t *testing.T, on config.Store) {
		pipe := filepath.Join(t.TempDir(), "log")
		if err := makePipe(pipe); err != nil {
			t.Skipf("no pipe can be made: %v", err)
		}
		reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // so that neither end waits for the other
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		p := serve(t, on, under("sh", "-c", `exec "$0" "$@" 2>"`+pipe+`"`))
		l := newLedger(p)
		// A pipe holds 64 KiB and the program a megabyte: some thousand lines.
		path := "/health/live?" + strings.Repeat("x", 2000)
		fill := func(n int) {
			t.Helper()
			for range n {
				if a := p.ask(http.MethodGet, path, nil); a.status != http.StatusOK {
					t.Fatal(a)
				}
			}
		}
		if a := l.create(t.Context(), p.client, "before"); a.status != http.StatusCreated {
			t.Fatal(a)
		}
		fill(rounds(9000, 50_000))
		for range 20 {
			if a := l.update(t.Context(), p.client, "before"); a.status != http.StatusOK {
				t.Errorf("while nobody takes the log: %v", a)
			}
		}
		lines := bufio.NewScanner(reader)
		for said := false; !said && lines.Scan(); { // the test's own time limit ends it
			said = strings.Contains(lines.Text(), "lines of the log are lost")
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
		fill(2000)
		if a := l.update(t.Context(), p.client, "before"); a.status != http.StatusOK || !p.alive() {
			t.Errorf("when nobody is left to take the log: %v", a)
		}
		l.check(t)
	})
}
