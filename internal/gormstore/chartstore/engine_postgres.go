package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore/packed"
)

// postgresEngine speaks to pgx below database/sql: a pipeline of statements is one round trip, and a statement takes the
// rows of a whole group as arrays. Writes of a site wait for each other at the row of its counters, so READ COMMITTED is
// enough: every statement after that sees all that was committed before.
type postgresEngine struct{}

// roundTime bounds a round trip of a write transaction: the wait for the site's lock, which ends before, and what the server does
// then. A database that does not answer holds up the site's writes for no longer. What is written takes time by its size.
const (
	roundTime = 10 * time.Second
	rowTime   = 5 * time.Millisecond
)

// with runs fn on the pgx connection, for as long as rows take. A broken connection leaves the pool.
func (postgresEngine) with(ctx context.Context, conn *sql.Conn, rows int, fn func(ctx context.Context, c *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, roundTime+time.Duration(rows)*rowTime)
	defer cancel()
	return conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("unsupported driver")
		}
		err := fn(ctx, c.Conn())
		if c.Conn().IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

const (
	pgLoad = `SELECT k.type, k.id, r.rid, r.vid, coalesce(r.seq, 0), r.updated, r.method, r.owner, r.body
		FROM unnest($1::text[], $2::text[]) AS k (type, id) JOIN resource r ON r.type = k.type AND r.id = k.id`
	pgRids = `SELECT k.type, k.id, r.rid
		FROM unnest($1::text[], $2::text[]) AS k (type, id) JOIN resource r ON r.type = k.type AND r.id = k.id`
	pgSystems = `SELECT uri, id FROM system WHERE uri = ANY ($1::text[])`
	pgArchive = `INSERT INTO history (seq, rid, vid, updated, method, owner, body)
		SELECT seq, rid, vid, updated, method, owner, body FROM resource WHERE rid = ANY ($1::bigint[])`
	// Rows that are not as they were read make it divide by zero: the pipeline then ends before its commit.
	pgUpdate = `WITH done AS (UPDATE resource r SET vid = u.vid, seq = u.seq, updated = u.updated, method = u.method, owner = u.owner, body = u.body
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[], $8::bytea[])
			AS u (rid, was, vid, seq, updated, method, owner, body)
		WHERE r.rid = u.rid AND r.vid = u.was RETURNING 1)
		SELECT 1 / (count(*) = $9::bigint)::int FROM done`
	// Like saveCounters, and like pgUpdate it divides by zero if the counters are not as they were known. It waits for whoever
	// holds the site's write lock, as begin does, and then looks at what that one has left.
	pgClaim = `WITH done AS (UPDATE counter SET seq = $1, rid = $2, system = $3, updated = $4, audit_seq = $5, audit_hash = $6
		WHERE id = 1 AND seq = $7 AND rid = $8 AND system = $9 AND updated = $10 AND audit_seq = $11 AND audit_hash = $12
			AND params = $13 RETURNING 1)
		SELECT 1 / count(*)::int FROM done`
	divisionByZero = "22012"
	pgSaveCounters = `UPDATE counter SET seq = $1, rid = $2, system = $3, updated = $4, audit_seq = $5, audit_hash = $6 WHERE id = 1`
)

func queueLoad(b *pgx.Batch, keys []chart.Key, found *[]*chart.Version) {
	types, ids := split(keys)
	b.Queue(pgLoad, types, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var v chart.Version
			var updated int64
			var method int16
			var owner *string
			if err := rows.Scan(&v.Type, &v.ID, &v.Number, &v.VID, &v.Seq, &updated, &method, &owner, &v.Body); err != nil {
				return err
			}
			var err error
			if v.Body, err = packed.Unpack(v.Body); err != nil {
				return err
			}
			v.Updated, v.Method = time.UnixMilli(updated).UTC(), chart.Method(method)
			if owner != nil {
				v.Owner = *owner
			}
			*found = append(*found, &v)
		}
		return rows.Err()
	})
}

func split(keys []chart.Key) (types, ids []string) {
	for _, key := range keys {
		types = append(types, key.Type)
		ids = append(ids, key.ID)
	}
	return types, ids
}

func (postgresEngine) exec(ctx context.Context, conn *sql.Conn, text string, args []any) (sql.Result, error) {
	return conn.ExecContext(ctx, text, args...)
}

func (e postgresEngine) begin(ctx context.Context, conn *sql.Conn, keys []chart.Key) (c counters, found []*chart.Version, err error) {
	err = e.with(ctx, conn, 0, func(ctx context.Context, p *pgx.Conn) error {
		var b pgx.Batch
		b.Queue("BEGIN")
		b.Queue(lockCounters + " FOR UPDATE").QueryRow(func(row pgx.Row) error {
			return row.Scan(&c.seq, &c.rid, &c.system, &c.updated, &c.auditSeq, &c.params, &c.auditHash)
		})
		if len(keys) > 0 {
			queueLoad(&b, keys, &found)
		}
		return p.SendBatch(ctx, &b).Close()
	})
	return c, found, err
}

func (e postgresEngine) load(ctx context.Context, conn *sql.Conn, keys []chart.Key) (found []*chart.Version, err error) {
	err = e.with(ctx, conn, 0, func(ctx context.Context, p *pgx.Conn) error {
		var b pgx.Batch
		queueLoad(&b, keys, &found)
		return p.SendBatch(ctx, &b).Close()
	})
	return found, err
}

func (e postgresEngine) lookup(ctx context.Context, conn *sql.Conn, uris []string, keys []chart.Key, n *names) error {
	return e.with(ctx, conn, 0, func(ctx context.Context, p *pgx.Conn) error {
		var b pgx.Batch
		if len(uris) > 0 {
			b.Queue(pgSystems, uris).Query(func(rows pgx.Rows) error {
				var uri string
				var id int64
				_, err := pgx.ForEachRow(rows, []any{&uri, &id}, func() error {
					n.systems[uri] = id
					return nil
				})
				return err
			})
		}
		if len(keys) > 0 {
			types, ids := split(keys)
			b.Queue(pgRids, types, ids).Query(func(rows pgx.Rows) error {
				var key chart.Key
				var rid int64
				_, err := pgx.ForEachRow(rows, []any{&key.Type, &key.ID, &rid}, func() error {
					n.rids[key] = rid
					return nil
				})
				return err
			})
		}
		return p.SendBatch(ctx, &b).Close()
	})
}

func (e postgresEngine) flush(ctx context.Context, conn *sql.Conn, b *batch) error {
	return e.with(ctx, conn, b.size(), func(ctx context.Context, p *pgx.Conn) error {
		var queue pgx.Batch
		queueBatch(&queue, b)
		return p.SendBatch(ctx, &queue).Close()
	})
}

func (e postgresEngine) finish(ctx context.Context, conn *sql.Conn, b *batch, c *counters) (sent bool, err error) {
	var queue pgx.Batch
	rows := 0
	if b != nil {
		queueBatch(&queue, b)
		rows = b.size()
	}
	queue.Queue(pgSaveCounters, c.seq, c.rid, c.system, c.updated, c.auditSeq, c.auditHash)
	return e.commit(ctx, conn, &queue, rows)
}

func (postgresEngine) claims() bool { return true }

func (e postgresEngine) claim(ctx context.Context, conn *sql.Conn, b *batch, guess, c *counters) (sent bool, err error) {
	var queue pgx.Batch
	queue.Queue("BEGIN")
	queue.Queue(pgClaim, c.seq, c.rid, c.system, c.updated, c.auditSeq, c.auditHash,
		guess.seq, guess.rid, guess.system, guess.updated, guess.auditSeq, guess.auditHash, guess.params)
	queueBatch(&queue, b)
	sent, err = e.commit(ctx, conn, &queue, b.size())
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == divisionByZero {
		err = errGuess
	}
	return sent, err
}

// commit sends queue, which writes so many rows, and a COMMIT behind it.
func (e postgresEngine) commit(ctx context.Context, conn *sql.Conn, queue *pgx.Batch, rows int) (sent bool, err error) {
	err = e.with(ctx, conn, rows, func(ctx context.Context, p *pgx.Conn) error {
		queue.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
			if tag.String() != "COMMIT" {
				return fmt.Errorf("the commit became a %s", tag)
			}
			return nil
		})
		sent = true
		err := p.SendBatch(ctx, queue).Close()
		if _, ok := errors.AsType[*pgconn.PgError](err); ok {
			sent = false // the server refused a statement, so it did not commit
		}
		return err
	})
	return sent, err
}

func queueBatch(queue *pgx.Batch, b *batch) {
	queueInsert(queue, &b.systems, true)
	if len(b.archive) > 0 {
		queue.Queue(pgArchive, b.archive)
	}
	queueUpdates(queue, b.updates)
	queueInsert(queue, &b.resources, true)
	queueInsert(queue, &b.history, true)
	for _, c := range b.indexes {
		if len(c.gone) > 0 {
			var keys []any
			for _, at := range c.keys {
				keys = append(keys, array(c, c.gone, at))
			}
			queue.Queue(c.deleteAll, keys...)
		}
	}
	for _, c := range b.indexes {
		queueInsert(queue, c, b.fresh())
	}
	queueInsert(queue, &b.audit, true)
	queueInsert(queue, &b.auditKeys, true)
}

func queueUpdates(queue *pgx.Batch, updates []update) {
	if len(updates) == 0 {
		return
	}
	n := len(updates)
	rids, was, vids, seqs, times := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	methods, owners, bodies := make([]int16, n), make([]*string, n), make([][]byte, n)
	for i, u := range updates {
		v := u.version
		rids[i], was[i], vids[i], seqs[i], times[i] = v.Number, u.was, v.VID, v.Seq, v.Updated.UnixMilli()
		methods[i], bodies[i] = int16(v.Method), u.body
		if v.Owner != "" {
			owners[i] = &v.Owner
		}
	}
	queue.Queue(pgUpdate, rids, was, vids, seqs, times, methods, owners, bodies, int64(n))
}

func queueInsert(queue *pgx.Batch, c *changes, fresh bool) {
	if len(c.added) == 0 {
		return
	}
	arrays := make([]any, len(c.columns))
	for at := range c.columns {
		arrays[at] = array(c, c.added, at)
	}
	if fresh {
		queue.Queue(c.insertNew, arrays...)
	} else {
		queue.Queue(c.insertAll, arrays...)
	}
}

// array returns column at of rows as a slice that pgx sends as an array.
func array(c *changes, rows []any, at int) any {
	n, width := c.rows(rows), len(c.columns)
	switch c.columns[at].kind {
	case bigint:
		return collect(rows, at, width, n, func(x any) int64 { return x.(int64) })
	case integer:
		return collect(rows, at, width, n, func(x any) int32 { return int32(x.(int64)) })
	case smallint:
		return collect(rows, at, width, n, func(x any) int16 { return int16(x.(int64)) })
	case text:
		return collect(rows, at, width, n, func(x any) string { return x.(string) })
	case double:
		return collect(rows, at, width, n, func(x any) float64 { return x.(float64) })
	case bytesNull:
		return collect(rows, at, width, n, func(x any) []byte { b, _ := x.([]byte); return b })
	case bigintNull:
		return collect(rows, at, width, n, orNil[int64])
	case textNull:
		return collect(rows, at, width, n, orNil[string])
	default: // realNull
		return collect(rows, at, width, n, orNil[float64])
	}
}

func collect[T any](rows []any, at, width, n int, value func(any) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = value(rows[i*width+at])
	}
	return out
}

func orNil[T any](x any) *T {
	if v, ok := x.(T); ok {
		return &v
	}
	return nil
}

func (e postgresEngine) rollback(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = e.with(ctx, conn, 0, func(ctx context.Context, p *pgx.Conn) error {
		if p.IsClosed() {
			return driver.ErrBadConn
		}
		if _, err := p.Exec(ctx, "ROLLBACK"); err != nil {
			_ = p.Close(ctx)
			return driver.ErrBadConn
		}
		return nil
	})
}

func (postgresEngine) close(*sql.DB) {}
