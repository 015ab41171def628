package floor

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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
	return body, err
}

func (p *postgres) create(ctx context.Context, typ, id string, body []byte, rows []indexRow) error {
	rid := p.rid.Add(1)
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue("INSERT INTO resource VALUES ($1, $2, $3, $4)", rid, typ, id, body)
	for len(rows) > 0 {
		statement, values, taken := insert(rows, rid)
		b.Queue(statement, values...)
		rows = rows[taken:]
	}
	b.Queue("COMMIT")
	return p.pool.SendBatch(ctx, &b).Close()
}
