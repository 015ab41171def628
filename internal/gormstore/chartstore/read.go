package chartstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

const (
	readCurrent = `SELECT rid, vid, seq, updated, method, owner, body FROM resource WHERE type = ? AND id = ? AND vid > 0`
	readNumber  = `SELECT rid, vid, seq, updated, method, owner, body, type, id FROM resource WHERE rid = ? AND vid > 0`
	readOld     = `SELECT h.rid, h.vid, h.seq, h.updated, h.method, h.owner, h.body
		FROM resource r JOIN history h ON h.rid = r.rid WHERE r.type = ? AND r.id = ? AND h.vid = ?`
)

// scanned receives the columns of a version in the order of the statements above.
type scanned struct {
	version *chart.Version
	updated int64
	method  int64
	owner   sql.NullString
	body    ownedBytes
	dest    [9]any
}

// ownedBytes takes a column's bytes as they are. Both drivers make a copy for each row; database/sql would make another.
type ownedBytes []byte

// Scan implements sql.Scanner.
func (b *ownedBytes) Scan(src any) error {
	switch x := src.(type) {
	case []byte:
		*b = x
	case nil:
		*b = nil
	default:
		return errors.New("Scan: a body is not bytes")
	}
	return nil
}

func (r *scanned) columns(v *chart.Version) []any {
	r.version = v
	r.dest = [9]any{&v.Number, &v.VID, &v.Seq, &r.updated, &r.method, &r.owner, &r.body, &v.Type, &v.ID}
	return r.dest[:]
}

func (r *scanned) finish() *chart.Version {
	v := r.version
	v.Updated = time.UnixMilli(r.updated).UTC()
	v.Method = chart.Method(r.method)
	v.Owner = r.owner.String
	v.Body = r.body
	return v
}

func notFound(op string, key chart.Key) error {
	return fault.New(fault.NotFound, op, "%s is not known", key)
}

// Read returns the current version of key.
func (s *Site) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	var r scanned
	dest := r.columns(&chart.Version{Key: key})[:7]
	err := s.point[readCurrent].QueryRowContext(ctx, key.Type, key.ID).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("chart.read", key)
	} else if err != nil {
		return nil, classify("chart.read", err)
	}
	return r.finish(), nil
}

// ReadVersion returns version vid of key. The current version is looked at first: what is older than it lies in the history
// and stays there, so no write in between can hide a version.
func (s *Site) ReadVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	v, err := s.Read(ctx, key)
	if err != nil {
		return nil, err
	}
	if v.VID == vid {
		return v, nil
	}
	if vid < 1 || vid > v.VID {
		return nil, fault.New(fault.NotFound, "chart.vread", "%s has no version %d", key, vid)
	}
	var r scanned
	dest := r.columns(&chart.Version{Key: key})[:7]
	err = s.point[readOld].QueryRowContext(ctx, key.Type, key.ID, vid).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "chart.vread", "%s has no version %d", key, vid)
	} else if err != nil {
		return nil, classify("chart.vread", err)
	}
	return r.finish(), nil
}

// ReadNumber returns the current version of the resource of type typ with this number.
func (s *Site) ReadNumber(ctx context.Context, typ string, number int64) (*chart.Version, error) {
	var r scanned
	err := s.point[readNumber].QueryRowContext(ctx, number).Scan(r.columns(&chart.Version{})...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.version.Type != typ {
		return nil, fault.New(fault.NotFound, "chart.read", "there is no %s with number %d", typ, number)
	} else if err != nil {
		return nil, classify("chart.read", err)
	}
	return r.finish(), nil
}

// Search runs a checked query on the newest committed state.
func (s *Site) Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	result, err := searchsql.Run(ctx, s.config.Reader, s.config.Dialect, s.config.Search, q, narrow, page)
	return result, classify("chart.search", err)
}
