package gormstore

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"sync"
	"time"
)

const (
	// checkpointSize is the length of the write-ahead log that is worth a checkpoint.
	checkpointSize = 4 << 20
	// checkpointPause lies between two checkpoints under load.
	checkpointPause = time.Second
)

// checkpointer moves the write-ahead log into the database file in the background, so that no commit has to: an automatic
// checkpoint runs inside the commit that passes the limit and shows as its latency.
type checkpointer struct {
	db     *sql.DB
	wal    string
	log    *slog.Logger
	signal chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func newCheckpointer(db *sql.DB, wal string, log *slog.Logger) *checkpointer {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpointer{db: db, wal: wal, log: log, signal: make(chan struct{}, 1), stop: stop}
	c.done.Add(1)
	go c.run(ctx)
	return c
}

// wake tells that something was committed. It never blocks.
func (c *checkpointer) wake() {
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run(ctx context.Context) {
	defer c.done.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.signal:
		}
		if info, err := os.Stat(c.wal); err == nil && info.Size() >= checkpointSize {
			// PASSIVE waits for nobody and makes nobody wait; what readers still need stays for the next time.
			if _, err := c.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil && ctx.Err() == nil {
				c.log.Warn("checkpoint", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkpointPause):
		}
	}
}

func (c *checkpointer) close() error {
	c.stop()
	c.done.Wait()
	return nil
}
