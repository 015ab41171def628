package gormstore_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/chart/charttest"
	"chartwright/internal/gormstore"
)

// crashDir, when set, makes the test binary the process that is killed: it writes to a store in that folder and prints the
// id of each write as soon as it is acknowledged.
const crashDir = "CHARTWRIGHT_TEST_CRASH_DIR"

func crash(dir string) {
	c := config(time.Now)
	c.DataDir = dir
	ctx := context.Background()
	server, err := gormstore.Open(ctx, c)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	s, err := server.Open(ctx, "default")
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	for worker := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("w%d-%d", worker, i)
				err := s.Write(ctx, nil, func(tx chart.Tx) error {
					tx.Record(&chart.AuditEvent{Kind: "rest", ID: id})
					_, err := tx.Put(ctx, charttest.Patient(id))
					return err
				})
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKillLosesNothing kills a process in the middle of its writes: what it had acknowledged is there, whole, and the audit
// chain has no gap. It does so several times on the same file, so that recovery starts from what a kill left.
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	db := sqliteDatabase(t)
	server := openServer(t, db.config(time.Now))
	s, err := server.Add(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	dir := db.config(time.Now).DataDir
	acknowledged := map[string]bool{}
	for round := range 4 {
		// The second half runs beside an open server: another process may write the same file.
		if round == 2 {
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			server = openServer(t, db.config(time.Now))
			if s, err = server.Open(t.Context(), "default"); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		n := 0
		for lines.Scan() {
			if id := lines.Text(); len(id) > 5 && id[:5] == "error" {
				t.Fatal(id)
			} else {
				acknowledged[id] = true
			}
			if n++; n == 100+37*round {
				_ = cmd.Process.Kill() // SIGKILL; what is still in the pipe was acknowledged too
			}
		}
		_ = cmd.Wait()
	}
	missing := 0
	for id := range acknowledged {
		v, err := s.Read(t.Context(), chart.Key{Type: "Patient", ID: id})
		if err != nil || !chart.CanonicalPrefix(v.Key, v.Body) {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged writes are lost", missing, len(acknowledged))
	}
	versions := int64(0)
	if err := s.History(t.Context(), chart.HistoryQuery{}, func(*chart.Version) bool { versions++; return true }); err != nil {
		t.Fatal(err)
	}
	check, err := s.VerifyAudit(t.Context())
	if err != nil || check.BrokenAt != 0 || check.Events != versions {
		t.Errorf("trail %+v, %v; want one event for each of %d versions", check, err, versions)
	}
	raw := db.raw(t, "default")
	defer raw.Close()
	var verdict string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
}
