package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/searchsql"
)

// rebind turns the ? of a statement into what the dialect calls its parameters. Statements here hold no ? in texts.
func (s *Site) rebind(text string) string {
	return s.config.Dialect.Rebind(text)
}

// classify gives a database's error its kind: Unavailable when the database cannot answer now, Internal when it refused what
// we said. Errors that have a kind keep it.
func classify(op string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if refused(err) {
		return fault.Wrap(fault.Internal, op, err)
	}
	return &fault.Error{Kind: fault.Unavailable, Op: op, Detail: "the store cannot answer now", Err: err}
}

// refused reports whether the database answered that a statement or its values are wrong. Everything else (no connection, a
// full disk, a timeout, a lock) may pass.
func refused(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:2] {
		case "08", "25", "40", "53", "55", "57", "58":
			return false
		}
		return true
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() & 0xff {
		case sqlitelib.SQLITE_ERROR, sqlitelib.SQLITE_CONSTRAINT, sqlitelib.SQLITE_MISMATCH, sqlitelib.SQLITE_TOOBIG,
			sqlitelib.SQLITE_RANGE, sqlitelib.SQLITE_MISUSE:
			return true
		}
		return false
	}
	var network interface{ Timeout() bool }
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, driver.ErrBadConn), errors.Is(err, context.Canceled),
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &network), errors.As(err, &connect),
		strings.Contains(err.Error(), "database is closed"), pgconn.SafeToRetry(err):
		return false
	}
	// What is left comes from the drivers themselves: a lost connection (unexpected EOF, closed) or a value that cannot be
	// encoded. Only the latter is ours.
	text := err.Error()
	return strings.Contains(text, "encode") || strings.Contains(text, "unsupported") || strings.Contains(text, "Scan")
}

// passing reports whether the same transaction may go through when it is tried again: it was refused as a whole because of
// what others did, or never arrived.
func passing(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01" || strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P")
	}
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return false // it would again, and others wait
	}
	var lite *sqlite.Error
	return !errors.As(err, &lite) && !refused(err) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// snapshot is the isolation in which all statements of a transaction see one instant.
func (s *Site) snapshot() sql.IsolationLevel {
	if s.config.Dialect == searchsql.PostgreSQL {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault // a SQLite transaction is a snapshot from its first read on
}
