package searchsql_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/searchsql"
	"chartwright/internal/gormstore/storetest"
)

// PostgreSQL keeps the plan of a statement that it has run some times. One that was made while the tables of words were empty must
// not read them whole for each word when they have grown.
func TestWordsAreIndexedByKey(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgreSQL(t)
	f := open(t, gormstore.Config{DSN: dsn}, searchsql.PostgreSQL)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := t.Context()
	put := func(name string, words int) {
		t.Helper()
		r := &resource{typ: "Patient", id: name}
		for i := range words {
			r.says(fmt.Sprint(name, "word", i))
		}
		f.put(t, r)
		if got := strings.Join(f.ask(t, "Patient?_content="+name+"word0", access.Narrow{}), " "); got != "Patient/"+name {
			t.Fatalf("%sword0 is found in %q", name, got)
		}
	}
	var schema string
	if err := db.QueryRowContext(ctx, "SELECT schemaname FROM pg_tables WHERE tablename = 'idx_posting'").Scan(&schema); err != nil {
		t.Fatal(err)
	}
	for i := range 8 { // more often than PostgreSQL makes a plan anew for each call
		put(fmt.Sprint("few", i), 1)
		for _, table := range []string{"idx_posting", "idx_text"} {
			if _, err := db.ExecContext(ctx, `DELETE FROM "`+schema+`".`+table); err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(ctx, `VACUUM ANALYZE "`+schema+`".`+table); err != nil {
				t.Fatal(err)
			}
		}
	}
	const words = 400
	put("many", words)
	put("more", words)
	// What a transaction has read is told some moments after it, and when its connection has more to do.
	var whole, byKey int64
	n := 0
	await.True(t, "the server tells what was read", func() bool {
		err := db.QueryRowContext(ctx, "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = 'idx_posting'", schema).
			Scan(&whole, &byKey)
		if err != nil {
			t.Fatal(err)
		}
		n++
		put(fmt.Sprint("next", n), 1)
		return byKey+whole >= words
	})
	if whole > words/2 {
		t.Errorf("idx_posting was read whole %d times and %d times by key", whole, byKey)
	}
}
