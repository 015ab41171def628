// Package storetest gives tests the databases that the program runs on. Only tests import it.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the databases that tests make
)

// OnEach runs a test over SQLite, with an empty DSN, and over PostgreSQL, with that of a database of the test's own: what is
// tested must not tell them apart. Both run beside each other and beside other tests.
func OnEach(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, PostgreSQL(t))
	})
}

// PostgreSQL makes an empty database on the server that CHARTWRIGHT_TEST_POSTGRES names, drops it when the test ends, and returns
// its DSN. Without a server the test is skipped.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("CHARTWRIGHT_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("CHARTWRIGHT_TEST_POSTGRES names no PostgreSQL server")
	}
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("chartwright_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil { // the test's context is over
			t.Error(err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
