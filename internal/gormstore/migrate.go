package gormstore

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/searchsql"
)

//go:embed migrations
var migrations embed.FS

// migrateTries bounds the races that a starting replica loses on SQLite, each to another one that got further.
const migrateTries = 10

// migrate brings the site of db to the newest schema, forward only and each step in a transaction of its own. Any number of
// processes may do so at once: PostgreSQL has an advisory lock for it; on SQLite the loser of a race fails in its
// transaction, looks again, and finds the step done.
//
// A schema that a newer program has made is refused: what that program keeps, this one would not keep. A process that runs already when
// another one brings the schema further goes on, so a migration leaves what the release before reads and writes.
//
// Errors: Invalid for a newer schema.
func migrate(ctx context.Context, db *sql.DB, dialect searchsql.Dialect) error {
	folder, name := "migrations/sqlite", goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	tries := migrateTries
	if dialect == searchsql.PostgreSQL {
		folder, name = "migrations/postgres", goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 10))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
		tries = 1
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(name, db, files, options...)
	if err != nil {
		return err
	}
	// The usual case needs no lock and no write.
	if current, target, err := provider.GetVersions(ctx); err == nil && current >= target {
		return refuseNewer(current, target)
	}
	for range tries {
		if _, err = provider.Up(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	// Another one may have got further while this one waited for the lock.
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	return refuseNewer(current, target)
}

// refuseNewer checks that a schema is none that this program does not know.
func refuseNewer(current, known int64) error {
	if current <= known {
		return nil
	}
	return fault.New(fault.Invalid, "gormstore.migrate",
		"its schema has version %d, and this program knows those up to %d: a newer chartwright has used it; start that one, or restore a backup from before", current, known)
}
