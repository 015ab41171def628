// Package fulltext keeps the words of a site's resources and the pieces of their texts findable: the tables idx_posting,
// idx_text and idx_mark of internal/gormstore/SCHEMA.md, which searchsql reads.
//
// They follow from the record and are made behind the writes, so that no write waits for them: in the order of the write
// sequence, up to the mark that idx_mark has. What is found is the number of a version, never that of a resource: a version that
// was superseded since is nobody's current version, so an update or deletion leaves no stale hit and has nothing to take back.
//
//	write → commit → Wake ─┐ when the site is quiet       ┌ words of each version  → idx_posting
//	search → CatchUp ──────┼→ versions behind the mark →  ┤ texts not met before   → idx_text, their grams → idx_posting
//	search in a write ─────┘ Within                       └ idx_mark
//
// Any number of processes may do this to one site: who moves the mark from where it was has done the batch, and the others look
// again.
package fulltext

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/searchsql"
)

const (
	// batchVersions and batchBytes bound what one transaction indexes, and with it the time for which a write waits on SQLite.
	batchVersions = 500
	batchBytes    = 4 << 20
	// patience is how long a search waits for the index before it gives up.
	patience = 8 * time.Second
	// batchTime is how long one batch may take: a database that does not answer must not keep the index from those who search.
	batchTime = 30 * time.Second
)

// Config is what an index needs.
type Config struct {
	Dialect searchsql.Dialect
	Reader  *sql.DB
	// Writer is a pool whose transactions hold the site's write lock on SQLite.
	Writer *sql.DB
	// Extract computes the index rows of a stored body, words included.
	Extract func(typ string, body []byte, rows *index.Rows) error
	// Writing reports whether versions are being written at the moment.
	Writing func() bool
	Log     *slog.Logger
}

// Index is the full text of one site. Safe for concurrent use.
type Index struct {
	config Config
	worker *worker

	turn  chan struct{} // one batch at a time in this process; guards known
	known known
}

// New starts the index of a site. Close it before the pools.
func New(config Config) *Index {
	x := &Index{config: config, turn: make(chan struct{}, 1)}
	x.worker = newWorker(x)
	return x
}

// Wake tells that something was written. It never blocks.
func (x *Index) Wake() { x.worker.wake() }

// Close ends the work in the background.
func (x *Index) Close() { x.worker.close() }

// CatchUp returns when everything that was committed before the call is indexed.
//
// Errors: Unavailable when the database is, or when so much was written that it takes too long; that work goes on.
func (x *Index) CatchUp(ctx context.Context) error {
	const op = "fulltext.catchup"
	at, err := x.position(ctx, x.config.Reader)
	if err != nil {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for until := at.written; at.indexed < until; {
		if at, err = x.advance(limit); err != nil {
			if errors.Is(limit.Err(), context.DeadlineExceeded) {
				x.Wake()
				return &fault.Error{Kind: fault.Unavailable, Op: op, Detail: "much was written a moment ago, and its words are still being indexed; try again soon", Err: err}
			}
			return fault.Wrap(fault.Unavailable, op, err)
		}
	}
	return nil
}

// Within indexes what the transaction of conn sees and nobody has indexed, with what it has written itself. If the transaction
// fails, so does that.
func (x *Index) Within(ctx context.Context, conn *sql.Conn) error {
	for {
		at, err := x.position(ctx, conn)
		if err != nil {
			return err
		}
		// What the transaction has written is beyond the counter that it will save.
		if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM resource WHERE seq IS NOT NULL").Scan(&at.written); err != nil {
			return err
		}
		if at.indexed >= at.written {
			return nil
		}
		b, err := x.read(ctx, conn, at, known{})
		if err != nil {
			return err
		}
		if err := b.write(ctx, conn, x.config.Dialect); err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
}

// Reset empties the index, which is then made anew: after a change of what words or texts a resource has. No text gets a number that
// another had: a page link that goes on at a number is told that the texts have changed.
func (x *Index) Reset(ctx context.Context, conn *sql.Conn) error {
	for _, text := range []string{
		"UPDATE idx_mark SET epoch = epoch + 1, seq = 0 WHERE id = 1", "DELETE FROM idx_posting", "DELETE FROM idx_text",
	} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// position is how far the index has come.
type position struct {
	epoch   int64 // of the index: how often it was emptied
	indexed int64 // the sequence number up to which every version is indexed
	text    int64 // the last number of idx_text
	written int64 // the sequence number of the last version
}

// querier runs a SELECT: a pool, or the connection of a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (x *Index) position(ctx context.Context, db querier) (at position, err error) {
	err = db.QueryRowContext(ctx, "SELECT m.epoch, m.seq, m.text, c.seq FROM idx_mark m, counter c WHERE m.id = 1 AND c.id = 1").
		Scan(&at.epoch, &at.indexed, &at.text, &at.written)
	return at, err
}

// advance indexes one batch and returns where the index is then.
func (x *Index) advance(ctx context.Context) (position, error) {
	select {
	case x.turn <- struct{}{}:
		defer func() { <-x.turn }()
	case <-ctx.Done():
		return position{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	at, err := x.position(ctx, x.config.Reader)
	if err != nil || at.indexed >= at.written { // others did it
		return at, err
	}
	if x.known.epoch != at.epoch || x.known.size() > knownTexts {
		x.known = known{epoch: at.epoch}
	}
	b, err := x.read(ctx, x.config.Reader, at, x.known)
	if err != nil {
		return at, err
	}
	conn, err := x.config.Writer.Conn(ctx)
	if err != nil {
		return at, err
	}
	defer conn.Close()
	begin := "BEGIN IMMEDIATE"
	if x.config.Dialect == searchsql.PostgreSQL {
		begin = "BEGIN"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return at, err
	}
	if err := b.write(ctx, conn, x.config.Dialect); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		if errors.Is(err, errMoved) { // another process has done it
			return at, undo
		}
		return at, errors.Join(err, undo)
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return at, err
	}
	x.known.add(b.texts)
	return position{epoch: at.epoch, indexed: b.until, text: at.text, written: at.written}, nil
}
