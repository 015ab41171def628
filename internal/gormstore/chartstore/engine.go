package chartstore

import (
	"context"
	"database/sql"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// engine is how the writer speaks to a database: the statements of one write transaction, on the connection that holds it.
// Only the writer's goroutine uses it.
type engine interface {
	// begin starts the transaction, takes the site's write lock, and fetches the counters and what exists of keys.
	// Placeholders come with VID 0.
	begin(ctx context.Context, conn *sql.Conn, keys []chart.Key) (counters, []*chart.Version, error)
	// load fetches what exists of keys.
	load(ctx context.Context, conn *sql.Conn, keys []chart.Key) ([]*chart.Version, error)
	// lookup fills in the numbers of those code systems and resources that have one.
	lookup(ctx context.Context, conn *sql.Conn, uris []string, keys []chart.Key, n *names) error
	// flush writes b.
	flush(ctx context.Context, conn *sql.Conn, b *batch) error
	// exec runs a statement of somebody who has joined the group.
	exec(ctx context.Context, conn *sql.Conn, text string, args []any) (sql.Result, error)
	// finish writes b and the counters and commits. If sent is true, the commit may have happened although err says that
	// something failed.
	finish(ctx context.Context, conn *sql.Conn, b *batch, c *counters) (sent bool, err error)
	// claim is begin and finish in one round trip, for a transaction that has read nothing: it fails with errGuess if the
	// counters are not guess.
	claim(ctx context.Context, conn *sql.Conn, b *batch, guess, c *counters) (sent bool, err error)
	// claims reports whether claim is worth while: whether round trips cost something.
	claims() bool
	// rollback ends the transaction without a trace. The connection is given up if that fails.
	rollback(conn *sql.Conn)
	// close gives back what the engine keeps on the connection of the pool.
	close(db *sql.DB)
}

func newEngine(s *Site) engine {
	if s.config.Dialect == searchsql.PostgreSQL {
		return postgresEngine{}
	}
	return &sqliteEngine{}
}

const (
	lockCounters = `SELECT seq, rid, system, updated, audit_seq, params, audit_hash FROM counter WHERE id = 1`
	saveCounters = `UPDATE counter SET seq = ?, rid = ?, system = ?, updated = ?, audit_seq = ?, audit_hash = ? WHERE id = 1`
	archiveRow   = `INSERT INTO history (seq, rid, vid, updated, method, owner, body)
		SELECT seq, rid, vid, updated, method, owner, body FROM resource WHERE rid = ?`
	updateRow  = `UPDATE OR FAIL resource SET vid = ?, seq = ?, updated = ?, method = ?, owner = ?, body = ? WHERE rid = ? AND vid = ?`
	loadRow    = `SELECT rid, vid, coalesce(seq, 0), updated, method, owner, body FROM resource WHERE type = ? AND id = ?`
	ridOf      = `SELECT rid FROM resource WHERE type = ? AND id = ?`
	systemOf   = `SELECT id FROM system WHERE uri = ?`
	staleWrite = "a row was changed behind the site's write lock"
)
