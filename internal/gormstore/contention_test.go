package gormstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"chartwright/internal/chart"
)

// TestBesideABusyProcess writes one thing at a time while another process imports without a break: nobody starves.
func TestBesideABusyProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		busy, server := openServer(t, db.config(time.Now)), openServer(t, db.config(time.Now))
		importing, err := busy.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.Open(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan error, 2)
		for worker := range 2 { // one runs while the other is answered: the lock is hardly ever free
			go func() {
				for i := 0; ctx.Err() == nil; i++ {
					if err := importing.Write(context.Background(), nil, func(tx chart.Tx) error {
						for j := range 50 {
							if _, err := tx.Put(context.Background(), minimal(fmt.Sprintf("w%d-%d-%d", worker, i, j))); err != nil {
								return err
							}
						}
						return nil
					}); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		var slowest time.Duration
		for i := range 20 {
			begin := time.Now()
			err := s.Write(t.Context(), nil, func(tx chart.Tx) error {
				_, err := tx.Put(t.Context(), minimal(fmt.Sprint("one", i)))
				return err
			})
			if err != nil {
				t.Fatalf("write %d beside the import: %v", i, err)
			}
			slowest = max(slowest, time.Since(begin))
		}
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("the import: %v", err)
			}
		}
		t.Logf("slowest of 20 writes beside an import: %v", slowest)
	})
}
