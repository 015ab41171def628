package searchsql

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"chartwright/internal/await"
	"chartwright/internal/fault"
)

// TestSearchOutOfTime is part of F-29: a search whose time ends while its rows are read could not be answered now; nothing is wrong with it.
func TestSearchOutOfTime(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = query(ctx, db, "SELECT 1 UNION ALL SELECT 2", nil, func(rows *sql.Rows) error {
		cancel()
		var n int
		for begun := time.Now(); time.Since(begun) < await.Patience; { // until the driver has noticed
			if err := rows.Scan(&n); err != nil {
				return err
			}
		}
		return nil
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}
