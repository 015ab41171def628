package floor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"chartwright/internal/gormstore/packed"
)

// sqlite has one connection to write, and four to read: more do no better.
type sqlite struct {
	db    *sql.DB // nil where nothing is written
	reads *sql.DB
	query *sql.Stmt
	rid   atomic.Int64
}

var _ database = (*sqlite)(nil)

// openSQLite opens a file with the settings of the server: a log, a sync for each commit, a page cache of 16 MB.
func openSQLite(file string, writes bool) (database, error) {
	s := &sqlite{}
	var err error
	if writes {
		if s.db, err = pool(file, 1, "immediate", "page_size(8192)", "journal_mode(WAL)", "wal_autocheckpoint(16000)"); err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(fmt.Sprintf(schema, "BLOB", " WITHOUT ROWID")); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	if s.reads, err = pool(file, 4, "deferred", "query_only(1)"); err == nil {
		s.query, err = s.reads.Prepare("SELECT body FROM resource WHERE type = ? AND id = ?")
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func pool(file string, conns int, mode string, pragmas ...string) (*sql.DB, error) {
	pragmas = append(pragmas, "busy_timeout(5000)", "synchronous(FULL)", "cache_size(-16000)", "temp_store(MEMORY)")
	path := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_txlock": {mode}, "_pragma": pragmas}.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (s *sqlite) close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reads, s.db} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *sqlite) read(ctx context.Context, typ, id string) (body []byte, err error) {
	err = s.query.QueryRowContext(ctx, typ, id).Scan(&body)
	if err != nil {
		return nil, err
	}
	return packed.Unpack(body)
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
	if err := insertRows(ctx, tx, rid, rows); err != nil {
		return err
	}
	return tx.Commit()
}

func insertRows(ctx context.Context, tx *sql.Tx, rid int64, rows []indexRow) error {
	for len(rows) > 0 {
		statement, values, taken := insert(rows, rid)
		if _, err := tx.ExecContext(ctx, statement, values...); err != nil {
			return err
		}
		rows = rows[taken:]
	}
	return nil
}

// replace leaves the old index rows: to find them without extracting them again would take an index more.
func (s *sqlite) replace(ctx context.Context, typ, id string, body []byte, rows []indexRow) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	var rid int64
	if err := tx.QueryRowContext(ctx, "SELECT rid FROM resource WHERE type = ? AND id = ?", typ, id).Scan(&rid); err != nil {
		return err
	}
	if body == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM resource WHERE rid = ?", rid)
	} else if _, err = tx.ExecContext(ctx, "UPDATE resource SET body = ? WHERE rid = ?", body, rid); err == nil {
		err = insertRows(ctx, tx, s.rid.Add(1), rows)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (s *sqlite) prepare(ctx context.Context, text string) (selection, error) {
	stmt, err := s.reads.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	params := strings.Count(text, "?")
	return func(ctx context.Context, args []string, body func([]byte), number func(int64)) error {
		values := make([]any, min(params, len(args)))
		for i := range values {
			values[i] = args[i]
		}
		rows, err := stmt.QueryContext(ctx, values...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var raw sql.RawBytes
			var n int64
			if number != nil {
				err = rows.Scan(&n)
			} else {
				err = rows.Scan(&raw)
			}
			if err != nil {
				return err
			}
			if number != nil {
				number(n)
				continue
			}
			whole, err := packed.Unpack(raw)
			if err != nil {
				return err
			}
			body(whole)
		}
		return rows.Err()
	}, nil
}
