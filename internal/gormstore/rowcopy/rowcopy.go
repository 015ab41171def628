// Package rowcopy copies the tables of one site to another database, row by row and whatever kind both are, and tells whether
// two sites hold the same rows.
//
// It relies on what SCHEMA.md promises: both databases have the same tables and columns, of types that database/sql gives as
// int64, float64, string or []byte. What only one of them has is derived from the rest and is not copied.
package rowcopy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/gormstore/searchsql"
)

// Table is a table of a site.
type Table struct {
	Name    string
	Columns []string
}

func (t *Table) columns() string { return strings.Join(t.Columns, ", ") }

// Side is one of the two databases of a copy: a transaction on the site's tables.
type Side struct {
	Conn    *sql.Conn
	Dialect searchsql.Dialect
}

// Tables returns the site's tables in the order in which they were made, so that each comes behind those that it references.
func (s *Side) Tables(ctx context.Context) ([]Table, error) {
	text := `SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.rowid, c.cid`
	if s.Dialect == searchsql.PostgreSQL {
		text = `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
			ORDER BY c.oid, a.attnum`
	}
	rows, err := s.Conn.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []Table
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		if table == migrationsTable || slices.Contains(derivedTables, table) {
			continue
		}
		if n := len(tables); n == 0 || tables[n-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column)
	}
	return tables, rows.Err()
}

// migrationsTable says which migrations a database has seen: each keeps its own.
const migrationsTable = "goose_db_version"

// derivedTables follow from others: idx_count is filled with those, by triggers or by [Side.Count], and the full text is made when
// the target is opened.
var derivedTables = []string{"idx_count", "idx_mark", "idx_posting", "idx_text"}

// Each calls f with the values of each row of t; they are valid until it returns.
func (s *Side) Each(ctx context.Context, t *Table, f func(row []any) error) error {
	rows, err := s.Conn.QueryContext(ctx, "SELECT "+t.columns()+" FROM "+t.Name) //nolint:gosec // names of the schema itself
	if err != nil {
		return err
	}
	defer rows.Close()
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range row {
			if blob, ok := row[i].([]byte); ok && blob == nil {
				row[i] = []byte{} // SQLite's driver reads an empty blob as a nil slice, and would write that as NULL
			}
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Sum reads all rows of t.
func (s *Side) Sum(ctx context.Context, t *Table) (Sum, error) {
	var sum Sum
	err := s.Each(ctx, t, func(row []any) error {
		sum.Add(row)
		return nil
	})
	return sum, err
}

// Copy makes the rows of t in to those that it has in from, and returns the sum of what it read.
func Copy(ctx context.Context, from, to *Side, t *Table) (Sum, error) {
	if err := to.empty(ctx, t); err != nil {
		return Sum{}, err
	}
	if to.Dialect == searchsql.PostgreSQL {
		return copyPostgres(ctx, from, to, t)
	}
	insert, err := to.Conn.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.Name, t.columns(), strings.Repeat(", ?", len(t.Columns)-1))) //nolint:sqlclosecheck // closed below
	if err != nil {
		return Sum{}, err
	}
	defer insert.Close()
	var sum Sum
	err = from.Each(ctx, t, func(row []any) error {
		sum.Add(row)
		_, err := insert.ExecContext(ctx, row...)
		return err
	})
	return sum, err
}

// Count fills idx_count when all tables are copied. On PostgreSQL triggers have done it.
func (s *Side) Count(ctx context.Context) error {
	if s.Dialect == searchsql.PostgreSQL {
		return nil
	}
	_, err := s.Conn.ExecContext(ctx, `INSERT INTO idx_count (param, code, system, n)
		SELECT param, code, system, count(*) FROM idx_token GROUP BY param, code, system
		UNION ALL SELECT 0, type, 0, count(*) FROM resource WHERE method NOT IN (0, 3) GROUP BY type`)
	return err
}

// empty removes what the migrations put into t. The trail, into which they put nothing, refuses to be emptied.
func (s *Side) empty(ctx context.Context, t *Table) error {
	var filled bool
	if err := s.Conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.Name+")").Scan(&filled); err != nil || !filled {
		return err
	}
	_, err := s.Conn.ExecContext(ctx, "DELETE FROM "+t.Name) //nolint:gosec // a name of the schema itself
	return err
}

// copyPostgres uses COPY, in the transaction that the connection is in.
func copyPostgres(ctx context.Context, from, to *Side, t *Table) (Sum, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var sum Sum
	rows := make(chan []any, 1024) // COPY pulls, reading pushes
	read := make(chan error, 1)
	go func() {
		defer close(rows)
		read <- from.Each(ctx, t, func(row []any) error {
			sum.Add(row)
			select {
			case rows <- append([]any(nil), row...):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	err := to.Conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{t.Name}, t.Columns, pgx.CopyFromFunc(func() ([]any, error) {
			return <-rows, nil // nil ends the copy
		}))
		return err
	})
	if err != nil {
		stop() // nobody pulls any more
	}
	return sum, errors.Join(err, <-read)
}
