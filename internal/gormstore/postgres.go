package gormstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/searchsql"
)

// Connections of one process to one site. A small clinic and a replica of a large one need no more: reads are answered in
// a fraction of a millisecond, and writes of a site are serial anyway.
const (
	postgresReaders = 6 // and those of reads by key
	postgresWriters = 4
	postgresIdle    = 5 * time.Minute
	TokenReads      = 1 // of [SiteDB.Points]
	TokenCommits    = 1 // of [SiteDB.Commits]
)

// lockTimeout is how long a write waits for another one's lock, as on SQLite.
const lockTimeout = "5s"

// siteComment marks a schema as a site and keeps its name, which the schema's own name may have had to shorten.
const siteComment = "chartwright site "

// postgresBackend keeps each site in a schema of its own of one database.
type postgresBackend struct {
	config *pgx.ConnConfig
	admin  *sql.DB // no schema: for the list of sites
	hear   *listener
	sent   Sent
	log    *slog.Logger
}

func openPostgres(ctx context.Context, dsn string, sent Sent, log *slog.Logger) (*postgresBackend, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Op: "postgres.open", Detail: "the database address is not a PostgreSQL connection string", Err: err}
	}
	warnExposed(config, log)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	config.DialFunc = dialer(config.ConnectTimeout).DialContext
	// Whatever the address names, nothing is read from a standby, which may be behind: not what somebody has just written, and not
	// whether a token is still good. Of several servers the primary is found, after a failover too.
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	config.RuntimeParams["application_name"] = "chartwright"
	config.RuntimeParams["jit"] = "off" // compiling costs more than any of our statements
	b := &postgresBackend{config: config, sent: sent, log: log}
	b.admin = stdlib.OpenDB(*config)
	b.admin.SetMaxOpenConns(2)
	b.admin.SetMaxIdleConns(1)
	b.admin.SetConnMaxIdleTime(postgresIdle)

	var durable string
	if err := b.admin.QueryRowContext(ctx, "SHOW synchronous_commit").Scan(&durable); err != nil {
		_ = b.admin.Close()
		return nil, &fault.Error{Kind: fault.Unavailable, Op: "postgres.open", Err: err,
			Detail: "the database at " + config.Host + " does not answer"}
	}
	if durable == "off" {
		config.RuntimeParams["synchronous_commit"] = "on" // an acknowledged write survives a crash, whatever the server's default
	}
	b.hear = newListener(config.Copy(), b.admin, log)
	return b, nil
}

func (b *postgresBackend) close() error {
	b.hear.close()
	return b.admin.Close()
}

// schemaOf returns the schema of a site. A name has no underscore, so the two forms never meet.
func schemaOf(site string) string {
	const longest = 63 // bytes of a PostgreSQL identifier
	if len("site_"+site) <= longest {
		return "site_" + site
	}
	sum := sha256.Sum256([]byte(site))
	digest := hex.EncodeToString(sum[:10])
	return "site_" + site[:longest-len("site__")-len(digest)] + "_" + digest
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

func (b *postgresBackend) list(ctx context.Context) ([]string, error) {
	rows, err := b.admin.QueryContext(ctx, `SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace
		WHERE nspname LIKE 'site\_%' AND obj_description(oid, 'pg_namespace') LIKE $1`, siteComment+"%")
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "site.list", err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var comment string
		if err := rows.Scan(&comment); err != nil {
			return nil, fault.Wrap(fault.Unavailable, "site.list", err)
		}
		names = append(names, strings.TrimPrefix(comment, siteComment))
	}
	return names, fault.Wrap(fault.Unavailable, "site.list", rows.Err())
}

func (b *postgresBackend) add(ctx context.Context, name string) error {
	schema := quote(schemaOf(name))
	tx, err := b.admin.BeginTx(ctx, nil)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		var e *pgconn.PgError
		if errors.As(err, &e) && (e.Code == "42P06" || e.Code == "23505") { // duplicate_schema, also as a lost race
			return fault.New(fault.Conflict, "site.add", "site %s exists", name)
		}
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	// COMMENT takes no parameters; a checked name has nothing to escape.
	if _, err := tx.ExecContext(ctx, "COMMENT ON SCHEMA "+schema+" IS '"+siteComment+name+"'"); err != nil {
		return fault.Wrap(fault.Unavailable, "site.add", err)
	}
	return fault.Wrap(fault.Unavailable, "site.add", tx.Commit())
}

func (b *postgresBackend) drop(ctx context.Context, name string) error {
	_, err := b.admin.ExecContext(ctx, "DROP SCHEMA "+quote(schemaOf(name))+" CASCADE")
	return fault.Wrap(fault.Unavailable, "site.drop", err)
}

func (b *postgresBackend) connect(ctx context.Context, name string) (*SiteDB, error) {
	var found bool
	err := b.admin.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schemaOf(name)).Scan(&found)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "site.open", err)
	}
	if !found {
		return nil, fault.New(fault.NotFound, "site.open", "there is no such site")
	}
	db := &SiteDB{Site: name, dialect: searchsql.PostgreSQL, epoch: b.hear.site(name)}
	if err := b.fill(ctx, db, name); err != nil {
		_ = db.close()
		return nil, &fault.Error{Kind: fault.Unavailable, Op: "site.open", Detail: "the database of site " + name + " cannot be opened", Err: err}
	}
	return db, nil
}

func (b *postgresBackend) fill(ctx context.Context, db *SiteDB, name string) error {
	pool := func(conns int, params map[string]string) *sql.DB {
		config := b.config.Copy()
		config.RuntimeParams["search_path"] = quote(schemaOf(name))
		maps.Copy(config.RuntimeParams, params)
		if b.sent != nil {
			config.Tracer = pgxSent(b.sent)
		}
		p := stdlib.OpenDB(*config)
		p.SetMaxOpenConns(conns)
		p.SetMaxIdleConns(conns)
		p.SetConnMaxIdleTime(postgresIdle)
		db.closers = append(db.closers, p.Close)
		return p
	}
	// A writer that went silent gives the site's lock back after the timeout; one that waits for it gives up in time to
	// answer.
	db.writer = pool(postgresWriters, map[string]string{"idle_in_transaction_session_timeout": "15s", "lock_timeout": lockTimeout})
	if err := migrate(ctx, db.writer, searchsql.PostgreSQL); err != nil {
		return err
	}
	// A search names the index that drives it, so one plan serves all values. Left to itself the server weighs that anew at each
	// call, for longer than most searches then take. Of a value that it does not know it expects as many rows as the average has,
	// often fewer than a page: then it would collect all of them by a bitmap and sort, where the index gives them in order and the
	// search ends with the page.
	db.reader = pool(postgresReaders+chartReaders, map[string]string{
		"default_transaction_read_only": "on", "plan_cache_mode": "force_generic_plan", "enable_bitmapscan": "off",
	})
	// A look-up by key has one good plan, whatever the statistics of a table that grew a moment ago say, and is planned once.
	byIndex := map[string]string{
		"plan_cache_mode": "force_generic_plan",
		"enable_seqscan":  "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_bitmapscan": "off",
	}
	commits := maps.Clone(byIndex)
	commits["lock_timeout"] = lockTimeout
	db.Commits = pool(TokenCommits, commits)
	byIndex["default_transaction_read_only"] = "on"
	db.Points = pool(chartstore.SharedReads+chartstore.SharedStates+TokenReads, byIndex)

	var err error
	if db.Reader, err = gorm.Open(gormpostgres.New(gormpostgres.Config{Conn: db.reader}), gormConfig()); err != nil {
		return err
	}
	db.Writer, err = gorm.Open(gormpostgres.New(gormpostgres.Config{Conn: db.writer}), gormConfig())
	return err
}
