package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Sent is told what goes to the database of a site: the statements of one round trip, before they run. On SQLite, which has no
// round trips, that is one statement. Preparing one is not told, nor is what the drivers send for themselves. It is called
// from many goroutines and must not block.
type Sent func(statements ...string)

// pgxSent is [Sent] as a tracer of pgx.
type pgxSent Sent

var (
	_ pgx.QueryTracer = pgxSent(nil)
	_ pgx.BatchTracer = pgxSent(nil)
)

// TraceQueryStart implements [pgx.QueryTracer].
func (s pgxSent) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !strings.HasPrefix(data.SQL, "--") && data.SQL != ";" { // how the driver looks whether a connection lives
		s(data.SQL)
	}
	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (pgxSent) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements [pgx.BatchTracer].
func (s pgxSent) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	var statements []string
	for _, q := range data.Batch.QueuedQueries {
		statements = append(statements, q.SQL)
	}
	s(statements...)
	return ctx
}

// TraceBatchQuery implements [pgx.BatchTracer].
func (pgxSent) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements [pgx.BatchTracer].
func (pgxSent) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// openSent opens a pool of SQLite connections that tell sent.
func openSent(dsn string, sent Sent) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	lite := db.Driver()
	if err := db.Close(); err != nil {
		return nil, err
	}
	return sql.OpenDB(&sentConnector{lite, dsn, sent}), nil
}

type sentConnector struct {
	lite driver.Driver
	dsn  string
	sent Sent
}

// Connect implements [driver.Connector].
func (c *sentConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.lite.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(liteConn)
	if !ok {
		return nil, errors.Join(errors.New("unsupported driver"), conn.Close())
	}
	return &sentConn{full, c.sent}, nil
}

// Driver implements [driver.Connector].
func (c *sentConnector) Driver() driver.Driver { return c.lite }

// liteConn is what the driver's connections can do and database/sql asks for.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type sentConn struct {
	liteConn
	sent Sent
}

// Prepare implements [driver.Conn].
func (c *sentConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *sentConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.liteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := s.(liteStmt)
	if !ok {
		return nil, errors.Join(errors.New("unsupported driver"), s.Close())
	}
	return &sentStmt{full, query, c.sent}, nil
}

// ExecContext implements [driver.ExecerContext].
func (c *sentConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.sent(query)
	return c.liteConn.ExecContext(ctx, query, args)
}

// QueryContext implements [driver.QueryerContext].
func (c *sentConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.sent(query)
	return c.liteConn.QueryContext(ctx, query, args)
}

// BeginTx implements [driver.ConnBeginTx].
func (c *sentConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.sent("BEGIN")
	return c.liteConn.BeginTx(ctx, opts)
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type sentStmt struct {
	liteStmt
	query string
	sent  Sent
}

// ExecContext implements [driver.StmtExecContext].
func (s *sentStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.sent(s.query)
	return s.liteStmt.ExecContext(ctx, args)
}

// QueryContext implements [driver.StmtQueryContext].
func (s *sentStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.sent(s.query)
	return s.liteStmt.QueryContext(ctx, args)
}
