package chartstore

import (
	"context"
	"errors"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	readCurrent = `SELECT rid, vid, seq, updated, method, owner, body FROM resource WHERE type = ? AND id = ? AND vid > 0`
	readNumber  = `SELECT rid, vid, seq, updated, method, owner, body, type, id FROM resource WHERE rid = ? AND vid > 0`
	readOld     = `SELECT h.rid, h.vid, h.seq, h.updated, h.method, h.owner, h.body
		FROM resource r JOIN history h ON h.rid = r.rid WHERE r.type = ? AND r.id = ? AND h.vid = ?`
)

// scanned receives the columns of a version in the order of the statements above. The cells take what the driver has as it
// is: database/sql would turn every number into text and back.
type scanned struct {
	cells [cells]any
	body  storedBody
	dest  [cells]any
}

// The cells of a version.
const (
	cellNumber = iota
	cellVID
	cellSeq
	cellUpdated
	cellMethod
	cellOwner
	cellBody
	cellType
	cellID
	cells // how many
)

// columns returns where the first n columns go.
func (r *scanned) columns(n int) []any {
	for i := range r.cells {
		r.dest[i] = &r.cells[i]
	}
	r.dest[cellBody] = &r.body
	return r.dest[:n]
}

// storedBody is a column with a body as it is stored. It takes over the bytes of the driver, which makes a copy for each row.
type storedBody []byte

// Scan implements sql.Scanner.
func (b *storedBody) Scan(src any) error {
	switch x := src.(type) {
	case []byte:
		*b = x
		return nil
	case nil:
		*b = nil
		return nil
	}
	return errors.New("Scan: a body is not bytes")
}

// version returns what was scanned but for the body, with its own key if that was among the columns.
func (r *scanned) version(key chart.Key) *chart.Version {
	number := func(at int) int64 {
		n, _ := r.cells[at].(int64)
		return n
	}
	v := &chart.Version{
		Key: key, Number: number(cellNumber), VID: number(cellVID), Seq: number(cellSeq),
		Updated: time.UnixMilli(number(cellUpdated)).UTC(), Method: chart.Method(number(cellMethod)),
	}
	v.Owner, _ = r.cells[cellOwner].(string)
	if typ, ok := r.cells[cellType].(string); ok {
		v.Type = typ
		v.ID, _ = r.cells[cellID].(string)
	}
	return v
}

func notFound(op string, key chart.Key) error {
	return fault.New(fault.NotFound, op, "%s is not known", key)
}

// Read returns the current version of key.
func (s *Site) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	var v *chart.Version
	var err error
	if s.shared != nil {
		v, err = s.readShared(ctx, key)
	} else {
		v, err = s.readHot(ctx, key)
	}
	if err != nil {
		return nil, classify("chart.read", err)
	} else if v == nil {
		return nil, notFound("chart.read", key)
	}
	return v, nil
}

// ReadVersion returns version vid of key. The current version is looked at first: what is older than it lies in the history
// and stays there, so no write in between can hide a version.
func (s *Site) ReadVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	v, err := s.Read(ctx, key)
	if err != nil || v.VID == vid {
		return v, err
	}
	if vid >= 1 && vid < v.VID {
		if v, err = s.old.one(ctx, key, cellType, key.Type, key.ID, vid); err != nil {
			return nil, classify("chart.vread", err)
		} else if v != nil {
			return v, nil
		}
	}
	return nil, fault.New(fault.NotFound, "chart.vread", "%s has no version %d", key, vid)
}

// ReadNumber returns the current version of the resource of type typ with this number.
func (s *Site) ReadNumber(ctx context.Context, typ string, number int64) (*chart.Version, error) {
	v, err := s.numbered.one(ctx, chart.Key{}, cells, number)
	if err != nil {
		return nil, classify("chart.read", err)
	} else if v == nil || v.Type != typ {
		return nil, fault.New(fault.NotFound, "chart.read", "there is no %s with number %d", typ, number)
	}
	return v, nil
}
