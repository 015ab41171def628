package floor

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"chartwright/internal/gormstore/packed"
)

// postgresConns is enough for a database on the same machine.
const postgresConns = 16

// postgres uses pgx without database/sql, and one round trip for each request.
type postgres struct {
	pool *pgxpool.Pool
	rid  atomic.Int64
}

var _ database = (*postgres)(nil)

// openPostgres works in the schema of the server's default site, or for creates in one of its own.
func openPostgres(ctx context.Context, dsn string, creates bool) (database, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = postgresConns
	params := config.ConnConfig.RuntimeParams
	params["search_path"], params["synchronous_commit"], params["jit"] = "site_default", "on", "off"
	if creates {
		params["search_path"] = "floor"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p := &postgres{pool: pool}
	if creates {
		err = p.makeTables(ctx)
	} else {
		err = pool.Ping(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return p, nil
}

// makeTables makes the tables; bodies stay in the row and are not compressed, as the server keeps them.
func (p *postgres) makeTables(ctx context.Context) error {
	for _, s := range []string{
		"CREATE SCHEMA floor", fmt.Sprintf(schema, "BYTEA", ""),
		"ALTER TABLE resource SET (toast_tuple_target = 8160)", "ALTER TABLE resource ALTER COLUMN body SET STORAGE EXTERNAL",
	} {
		if _, err := p.pool.Exec(ctx, s, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) close() error {
	p.pool.Close()
	return nil
}

func (p *postgres) read(ctx context.Context, typ, id string) (body []byte, err error) {
	err = p.pool.QueryRow(ctx, "SELECT body FROM resource WHERE type = $1 AND id = $2", typ, id).Scan(&body)
	if err != nil {
		return nil, err
	}
	return packed.Unpack(body)
}

func (p *postgres) create(ctx context.Context, typ, id string, body []byte, rows []indexRow) error {
	rid := p.rid.Add(1)
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue("INSERT INTO resource VALUES ($1, $2, $3, $4)", rid, typ, id, body)
	queueRows(&b, rid, rows)
	b.Queue("COMMIT")
	return p.pool.SendBatch(ctx, &b).Close()
}

func queueRows(b *pgx.Batch, rid int64, rows []indexRow) {
	for len(rows) > 0 {
		statement, values, taken := insert(rows, rid)
		b.Queue(statement, values...)
		rows = rows[taken:]
	}
}

// replace leaves the old index rows: to find them without extracting them again would take an index more.
func (p *postgres) replace(ctx context.Context, typ, id string, body []byte, rows []indexRow) error {
	var b pgx.Batch
	b.Queue("BEGIN")
	if body == nil {
		b.Queue("DELETE FROM resource WHERE type = $1 AND id = $2", typ, id)
	} else {
		b.Queue("UPDATE resource SET body = $3 WHERE type = $1 AND id = $2", typ, id, body)
		queueRows(&b, p.rid.Add(1), rows)
	}
	b.Queue("COMMIT")
	return p.pool.SendBatch(ctx, &b).Close()
}

// prepare leaves preparing to pgx, which keeps a statement on each connection.
func (p *postgres) prepare(ctx context.Context, text string) (selection, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	description, err := conn.Conn().Prepare(ctx, text, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	params := len(description.ParamOIDs)
	return func(ctx context.Context, args []string, body func([]byte), number func(int64)) error {
		values := make([]any, min(params, len(args)))
		for i := range values {
			values[i] = args[i]
		}
		rows, err := p.pool.Query(ctx, text, values...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var raw pgtype.DriverBytes
			var n int64
			if number != nil {
				err = rows.Scan(&n)
			} else {
				err = rows.Scan(&raw)
			}
			if err != nil {
				return err
			}
			if number != nil {
				number(n)
				continue
			}
			whole, err := packed.Unpack(raw)
			if err != nil {
				return err
			}
			body(whole)
		}
		return rows.Err()
	}, nil
}
