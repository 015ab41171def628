package standard_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"
)

// onEachStore runs a test over SQLite and over PostgreSQL: the services must not tell them apart.
func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := os.Getenv("CHARTWRIGHT_TEST_POSTGRES")
		if dsn == "" {
			t.Skip("CHARTWRIGHT_TEST_POSTGRES names no PostgreSQL server")
		}
		test(t, newWorldOn(t, database(t, dsn)))
	})
}

// database makes a database of the test's own, drops it at the end, and returns its address.
func database(t *testing.T, dsn string) string {
	t.Helper()
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("chartwright_standard_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil { // the test's context is over
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
