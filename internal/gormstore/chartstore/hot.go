package chartstore

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/gormstore/packed"
	"chartwright/internal/kept"
)

// Hot keeps what reads by key have found, for the sites of a process that lie in SQLite files, as it is stored. A row is good as
// long as the site's state is the one before which it was read, which costs no statement to know ([Mark]); each commit makes
// SQLite read its pages anew, those of an audit event too, so a row that is kept saves a third of a read.
type Hot = kept.Store[hotKey, *hotRow]

// NewHot returns a store of at most maxBytes bytes.
func NewHot(maxBytes int) *Hot { return kept.New[hotKey, *hotRow](maxBytes) }

type hotKey struct {
	site string
	key  chart.Key
}

// hotRow is a version without its body, and the body as it is stored. Neither is ever changed.
type hotRow struct {
	state   int64
	version chart.Version
	stored  []byte
}

// readHot is [pointRead.one] for the current version of key.
func (s *Site) readHot(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if s.config.Hot == nil {
		return s.current.one(ctx, key, cellType, key.Type, key.ID)
	}
	state, ok, err := s.states.still(ctx)
	if err != nil {
		return nil, err
	}
	k := hotKey{s.config.Name, key}
	if ok {
		if row, found := s.config.Hot.Get(k); found && row.state == state {
			return row.open()
		}
	}
	v, stored, err := s.current.stored(ctx, key, cellType, key.Type, key.ID)
	if err != nil || v == nil {
		return nil, err
	}
	row := &hotRow{version: *v, stored: stored}
	if ok {
		row.state = state
		s.config.Hot.Put(k, row, len(stored))
	}
	return row.open()
}

func (r *hotRow) open() (*chart.Version, error) {
	v := r.version
	var err error
	v.Body, err = packed.Unpack(r.stored)
	return &v, err
}
