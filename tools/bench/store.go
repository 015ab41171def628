package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// store is where the records lie: SQLite files when dsn is empty.
type store struct{ name, dsn string }

// options are the command line options of the server for a data folder.
func (st store) options(data string) []string {
	args := []string{"--data", data}
	if st.dsn != "" {
		args = append(args, "--database", st.dsn)
	}
	return args
}

// postgresServer returns the DSN of a server, starting a throw-away one when none is given. It returns none where there is no
// PostgreSQL.
func (s *suite) postgresServer(ctx context.Context) (dsn string, stop func(), err error) {
	if s.postgres != "" {
		return s.postgres, func() {}, nil
	}
	script := filepath.Join("tools", "test", "postgres")
	if _, err := os.Stat(script); err != nil {
		return "", nil, fmt.Errorf("run this from the project's root, or give -postgres: %w", err)
	}
	// The server may run under another account, which must reach its folder.
	dir, err := os.MkdirTemp(s.dir, "chartwright-bench-pg-")
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = exec.Command(script, "stop", dir).Run()
		_ = os.RemoveAll(dir)
	}
	out, err := once(ctx, []string{script}, "start", dir)
	if err != nil {
		stop()
		return "", nil, err
	}
	return strings.TrimSpace(out), stop, nil
}

// fresh makes an empty database beside that of st, and how to drop it. SQLite's files go with their folder.
func (st store) fresh(ctx context.Context) (own store, drop func() error, err error) {
	if st.dsn == "" {
		return st, func() error { return nil }, nil
	}
	name := fmt.Sprintf("chartwright_bench_%08x", rand.Uint32())
	if own, err = st.database(name); err == nil {
		err = execute(ctx, st.dsn, "CREATE DATABASE "+name)
	}
	return own, func() error {
		if err != nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return execute(ctx, st.dsn, "DROP DATABASE "+name+" WITH (FORCE)")
	}, err
}

// database is another database of the same server. The server under test takes the URL form of a DSN alone.
func (st store) database(name string) (store, error) {
	config, err := pgx.ParseConfig(st.dsn)
	if err != nil {
		return store{}, fmt.Errorf("-postgres: %w", err)
	}
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	return store{st.name, fmt.Sprintf("postgres://%s@%s/%s?sslmode=%s", userInfo(config), address, name, sslMode(config))}, nil
}

func userInfo(c *pgx.ConnConfig) string {
	if c.Password == "" {
		return c.User
	}
	return c.User + ":" + c.Password
}

func sslMode(c *pgx.ConnConfig) string {
	if c.TLSConfig == nil {
		return "disable"
	}
	return "require"
}

func execute(ctx context.Context, dsn, statement string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// postgresSize is what the tables and indexes of the default site take, and how many resources there are.
func postgresSize(ctx context.Context, dsn string) (size, count int64, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `SELECT (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'site_default' AND c.relkind = 'r')::bigint, (SELECT count(*) FROM site_default.resource WHERE body IS NOT NULL)`).Scan(&size, &count)
	return size, count, err
}

// sqliteSize is the same of the folder of a site, whose server has ended.
func sqliteSize(ctx context.Context, dir string) (size, count int64, err error) {
	if size, err = folderSize(dir); err != nil {
		return 0, 0, err
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "chart.db"))
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM resource WHERE body IS NOT NULL").Scan(&count)
	return size, count, err
}

// postmaster returns the id of the database server's process; 0 when it runs elsewhere, and its processor time can't be told.
func postmaster(ctx context.Context, dsn string) int {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0
	}
	defer conn.Close(ctx)
	var backend int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0
	}
	s, err := readStat(backend)
	if err != nil {
		return 0
	}
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", backend)); err != nil || strings.TrimSpace(string(name)) != "postgres" {
		return 0 // the id means another process here
	}
	return s.parent
}
