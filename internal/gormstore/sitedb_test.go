package gormstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/await"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore"
)

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, db database)) {
	t.Parallel()
	for name, place := range map[string]func(testing.TB) database{"SQLite": sqliteDatabase, "PostgreSQL": postgresDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, place(t))
		})
	}
}

func siteDB(t *testing.T, s *gormstore.Server, name string) *gormstore.SiteDB {
	t.Helper()
	db, err := s.DB(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestEpoch(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		one, two := openServer(t, db.config(time.Now)), openServer(t, db.config(time.Now))
		for _, name := range []string{"a", "b"} {
			if _, err := one.Add(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		here, there, other := siteDB(t, one, "a"), siteDB(t, two, "a"), siteDB(t, two, "b")
		steady := func(db *gormstore.SiteDB) func() bool { return func() bool { return db.Epoch() == db.Epoch() } }
		for _, db := range []*gormstore.SiteDB{here, there, other} {
			await.True(t, "the signal is in order", steady(db))
		}
		for range 3 {
			before, beforeThere, beforeOther := here.Epoch(), there.Epoch(), other.Epoch()
			if err := here.Bump(t.Context()); err != nil {
				t.Fatal(err)
			}
			if here.Epoch() == before {
				t.Error("the process that bumps does not notice at once")
			}
			await.True(t, "the other process notices", func() bool { return there.Epoch() != beforeThere })
			if other.Epoch() != beforeOther {
				t.Error("another site's epoch moved")
			}
		}
		// Writes of the chart are no reason to drop what is cached.
		before := here.Epoch()
		s, err := one.Open(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Record(t.Context(), &chart.AuditEvent{}, true); err != nil {
			t.Fatal(err)
		}
		if here.Epoch() != before {
			t.Error("an audit event moved the epoch")
		}
	})
}

func TestSiteDB(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		server := openServer(t, db.config(time.Now))
		if _, err := server.Add(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		site := siteDB(t, server, "a")
		type note struct {
			ID   string `gorm:"primaryKey"`
			Text string
		}
		if err := site.Writer.Exec("CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT)").Error; err != nil {
			t.Fatal(err)
		}
		if err := site.Writer.Create(&note{"1", "x"}).Error; err != nil {
			t.Fatal(err)
		}
		if err := site.Writer.Create(&note{"1", "y"}).Error; !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("a second row with the key: %v", err)
		}
		var got note
		if err := site.Reader.Take(&got, "id = ?", "1").Error; err != nil || got.Text != "x" {
			t.Errorf("read %+v, %v", got, err)
		}
		if err := site.Reader.Create(&note{"2", "z"}).Error; err == nil {
			t.Error("the reader writes")
		}
		// A transaction of gorm's and the chart's writer take turns.
		s, err := server.Open(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if err := site.Writer.Transaction(func(tx *gorm.DB) error {
					return tx.Create(&note{fmt.Sprint("n", i), ""}).Error
				}); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := s.Record(context.Background(), &chart.AuditEvent{}, true); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var n int64
		if err := site.Reader.Model(&note{}).Count(&n).Error; err != nil || n != 21 {
			t.Errorf("%d rows, %v; want 21", n, err)
		}
	})
}

// TestStartTogether starts several processes on a new site at once: each migrates it or finds it migrated, one adds it.
func TestStartTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		const n = 6
		var servers []*gormstore.Server
		for range n {
			servers = append(servers, openServer(t, db.config(time.Now)))
		}
		var wg sync.WaitGroup
		added := make([]error, n)
		for i, s := range servers {
			wg.Go(func() { _, added[i] = s.Add(context.Background(), "a") })
		}
		wg.Wait()
		won := 0
		for _, err := range added {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("add: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d processes added the site", won)
		}
		for _, s := range servers {
			wg.Go(func() {
				if _, err := s.Open(context.Background(), "a"); err != nil {
					t.Errorf("open: %v", err)
				}
			})
		}
		wg.Wait()
	})
}

// TestTrailFailsClosed takes the trail away: accesses are refused until it is back, and what was accepted before is in it.
func TestTrailFailsClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		server := openServer(t, db.config(time.Now))
		s, err := server.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		raw := db.raw(t, "a")
		defer raw.Close()
		exec := func(statement string) {
			t.Helper()
			if _, err := raw.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		exec("ALTER TABLE audit RENAME TO elsewhere")
		if err := s.Record(t.Context(), &chart.AuditEvent{ID: "kept"}, false); err != nil {
			t.Errorf("the first event can only be queued: %v", err)
		}
		if err := s.Record(t.Context(), &chart.AuditEvent{ID: "refused"}, true); err == nil {
			t.Error("an event that waits was acknowledged")
		}
		await.True(t, "accesses are refused", func() bool {
			return fault.Is(s.Record(t.Context(), &chart.AuditEvent{ID: "late"}, false), fault.Unavailable)
		})
		exec("ALTER TABLE elsewhere RENAME TO audit")
		await.True(t, "accesses are served again", func() bool {
			return s.Record(t.Context(), &chart.AuditEvent{ID: "after"}, true) == nil
		})
		kept, refused := 0, 0
		if err := s.AuditTrail(t.Context(), chart.AuditQuery{}, func(e *chart.AuditEvent) bool {
			switch e.ID {
			case "kept":
				kept++
			case "refused":
				refused++
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if kept != 1 || refused != 0 {
			t.Errorf("the accepted event is there %d times, the refused one %d times", kept, refused)
		}
		if check, err := s.VerifyAudit(t.Context()); err != nil || check.BrokenAt != 0 {
			t.Errorf("chain %+v, %v", check, err)
		}
	})
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	c := sqliteDatabase(t).config(time.Now)
	c.DataDir = filepath.Join(c.DataDir, "new")
	s, err := openServer(t, c).Add(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), &chart.AuditEvent{}, true); err != nil {
		t.Fatal(err)
	}
	seen := 0
	if err := filepath.WalkDir(c.DataDir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		seen++
		return err
	}); err != nil || seen < 6 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := config(time.Now)
	_, err := gormstore.Open(t.Context(), c)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("no database at all: %v", err)
	}
	c.DSN = "postgres://nobody@127.0.0.1:1/none?sslmode=disable"
	_, err = gormstore.Open(t.Context(), c)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody listens: %v", err)
	}
	c.DSN = "postgres://%zz"
	_, err = gormstore.Open(t.Context(), c)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a broken address: %v", err)
	}
}

// TestLostConnections ends all connections to the server under load: writes that were acknowledged are there, the others
// failed with Unavailable, and the store goes on by itself.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	db := postgresDatabase(t)
	server := openServer(t, db.config(time.Now))
	s, err := server.Add(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	raw := db.raw(t, "a")
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	var wg sync.WaitGroup
	acknowledged := make([]bool, 400)
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < len(acknowledged); i += 8 {
				id := fmt.Sprint("p", i)
				err := s.Write(context.Background(), nil, func(tx chart.Tx) error {
					_, err := tx.Put(context.Background(), minimal(id))
					return err
				})
				if acknowledged[i] = err == nil; err != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("write %d: %v", i, err)
				}
				if i%100 == 0 {
					if _, err := raw.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for i, ok := range acknowledged {
		if !ok {
			continue
		}
		n++
		id := fmt.Sprint("p", i)
		await.True(t, "a read goes through", func() bool {
			_, err := s.Read(t.Context(), chart.Key{Type: "Patient", ID: id})
			if fault.Is(err, fault.NotFound) {
				t.Fatalf("acknowledged write %s is lost", id)
			}
			return err == nil
		})
	}
	if n < len(acknowledged)/2 {
		t.Errorf("only %d of %d writes went through", n, len(acknowledged))
	}
}

func minimal(id string) *chart.Write {
	return &chart.Write{Key: chart.Key{Type: "Patient", ID: id}, Method: chart.Create, Body: []byte(`{"resourceType":"Patient","id":"` + id + `"}`)}
}
