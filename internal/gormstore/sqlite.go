package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite" // registers the driver "sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"chartwright/internal/durable"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/searchsql"
)

const sqliteFile = "chart.db"

// sqliteBackend keeps each site in a folder of its own under dir.
type sqliteBackend struct {
	dir   string
	sent  Sent
	log   *slog.Logger
	slabs *slabs
}

func openSQLite(dataDir string, sent Sent, log *slog.Logger) (*sqliteBackend, error) {
	dir := filepath.Join(dataDir, "sites")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Op: "sqlite.open", Detail: "the data directory cannot be made", Err: err}
	}
	removeDrafts(dir)
	return &sqliteBackend{dir: dir, sent: sent, log: log, slabs: holdSlabs()}, nil
}

func (b *sqliteBackend) close() error {
	b.slabs.release()
	return nil
}

func (b *sqliteBackend) list(context.Context) ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "site.list", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() || !siteName.MatchString(e.Name()) {
			continue
		}
		if _, err := os.Stat(filepath.Join(b.dir, e.Name(), sqliteFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// add prepares the site in a folder that no site name can have and moves it into place: another process sees a whole site
// or none.
func (b *sqliteBackend) add(ctx context.Context, name string) error {
	place := filepath.Join(b.dir, name)
	exists := fault.New(fault.Conflict, "site.add", "site %s exists", name)
	if _, err := os.Stat(place); err == nil {
		return exists
	}
	draft, err := os.MkdirTemp(b.dir, ".new-") // mode 0700
	if err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	defer os.RemoveAll(draft)
	file := filepath.Join(draft, sqliteFile)
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // its -wal and -shm get the same mode
	if err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	if err := f.Close(); err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(file, writing))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	db.SetMaxOpenConns(1)
	err = migrate(ctx, db, searchsql.SQLite)
	if err = errors.Join(err, db.Close()); err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	if err := os.Rename(draft, place); err != nil {
		if errors.Is(err, fs.ErrExist) || isDir(place) {
			return exists
		}
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	return fault.Wrap(fault.Unavailable, "site.add", durable.SyncDir(b.dir))
}

// drop moves the site out of sight before it removes the files, so that nobody opens half of one.
func (b *sqliteBackend) drop(_ context.Context, name string) error {
	gone, err := os.MkdirTemp(b.dir, ".new-")
	if err != nil {
		return fault.Wrap(fault.Unavailable, "site.drop", err)
	}
	err = os.Rename(filepath.Join(b.dir, name), filepath.Join(gone, name))
	return fault.Wrap(fault.Unavailable, "site.drop", errors.Join(err, os.RemoveAll(gone)))
}

func (b *sqliteBackend) connect(ctx context.Context, name string) (*SiteDB, error) {
	dir := filepath.Join(b.dir, name)
	file := filepath.Join(dir, sqliteFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "site.open", "there is no such site")
	} else if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "site.open", err)
	}
	db := &SiteDB{Site: name, dialect: searchsql.SQLite}
	if err := b.fill(ctx, db, dir, file); err != nil {
		_ = db.close()
		return nil, &fault.Error{Kind: fault.Unavailable, Op: "site.open", Detail: "the database of site " + name + " cannot be opened", Err: err}
	}
	return db, nil
}

func (b *sqliteBackend) fill(ctx context.Context, db *SiteDB, dir, file string) error {
	e, err := openFileEpoch(filepath.Join(dir, "epoch"))
	if err != nil {
		return err
	}
	db.epoch = e
	db.closers = append(db.closers, e.close)
	m, err := openFileEpoch(filepath.Join(dir, "mark"))
	if err != nil {
		return err
	}
	db.mark = m
	db.closers = append(db.closers, m.close)
	if err := m.Set(); err != nil { // there is one from the beginning
		return err
	}

	pool := func(m mode, conns int) (*sql.DB, error) {
		open := func() (*sql.DB, error) { return sql.Open("sqlite", sqliteDSN(file, m)) }
		if b.sent != nil && m != checkpointing {
			open = func() (*sql.DB, error) { return openSent(sqliteDSN(file, m), b.sent) }
		}
		p, err := open()
		if err != nil {
			return nil, err
		}
		p.SetMaxOpenConns(conns)
		p.SetMaxIdleConns(conns)
		db.closers = append(db.closers, p.Close)
		return p, p.PingContext(ctx)
	}
	if db.writer, err = pool(writing, 1); err != nil {
		return err
	}
	if err := migrate(ctx, db.writer, searchsql.SQLite); err != nil {
		return err
	}
	if db.reader, err = pool(reading, max(4, runtime.GOMAXPROCS(0))+chartReaders); err != nil {
		return err
	}
	janitor, err := pool(checkpointing, 1)
	if err != nil {
		return err
	}
	c := newCheckpointer(janitor, file+"-wal", b.log)
	db.committed = c.wake
	db.closers = append(db.closers, c.close)

	if db.Reader, err = gorm.Open(sqliteDialector(db.reader), gormConfig()); err != nil {
		return err
	}
	db.Writer, err = gorm.Open(sqliteDialector(db.writer), gormConfig())
	return err
}

// chartReaders are connections on top of those for short reads: long ones (scans, histories) hold one each, and chartstore
// runs no more of them at once.
const chartReaders = 2

// mode is what a pool of SQLite connections is for.
type mode int

const (
	writing mode = iota
	reading
	checkpointing
)

// sqliteDSN returns the driver's URL of file. synchronous=FULL makes a commit survive a power cut; the page cache is the
// process's own and bounded, since mapped files count once for each connection in the resident size.
func sqliteDSN(file string, m mode) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)",
		"foreign_keys(1)",
		"synchronous(FULL)",
		"temp_store(MEMORY)",
		"cache_size(-16000)", // KiB
		"trusted_schema(0)",
	}}
	switch m {
	case writing:
		// The background checkpointer keeps the log short; this bound is for when it can't.
		q["_pragma"] = append(q["_pragma"], "page_size(8192)", "journal_mode(WAL)", "wal_autocheckpoint(16000)", "journal_size_limit(67108864)")
	case reading:
		q["_txlock"] = []string{"deferred"}
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
	case checkpointing:
		q["_pragma"] = append(q["_pragma"], "wal_autocheckpoint(0)", "cache_size(-200)")
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + q.Encode()
}

// sqliteTranslator gives gorm the driver's constraint errors; the stock dialector reads those of another driver.
type sqliteTranslator struct{ gorm.Dialector }

func sqliteDialector(db *sql.DB) gorm.Dialector {
	return sqliteTranslator{gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", Conn: db})}
}

// Translate implements gorm.ErrorTranslator.
func (sqliteTranslator) Translate(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlitelib.SQLITE_CONSTRAINT_UNIQUE, sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY:
			return gorm.ErrDuplicatedKey
		case sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY:
			return gorm.ErrForeignKeyViolated
		}
	}
	return err
}

// SavePoint and RollbackTo keep gorm's nested transactions, which the embedded interface would hide.
func (sqliteTranslator) SavePoint(tx *gorm.DB, name string) error {
	return tx.Exec("SAVEPOINT " + name).Error
}

// RollbackTo implements gorm.SavePointerDialectorInterface.
func (sqliteTranslator) RollbackTo(tx *gorm.DB, name string) error {
	return tx.Exec("ROLLBACK TO SAVEPOINT " + name).Error
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// draftAge is how old a draft is before nobody can still be working on it.
const draftAge = time.Hour

// removeDrafts sweeps what a process left that died while it added a site.
func removeDrafts(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > draftAge {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
