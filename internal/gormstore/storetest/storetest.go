// Package storetest gives tests the databases that the program runs on. Only tests import it.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the databases that tests make

	"chartwright/internal/await"
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
// its DSN. Without a server the test is skipped. A connection to it may take as long as on a machine that stands still.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	return Copy(t, "")
}

// Copy is [PostgreSQL] with a copy of the database that the DSN names, to which nobody may be connected meanwhile. An empty one
// names an empty database.
func Copy(t testing.TB, of string) string {
	t.Helper()
	Need(t)
	dsn, drop, err := Make(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("connect_timeout", strconv.Itoa(int(await.Patience.Seconds())))
	u.RawQuery = q.Encode()
	return u.String()
}

const server = "CHARTWRIGHT_TEST_POSTGRES"

// Need skips the test where there is no server.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv(server) == "" {
		t.Skip(server + " names no PostgreSQL server")
	}
}

// Make is [Copy] for what outlives a test, on a server that there is: the caller drops it.
func Make(ctx context.Context, of string) (dsn string, drop func() error, err error) {
	u, err := url.Parse(os.Getenv(server))
	if err != nil {
		return "", nil, err
	}
	admin, err := sql.Open("pgx", u.String())
	if err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("chartwright_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	template := ""
	if of != "" {
		o, err := url.Parse(of)
		if err != nil {
			return "", nil, errors.Join(err, admin.Close())
		}
		template = " TEMPLATE " + strings.TrimPrefix(o.Path, "/")
	}
	if err := alone(ctx, admin, "CREATE DATABASE "+name+template); err != nil {
		return "", nil, errors.Join(err, admin.Close())
	}
	u.Path = "/" + name
	return u.String(), func() error {
		err := alone(context.Background(), admin, "DROP DATABASE "+name+" WITH (FORCE)") // the test's context is over
		return errors.Join(err, admin.Close())
	}, nil
}

// alone runs a statement about a database that nobody else may be connected to. The server waits five seconds for those who are about to
// leave, or are told to; on a busy machine that takes longer.
func alone(ctx context.Context, admin *sql.DB, statement string) error {
	for begun := time.Now(); ; {
		_, err := admin.ExecContext(ctx, statement)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != inUse || time.Since(begun) > await.Patience {
			return err
		}
	}
}

// inUse is object_in_use. https://www.postgresql.org/docs/current/errcodes-appendix.html
const inUse = "55006"
