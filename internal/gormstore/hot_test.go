package gormstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/chart"
)

// TestReadsAreKept reads a resource of a SQLite site again and again: while nothing changes, the database is not asked, and the
// answer is the same.
func TestReadsAreKept(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	c := config(time.Now)
	c.DataDir = t.TempDir()
	c.Sent = func(statements ...string) { sent.Add(int64(len(statements))) }
	s, err := openServer(t, c).Add(t.Context(), "a")
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
	for range 100 { // now and then the state is looked at anew
		before := sent.Load()
		v, err := s.Read(t.Context(), w.Key)
		if err != nil || v.VID != 1 || string(v.Body) != string(w.Body) {
			t.Fatalf("%v, %+v", err, v)
		}
		if sent.Load() == before {
			return
		}
	}
	t.Error("every read asked the database")
}
