package drill_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"chartwright/internal/await"
)

// TestDrillFullDisk fills the disk on which the databases lie. Writes are turned away, in the form of the API; so are reads once
// their trace cannot be kept, since an access that leaves no trace must not happen. What is there stays there, and when there is room
// again everything goes on without a restart.
func TestDrillFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "192m")
	data := filepath.Join(disk, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := serve(t, onSQLiteIn(t, data))
	l := newLedger(p)
	for range rounds(1, 10) {
		before := l.acknowledged()
		end := l.load(2, func(a answer) {
			if a.status >= 500 && !a.turnedAway() || a.took > writeTime+slack {
				t.Errorf("%v", a)
			}
		})
		await.True(t, "writes are acknowledged", func() bool { return l.acknowledged() >= before+20 })
		turnedAway := l.answered(http.StatusServiceUnavailable)
		empty := fill(t, disk)
		await.True(t, "writes are turned away", func() bool { return l.answered(http.StatusServiceUnavailable) > turnedAway+5 })
		for _, path := range []string{known, "Patient?name=a"} {
			if a := p.ask(http.MethodGet, path, nil); a.status != http.StatusOK && !a.turnedAway() {
				t.Errorf("%s: %v", path, a)
			}
		}
		if a := p.ask(http.MethodGet, "/health/live", nil); a.status != http.StatusOK {
			t.Errorf("alive: %v", a)
		}
		empty()
		freed, after := time.Now(), l.acknowledged()
		await.True(t, "it recovers", func() bool {
			return l.acknowledged() >= after+20 && p.serves() && p.ask(http.MethodGet, "Patient?name=a", nil).status == http.StatusOK
		})
		await.True(t, "the log is moved into the database again", func() bool {
			database, err := os.Stat(p.files()[0])
			log, lerr := os.Stat(p.files()[1])
			return err == nil && lerr == nil && (database.ModTime().After(freed) || log.Size() < 4<<20)
		})
		end()
	}
	l.check(t)
	p.kill()
	p.start()
	l.check(t)
	p.sound()
}

// smallDisk mounts a file system in memory that holds no more than size. Where that is not allowed, the drill is skipped.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	place, err := os.MkdirTemp("", "chartwright-drill-") //nolint:usetesting // a test's own folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(place) })
	if said, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size="+size, "none", place).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v: %s", err, said)
	}
	t.Cleanup(func() {
		if said, err := exec.Command("umount", "-l", place).CombinedOutput(); err != nil { // the test's context is over
			t.Errorf("umount: %v: %s", err, said)
		}
	})
	return place
}

// fill takes all room that a disk has, until it is emptied.
func fill(t *testing.T, disk string) (empty func()) {
	t.Helper()
	name := filepath.Join(disk, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for piece := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(piece)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}
