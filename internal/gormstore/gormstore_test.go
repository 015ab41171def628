package gormstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"chartwright/internal/chart"
	"chartwright/internal/chart/charttest"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/gormstore/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crash(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// config is the configuration of a store of made-up resources.
func config(now func() time.Time) gormstore.Config {
	return gormstore.Config{
		Hot:     1 << 20,
		Extract: charttest.Extract,
		Now:     now,
		Replica: "test",
		Log:     slog.New(slog.DiscardHandler),
		Search: func(string) searchsql.Env {
			return searchsql.Env{Table: charttest.Table, Base: "https://example.org/fhir", OpenTypes: charttest.OpenType, Types: charttest.Table.Types()}
		},
	}
}

func openServer(t testing.TB, c gormstore.Config) *gormstore.Server {
	t.Helper()
	s, err := gormstore.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// database is a place for stores, and a way past them.
type database struct {
	postgres bool
	config   func(now func() time.Time) gormstore.Config
	raw      func(t *testing.T, site string) *sql.DB
}

func sqliteDatabase(t testing.TB) database {
	dir := t.TempDir()
	return database{
		config: func(now func() time.Time) gormstore.Config {
			c := config(now)
			c.DataDir = dir
			return c
		},
		raw: func(t *testing.T, site string) *sql.DB {
			db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sites", site, "chart.db")+"?_pragma=busy_timeout(5000)")
			if err != nil {
				t.Fatal(err)
			}
			return db
		},
	}
}

// postgresDatabase makes a database of the test's own and drops it at the end.
func postgresDatabase(t testing.TB) database {
	u, err := url.Parse(storetest.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	return database{
		postgres: true,
		config: func(now func() time.Time) gormstore.Config {
			c := config(now)
			c.DSN = u.String()
			return c
		},
		raw: func(t *testing.T, site string) *sql.DB {
			v := *u
			q := v.Query()
			q.Set("search_path", `"site_`+site+`"`)
			v.RawQuery = q.Encode()
			db, err := sql.Open("pgx", v.String())
			if err != nil {
				t.Fatal(err)
			}
			return db
		},
	}
}

// conformance opens the store of the suite.
func conformance(place func(testing.TB) database, withoutTriggers [2]string) charttest.Open {
	return func(t *testing.T, now func() time.Time) charttest.Store {
		db := place(t)
		past := func(t *testing.T, site, statement string, args ...any) {
			t.Helper()
			raw := db.raw(t, site)
			defer raw.Close()
			if _, err := raw.Exec(statement, args...); err == nil || !strings.Contains(err.Error(), "append only") {
				t.Errorf("the database lets %q pass: %v", statement, err)
			}
			for _, s := range withoutTriggers {
				if _, err := raw.Exec(s); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := raw.Exec(statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		return charttest.Store{
			Sites:   openServer(t, db.config(now)),
			Another: func(t *testing.T) chart.Sites { return openServer(t, db.config(now)) },
			Tamper: func(t *testing.T, site string, seq int64) {
				raw := db.raw(t, site)
				defer raw.Close()
				var body []byte
				if err := raw.QueryRow(fmt.Sprintf("SELECT body FROM audit WHERE seq = %d", seq)).Scan(&body); err != nil {
					t.Fatal(err)
				}
				past(t, site, fmt.Sprintf("UPDATE audit SET body = $1 WHERE seq = %d", seq), bytes.Replace(body, []byte("scope"), []byte("other"), 1))
			},
			Cut: func(t *testing.T, site string, from int64) {
				past(t, site, fmt.Sprintf("DELETE FROM audit WHERE seq >= %d", from))
			},
		}
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	charttest.Run(t, conformance(sqliteDatabase, [2]string{"DROP TRIGGER audit_update", "DROP TRIGGER audit_delete"}))
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	if os.Getenv("CHARTWRIGHT_TEST_POSTGRES") == "" {
		t.Skip("CHARTWRIGHT_TEST_POSTGRES names no PostgreSQL server")
	}
	charttest.Run(t, conformance(postgresDatabase, [2]string{"DROP TRIGGER audit_update ON audit", "SELECT 1"}))
}
