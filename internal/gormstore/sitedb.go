package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/searchsql"
)

// SiteDB is the database of one site, for packages that keep tables of their own in it. Safe for concurrent use.
type SiteDB struct {
	// Reader runs queries; on SQLite it refuses writes. It may lag behind Writer by nothing: both are the primary.
	Reader *gorm.DB
	// Writer runs transactions. On SQLite it is the one writing connection of this process, shared with the chart's writer:
	// a transaction begins with the write lock and must be short.
	Writer *gorm.DB
	// Points and Commits are pools of PostgreSQL whose statements find rows by index alone, whatever the statistics of a table that
	// grew a moment ago say; nil on SQLite. Points refuses writes and has TokenReads connections for who reads tokens, beside those
	// of the chart's reads by key. Each statement of Commits is a transaction; it has TokenCommits connections.
	Points, Commits *sql.DB
	// Site is the name of the site.
	Site string

	dialect   searchsql.Dialect
	reader    *sql.DB
	writer    *sql.DB
	join      func(context.Context, func(context.Context, chartstore.Joined) error) error // SQLite: the chart's writer takes others along
	epoch     epoch
	mark      chartstore.Mark // SQLite
	committed func()          // told after each commit of the chart's writer; nil = nobody listens
	closers   []func() error
}

// epoch is a value that changes when any process bumps it.
type epoch interface {
	value() uint64
	bump(ctx context.Context) error
}

// Dialect names the database: sqlite or postgres.
func (db *SiteDB) Dialect() string { return db.Reader.Name() }

// Write runs fn in a transaction that may be one with other writes to the site: on SQLite, where a commit costs what all others wait
// for, many share one. What fn wrote is kept or dropped by itself. fn writes to tables of its package through tx and nothing else,
// must be short, and may be run more than once.
//
// Errors: fn's own; those of the database; Unavailable when the server is shutting down.
func (db *SiteDB) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if db.join == nil {
		return db.Writer.WithContext(ctx).Transaction(fn)
	}
	return db.join(ctx, func(ctx context.Context, joined chartstore.Joined) error {
		tx := db.Writer.Session(&gorm.Session{NewDB: true, Context: ctx, SkipDefaultTransaction: true})
		tx.Statement.ConnPool = joined
		return fn(tx)
	})
}

// Epoch returns a value that differs from the one before whenever some process has called [SiteDB.Bump] in between. It takes
// about a microsecond: call it on every request, and drop what is cached when it differs. While the signal is out of order
// every call returns another value, so that nothing stale is used; a cache still needs a bound of a few seconds, since a
// process can die between its commit and its bump.
func (db *SiteDB) Epoch() uint64 { return db.epoch.value() }

// Bump tells all processes, this one included, that cached facts about this site are stale. Call it after the commit.
//
// Errors: Unavailable when the others could not be told.
func (db *SiteDB) Bump(ctx context.Context) error {
	return fault.Wrap(fault.Unavailable, "gormstore.bump", db.epoch.bump(ctx))
}

func (db *SiteDB) close() error {
	var errs []error
	for _, closer := range slices.Backward(db.closers) {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

// gormConfig is how every gorm handle of the store is set up. Statements are not logged: their values are patients' data.
func gormConfig() *gorm.Config {
	return &gorm.Config{TranslateError: true, Logger: logger.Discard}
}
