package gormstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// schemaVersion is the newest migration that a site's database has seen.
func schemaVersion(t *testing.T, raw *sql.DB) (version, steps int64) {
	t.Helper()
	if err := raw.QueryRow("SELECT max(version_id), count(*) FROM goose_db_version").Scan(&version, &steps); err != nil {
		t.Fatal(err)
	}
	return version, steps
}

// TestNewerSchemaIsRefused is F-46: a program that meets the schema of a newer one refuses the site with a clear line and leaves it as it
// is; one that is at work already goes on.
func TestNewerSchemaIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		running := openServer(t, db.config(time.Now))
		site, err := running.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		raw := db.raw(t, "a")
		defer raw.Close()
		known, _ := schemaVersion(t, raw)
		for _, step := range []string{
			fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, %s)", known+1, map[bool]string{true: "true", false: "1"}[db.postgres]),
			"CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY)",
		} {
			if _, err := raw.Exec(step); err != nil {
				t.Fatal(err)
			}
		}
		_, err = openServer(t, db.config(time.Now)).Open(t.Context(), "a")
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), fmt.Sprintf("its schema has version %d, and this program knows those up to %d", known+1, known)) {
			t.Errorf("the schema of a newer program: %v", err)
		}
		if version, _ := schemaVersion(t, raw); version != known+1 {
			t.Errorf("the schema has become version %d", version)
		}
		if err := site.Record(t.Context(), &chart.AuditEvent{ID: "later"}, true); err != nil {
			t.Errorf("who was at work cannot go on: %v", err)
		}
		for _, step := range []string{fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id > %d", known), "DROP TABLE of_tomorrow"} {
			if _, err := raw.Exec(step); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := openServer(t, db.config(time.Now)).Open(t.Context(), "a"); err != nil {
			t.Errorf("after the way back: %v", err)
		}
	})
}

// TestUpgradeTogether is F-46 and F-21: processes that start at once on the schema of an older program bring it up to date once, and keep
// what it holds.
func TestUpgradeTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		before := openServer(t, db.config(time.Now))
		site, err := before.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := site.Record(t.Context(), &chart.AuditEvent{ID: "kept"}, true); err != nil {
			t.Fatal(err)
		}
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		raw := db.raw(t, "a")
		defer raw.Close()
		version, steps := schemaVersion(t, raw)
		// Nothing else follows from the form of the index and the full text: without them the schema is that of the migrations before.
		for _, step := range []string{"ALTER TABLE counter DROP COLUMN form", "DROP TABLE idx_text", "DROP TABLE idx_posting", "DROP TABLE idx_mark", "DELETE FROM goose_db_version WHERE version_id >= 4"} {
			if _, err := raw.Exec(step); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			s := openServer(t, db.config(time.Now))
			wg.Go(func() {
				if _, err := s.Open(t.Context(), "a"); err != nil {
					t.Errorf("open: %v", err)
				}
			})
		}
		wg.Wait()
		if v, n := schemaVersion(t, raw); v != version || n != steps {
			t.Errorf("the schema has version %d in %d steps, want %d in %d", v, n, version, steps)
		}
		var events int
		if err := raw.QueryRow("SELECT count(*) FROM audit").Scan(&events); err != nil || events != 1 {
			t.Errorf("%d events are left, %v", events, err)
		}
	})
}
