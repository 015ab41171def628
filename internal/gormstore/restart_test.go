package gormstore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"chartwright/internal/chart"
)

// TestReadAfterRestart breaks all connections to PostgreSQL, as its restart does: reads by key are answered at once, since one
// that met a broken connection is asked again.
func TestReadAfterRestart(t *testing.T) {
	t.Parallel()
	db := postgresDatabase(t)
	s, err := openServer(t, db.config(time.Now)).Add(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	w := minimal("p")
	if err := s.Write(t.Context(), []chart.Key{w.Key}, func(tx chart.Tx) error {
		_, err := tx.Put(t.Context(), w)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	many := func() { // enough to use every connection
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := s.Read(context.Background(), w.Key); err != nil {
					t.Errorf("read: %v", err)
				}
			})
		}
		wg.Wait()
	}
	many()
	raw := db.raw(t, "a")
	defer raw.Close()
	if _, err := raw.Exec(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	many()
}
