package chartstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/packed"
	"chartwright/internal/gormstore/roundtrip"
)

// SharedReads is how many statements of reads by key are under way at once, and SharedStates how many that ask for the site's
// state: one pool connection each.
const (
	SharedReads  = 2
	SharedStates = 2
)

// OFFSET 0 keeps each look-up by itself: as a join it would be planned for the size that the table has in the first moment.
const pgReadMany = `SELECT k.n, r.rid, r.vid, r.seq, r.updated, r.method, r.owner, r.body
	FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (type, id, n)
	CROSS JOIN LATERAL (SELECT * FROM resource WHERE type = k.type AND id = k.id AND vid > 0 OFFSET 0) r`

// sharedRead answers reads of PostgreSQL.
type sharedRead = roundtrip.Shared[*asked]

// asked is one read: of the version of a key, or of the state.
type asked struct {
	key   chart.Key
	v     *chart.Version
	state int64
}

// newSharedRead shares query: a read can always be repeated, and what goes wrong with one key is the matter of that read alone.
func newSharedRead(pool *sql.DB, flights int, query func(context.Context, *pgx.Conn, []*asked) error) *sharedRead {
	return roundtrip.New(roundtrip.Config[*asked]{
		Pool: pool, Flights: flights, Ask: query, Alone: refused,
		Again: func(err error) bool { return errors.Is(err, driver.ErrBadConn) },
	})
}

// readShared returns the current version of key; nil if there is none.
func (s *Site) readShared(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if index.Clean(key.Type) != key.Type || index.Clean(key.ID) != key.ID {
		return nil, nil // PostgreSQL takes no such text
	}
	a := &asked{key: key}
	if err := s.shared.Wait(ctx, a); err != nil {
		return nil, err
	}
	return a.v, nil
}

func readMany(ctx context.Context, conn *pgx.Conn, batch []*asked) error {
	types, ids := make([]string, len(batch)), make([]string, len(batch))
	for i, a := range batch {
		a.v = nil // of an attempt that broke off
		types[i], ids[i] = a.key.Type, a.key.ID
	}
	rows, err := conn.Query(ctx, pgReadMany, types, ids)
	if err != nil {
		return err
	}
	var n, number, vid, seq, updated int64
	var method int16
	var owner *string
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&n, &number, &vid, &seq, &updated, &method, &owner, &body}, func() error {
		a := batch[n-1]
		plain, err := packed.Unpack(body)
		if err != nil {
			return err
		}
		a.v = &chart.Version{
			Key: a.key, Number: number, VID: vid, Seq: seq, Updated: time.UnixMilli(updated).UTC(), Method: chart.Method(method), Body: plain,
		}
		if owner != nil {
			a.v.Owner = *owner
		}
		body = nil // perhaps the version's own from now on
		return nil
	})
	return err
}
