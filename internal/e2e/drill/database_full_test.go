package drill_test

import (
	"net/http"
	"os"
	"testing"

	"chartwright/internal/await"
)

// TestDrillFullDiskOfPostgreSQL fills the disk of the database server, which ends it when its log has no room. Everybody is told to
// come back; when there is room and the server is started again, the program goes on by itself, and nothing acknowledged is lost.
func TestDrillFullDiskOfPostgreSQL(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "160m")
	if err := os.Chmod(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	server := newCluster(t, disk)
	small := []string{"max_wal_size=8MB", "min_wal_size=2MB"}
	server.start(small...)
	p := launch(t, server.store(t.TempDir()))
	l := newLedger(p)
	for range rounds(1, 5) {
		before, turnedAway := l.acknowledged(), l.answered(http.StatusServiceUnavailable)
		end := l.load(4, func(a answer) {
			if a.status >= 500 && !a.turnedAway() || a.took > writeTime+slack {
				t.Errorf("%v", a)
			}
		})
		await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= before+20 })
		empty := fill(t, disk)
		await.True(t, "writes are turned away", func() bool { return l.answered(http.StatusServiceUnavailable) > turnedAway+5 })
		if a := p.ask(http.MethodGet, "/health/live", nil); a.status != http.StatusOK {
			t.Errorf("alive: %v", a)
		}
		empty()
		after := l.acknowledged()
		await.True(t, "it recovers", func() bool {
			if server.down() { // it may take a moment to find out that it must
				server.start(small...)
			}
			return l.acknowledged() >= after+10 && p.serves()
		})
		end()
	}
	l.check(t)
	p.sound()
}
