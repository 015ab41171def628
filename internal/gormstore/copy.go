package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/rowcopy"
	"chartwright/internal/gormstore/searchsql"
)

// Sums tell what a site holds, by table; see [rowcopy.Sum].
type Sums map[string]rowcopy.Sum

// CopySite makes a new site of s that holds what the site of that name of from holds at one instant: record, history, search
// index, trail, accounts, clients and keys, with the same row numbers. Then it reads all of it again and compares. Either
// database may be of either kind. The site exists when CopySite returns, or not at all. Told hears of each table; nil = nobody.
//
// Errors: NotFound when from has no such site, Conflict when s has one, Unavailable when a database fails or what was read
// back is not what was written.
func (s *Server) CopySite(ctx context.Context, from *Server, name string, told func(table string, rows int64)) (Sums, error) {
	const op = "site.copy"
	if err := checkName(op, name); err != nil {
		return nil, err
	}
	source, err := from.DB(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := s.backend.add(ctx, name); err != nil {
		return nil, err
	}
	sums, err := s.fillFrom(ctx, source, name, told)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, op, err), s.backend.drop(context.WithoutCancel(ctx), name))
	}
	return sums, nil
}

func (s *Server) fillFrom(ctx context.Context, source *SiteDB, name string, told func(string, int64)) (Sums, error) {
	target, err := s.backend.connect(ctx, name) // not through at: nobody may see the site yet
	if err != nil {
		return nil, err
	}
	defer func() { _ = target.close() }()
	var copied Sums
	err = source.reading(ctx, func(from *rowcopy.Side) error {
		return target.writing(ctx, func(to *rowcopy.Side) error {
			copied, err = copyTables(ctx, from, to, told)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	found, err := target.Sums(ctx)
	if err != nil {
		return nil, err
	}
	return copied, copied.Compare(found)
}

func copyTables(ctx context.Context, from, to *rowcopy.Side, told func(string, int64)) (Sums, error) {
	tables, err := from.Tables(ctx)
	if err != nil {
		return nil, err
	}
	sums := Sums{}
	for _, t := range tables {
		sum, err := rowcopy.Copy(ctx, from, to, &t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		sums[t.Name] = sum
		if told != nil {
			told(t.Name, sum.Rows)
		}
	}
	return sums, to.Count(ctx)
}

// Drop removes a site with everything in it. Nobody may be using it. Errors: NotFound.
func (s *Server) Drop(ctx context.Context, name string) error {
	o, err := s.at(ctx, name)
	if err != nil {
		return err
	}
	s.forget(name, o)
	return errors.Join(o.site.Close(), o.db.close(), s.backend.drop(ctx, name))
}

// Sequence is the number of the site's newest version: it grows with every write to the record.
func (db *SiteDB) Sequence(ctx context.Context) (seq int64, err error) {
	err = db.Reader.WithContext(ctx).Raw("SELECT seq FROM counter WHERE id = 1").Scan(&seq).Error
	return seq, fault.Wrap(fault.Unavailable, "site.sequence", err)
}

// Compare returns an error that names the first table in which found differs.
func (s Sums) Compare(found Sums) error {
	for name, sum := range s {
		if found[name] != sum {
			have, _ := found[name].MarshalText()
			want, _ := sum.MarshalText()
			return fmt.Errorf("table %s holds %s, not %s", name, have, want)
		}
	}
	return nil
}

// Sums reads the whole site, as it is at one instant.
func (db *SiteDB) Sums(ctx context.Context) (Sums, error) {
	sums := Sums{}
	err := db.reading(ctx, func(side *rowcopy.Side) error {
		tables, err := side.Tables(ctx)
		for _, t := range tables {
			if err == nil {
				sums[t.Name], err = side.Sum(ctx, &t)
			}
		}
		return err
	})
	return sums, err
}

// reading runs do in a transaction that sees one instant of the site.
func (db *SiteDB) reading(ctx context.Context, do func(*rowcopy.Side) error) error {
	begin := "BEGIN"
	if db.dialect == searchsql.PostgreSQL {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	return transaction(ctx, db.reader, db.dialect, begin, do)
}

func (db *SiteDB) writing(ctx context.Context, do func(*rowcopy.Side) error) error {
	begin := "BEGIN IMMEDIATE"
	if db.dialect == searchsql.PostgreSQL {
		begin = "BEGIN"
	}
	return transaction(ctx, db.writer, db.dialect, begin, do)
}

// transaction runs do on one connection, for whose driver it may reach.
func transaction(ctx context.Context, pool *sql.DB, dialect searchsql.Dialect, begin string, do func(*rowcopy.Side) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	if err := do(&rowcopy.Side{Conn: conn, Dialect: dialect}); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undo)
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}
