package drill_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"chartwright/internal/await"
)

// TestDrillFailingSystemCalls has what the database file needs of the system fail: always for a while, or now and then. No write that
// failed may be acknowledged, none that was acknowledged may be lost, and when the system works again the program does, without a
// restart. At the end it is killed, so that what was only in its memory is gone.
//
// A failed fsync leaves pages that the kernel takes for written: they may not be synced again, but have to be written again.
// https://www.usenix.org/conference/atc20/presentation/rebello
func TestDrillFailingSystemCalls(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, tt := range []struct {
		name  string
		rule  string
		quick bool
	}{
		{"the disk is full", "pwrite64:error=ENOSPC", true},
		{"writes fail", "pwrite64:error=EIO", false},
		{"one write in seven fails", "pwrite64:error=EIO:when=3+7", false},
		{"one write in five finds the disk full", "pwrite64:error=ENOSPC:when=2+5", true},
		{"syncs fail", "fsync,fdatasync:error=EIO", true},
		{"one sync in three fails", "fsync,fdatasync:error=EIO:when=2+3", false},
		{"the log cannot be cut", "ftruncate:error=EIO", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !tt.quick && !all() {
				t.Skip("the quick form leaves this one out")
			}
			p := serve(t, onSQLite(t))
			l := newLedger(p)
			for range rounds(1, 8) {
				before := l.acknowledged()
				end := l.load(4, func(a answer) {
					if a.status >= 500 && !a.turnedAway() || a.took > writeTime+slack {
						t.Errorf("%v", a)
					}
				})
				await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= before+20 })
				heal := p.tamper([]string{tt.rule}, p.files())
				l.forAnother(t, 30)
				for _, path := range []string{known, "Patient?name=a"} {
					if a := p.ask(http.MethodGet, path, nil); a.status != http.StatusOK && !a.turnedAway() {
						t.Errorf("%s: %v", path, a)
					}
				}
				heal()
				if !p.alive() {
					t.Fatalf("the program has ended: %s", p.said.String())
				}
				after := l.acknowledged()
				await.True(t, "it recovers", func() bool {
					return l.acknowledged() >= after+20 && p.serves() && p.ask(http.MethodGet, "Patient?name=a", nil).status == http.StatusOK
				})
				end()
			}
			p.kill()
			p.start()
			l.check(t)
			p.sound()
		})
	}
}

// TestDrillSlowSyncs has every sync take its time: that is all that the clients notice.
func TestDrillSlowSyncs(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, delay := range []time.Duration{300 * time.Millisecond, 5 * time.Second}[:rounds(1, 2)] {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			p := serve(t, onSQLite(t))
			l := newLedger(p)
			heal := p.tamper([]string{fmt.Sprintf("fsync,fdatasync:delay_enter=%d", delay.Microseconds())}, p.files())
			end := l.load(4, func(a answer) {
				if a.status >= 400 {
					t.Errorf("%v", a)
				}
			})
			await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= 8 })
			for _, path := range []string{known, "Patient?name=a"} {
				if a := p.ask(http.MethodGet, path, nil); a.status != http.StatusOK {
					t.Errorf("%s: %v", path, a)
				}
			}
			end()
			heal()
			l.check(t)
			p.sound()
		})
	}
}

// files are those that SQLite has of the default site.
func (p *program) files() []string {
	file := filepath.Join(p.on.Data, "sites", "default", "chart.db")
	return []string{file, file + "-wal"}
}
