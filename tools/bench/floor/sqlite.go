package floor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// sqlite has one connection to write, and four to read: more do no better.
type sqlite struct {
	db    *sql.DB
	query *sql.Stmt
	rid   atomic.Int64
}

var _ database = (*sqlite)(nil)

// openSQLite opens a file with the settings of the server: a log, a sync for each commit, a page cache of 16 MB.
func openSQLite(file string, writes bool) (database, error) {
	pragmas := []string{"busy_timeout(5000)", "synchronous(FULL)", "cache_size(-16000)", "temp_store(MEMORY)"}
	conns, mode := 4, "deferred"
	if writes {
		conns, mode = 1, "immediate"
		pragmas = append(pragmas, "page_size(8192)", "journal_mode(WAL)", "wal_autocheckpoint(16000)")
	} else {
		pragmas = append(pragmas, "query_only(1)")
	}
	path := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_txlock": {mode}, "_pragma": pragmas}.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	s := &sqlite{db: db}
	if writes {
		_, err = db.Exec(fmt.Sprintf(schema, "BLOB", " WITHOUT ROWID"))
	}
	if err == nil {
		s.query, err = db.Prepare("SELECT body FROM resource WHERE type = ? AND id = ?")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *sqlite) close() error { return s.db.Close() }

func (s *sqlite) read(ctx context.Context, typ, id string) (body []byte, err error) {
	err = s.query.QueryRowContext(ctx, typ, id).Scan(&body)
	return body, err
}

func (s *sqlite) create(ctx context.Context, typ, id string, body []byte, rows []indexRow) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	rid := s.rid.Add(1)
	if _, err := tx.ExecContext(ctx, "INSERT INTO resource VALUES (?, ?, ?, ?)", rid, typ, id, body); err != nil {
		return err
	}
	for len(rows) > 0 {
		statement, values, taken := insert(rows, rid)
		if _, err := tx.ExecContext(ctx, statement, values...); err != nil {
			return err
		}
		rows = rows[taken:]
	}
	return tx.Commit()
}
