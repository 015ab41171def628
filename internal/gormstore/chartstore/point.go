package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore/packed"
	"chartwright/internal/gormstore/searchsql"
)

// pointRead is a read of at most one row: the hot path. It is a statement prepared once for each connection; on PostgreSQL
// it runs on pgx itself, whose rows cost half of what they cost through database/sql.
type pointRead struct {
	reader *sql.DB
	text   string
	stmt   *sql.Stmt // SQLite; nil on PostgreSQL, where pgx prepares
}

func (s *Site) preparePoint(ctx context.Context, text string) (*pointRead, error) {
	p := &pointRead{reader: s.config.Reader, text: s.rebind(text)}
	if s.config.Dialect == searchsql.PostgreSQL {
		return p, nil
	}
	var err error
	p.stmt, err = p.reader.PrepareContext(ctx, p.text)
	return p, err
}

func (p *pointRead) close() {
	if p != nil && p.stmt != nil {
		_ = p.stmt.Close()
	}
}

// one returns the version in the row that args select, nil if there is none. Key is its key, unless the statement has those
// columns too.
func (p *pointRead) one(ctx context.Context, key chart.Key, columns int, args ...any) (*chart.Version, error) {
	if p.stmt == nil {
		return p.postgres(ctx, key, columns, args)
	}
	v, body, err := p.stored(ctx, key, columns, args...)
	if err == nil && v != nil {
		v.Body, err = packed.Unpack(body)
	}
	return v, err
}

// stored is [pointRead.one] with the body beside the version and as it is stored. It is for SQLite.
func (p *pointRead) stored(ctx context.Context, key chart.Key, columns int, args ...any) (*chart.Version, []byte, error) {
	// A look-up by key is over before anybody could stop it, and a context that can end would cost the driver and database/sql
	// a goroutine each: a quarter of the whole look-up.
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var r scanned
	err := p.stmt.QueryRowContext(context.WithoutCancel(ctx), args...).Scan(r.columns(columns)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	return r.version(key), r.body, nil
}

// number returns the only column of the only row of a statement without parameters. It is for SQLite.
func (p *pointRead) number(ctx context.Context) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var cell any // as in scanned
	err = p.stmt.QueryRowContext(context.WithoutCancel(ctx)).Scan(&cell)
	n, _ = cell.(int64)
	return n, err
}

func (p *pointRead) postgres(ctx context.Context, key chart.Key, columns int, args []any) (v *chart.Version, err error) {
	conn, err := p.reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("unsupported driver")
		}
		v = &chart.Version{Key: key}
		var updated int64
		var method int16
		var owner *string
		dest := [...]any{&v.Number, &v.VID, &v.Seq, &updated, &method, &owner, &v.Body, &v.Type, &v.ID}
		err := c.Conn().QueryRow(ctx, p.text, args...).Scan(dest[:columns]...)
		if errors.Is(err, pgx.ErrNoRows) {
			v = nil
			return nil
		} else if c.Conn().IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		} else if err != nil {
			return err
		}
		if v.Body, err = packed.Unpack(v.Body); err != nil {
			return err
		}
		v.Updated, v.Method = time.UnixMilli(updated).UTC(), chart.Method(method)
		if owner != nil {
			v.Owner = *owner
		}
		return nil
	})
	return v, err
}
