// Package parameterstore keeps the search parameters that a site has of its own, and the jobs that index resources anew, in the
// site's database. It implements the store of internal/care/parameter; the tables are explained in internal/gormstore/SCHEMA.md.
//
// The counters' row holds the generation of the parameters. Every write transaction of the chart begins by locking that row, so
// a change of the parameters lies between two writes, never beside one.
package parameterstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/care/parameter"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/searchparam"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/packed"
)

// Store is the store of one site. Safe for concurrent use.
type Store struct {
	db   *gormstore.SiteDB
	site Indexer
}

// Indexer does the steps of jobs: the chart's store.
type Indexer interface {
	Index(ctx context.Context, step *chartstore.IndexStep) (chartstore.IndexProgress, error)
}

var _ parameter.Store = (*Store)(nil)

// New returns the store of a site.
func New(db *gormstore.SiteDB, site Indexer) *Store { return &Store{db, site} }

// Epoch implements [parameter.Store].
func (s *Store) Epoch() uint64 { return s.db.Epoch() }

type parameterRow struct {
	Number   int32 `gorm:"primaryKey"`
	Base     string
	Code     string
	Revision int64
	Source   string
	State    string
	Changed  int64
	Doc      string
}

// TableName implements gorm's Tabler.
func (parameterRow) TableName() string { return "parameter" }

func rowOf(r *parameter.Registered, now time.Time) parameterRow {
	return parameterRow{
		Number: r.Number(), Base: r.Base, Code: r.Code, Revision: r.Revision, Source: r.Source, State: string(r.State),
		Changed: now.UnixMilli(), Doc: encode(r.Definition),
	}
}

func (r *parameterRow) registered() (parameter.Registered, error) {
	out := parameter.Registered{Entry: searchparam.Entry{Revision: r.Revision}, Source: r.Source, State: parameter.State(r.State)}
	return out, decode(r.Doc, &out.Definition)
}

// Registry implements [parameter.Store].
func (s *Store) Registry(ctx context.Context) (int64, []parameter.Registered, error) {
	return registry(s.db.Reader.WithContext(ctx))
}

// registry reads the generation and the definitions in one statement, which is one snapshot.
func registry(tx *gorm.DB) (generation int64, list []parameter.Registered, err error) {
	var rows []struct {
		Params   int64
		Revision *int64
		Source   string
		State    string
		Doc      string
	}
	err = tx.Raw(`SELECT c.params, p.revision, coalesce(p.source, '') AS source, coalesce(p.state, '') AS state, coalesce(p.doc, '') AS doc
		FROM counter c LEFT JOIN parameter p ON 1 = 1 ORDER BY p.base, p.code, p.revision`).Scan(&rows).Error
	if err != nil {
		return 0, nil, classify("parameter.registry", err)
	}
	for _, r := range rows {
		generation = r.Params
		if r.Revision == nil {
			continue
		}
		one, err := (&parameterRow{Revision: *r.Revision, Source: r.Source, State: r.State, Doc: r.Doc}).registered()
		if err != nil {
			return 0, nil, fault.Wrap(fault.Internal, "parameter.registry", err)
		}
		list = append(list, one)
	}
	return generation, list, nil
}

// lockCounter takes the site's write lock: the row that every write transaction locks first.
const lockCounter = `UPDATE counter SET params = params WHERE id = 1`

// Change implements [parameter.Store].
func (s *Store) Change(ctx context.Context, decide func(parameter.Before) parameter.Change) (jobs []int64, err error) {
	const op = "parameter.change"
	changed := false
	err = s.db.Writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		jobs, changed = nil, false
		if err := tx.Exec(lockCounter).Error; err != nil {
			return err
		}
		var b parameter.Before
		var err error
		if b.Generation, b.Registry, err = registry(tx); err != nil {
			return err
		}
		if err := tx.Raw(`SELECT rid FROM counter WHERE id = 1`).Scan(&b.LastNumber).Error; err != nil {
			return err
		}
		if b.SearchParameters, err = searchParameters(tx); err != nil {
			return err
		}
		c := decide(b)
		changed = !c.Empty()
		if jobs, err = apply(tx, &c, b.Generation); err != nil {
			return err
		}
		return nil
	})
	if err != nil || !changed {
		return nil, classify(op, err)
	}
	return jobs, s.db.Bump(context.WithoutCancel(ctx))
}

// searchParameters reads the bodies of the SearchParameters, oldest first.
func searchParameters(tx *gorm.DB) ([][]byte, error) {
	var rows []struct{ Body packed.Body }
	err := tx.Raw(`SELECT body FROM resource WHERE type = 'SearchParameter' AND body IS NOT NULL ORDER BY rid`).Scan(&rows).Error
	out := make([][]byte, len(rows))
	for i := range rows {
		out[i] = rows[i].Body
	}
	return out, err
}

func apply(tx *gorm.DB, c *parameter.Change, generation int64) (jobs []int64, err error) {
	now := time.Now()
	if len(c.Retired) > 0 {
		err := tx.Exec(`UPDATE parameter SET state = ?, changed = ? WHERE number IN ?`, string(parameter.Retired), now.UnixMilli(), c.Retired).Error
		if err != nil {
			return nil, err
		}
	}
	for i := range c.Added {
		row := rowOf(&c.Added[i], now)
		if err := tx.Create(&row).Error; err != nil {
			return nil, err
		}
	}
	for i := range c.Kept {
		row := rowOf(&c.Kept[i], now)
		if err := tx.Save(&row).Error; err != nil {
			return nil, err
		}
	}
	if len(c.Added)+len(c.Retired) > 0 {
		if err := tx.Exec(`UPDATE counter SET params = ? WHERE id = 1`, generation+1).Error; err != nil {
			return nil, err
		}
	}
	for i := range c.Jobs {
		id, err := enqueue(tx, &c.Jobs[i])
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, id)
	}
	return jobs, nil
}

// Types implements [parameter.Store]. It leaps from type to type in the index.
func (s *Store) Types(ctx context.Context) (types []string, err error) {
	last := ""
	for {
		var next *string
		err := s.db.Reader.WithContext(ctx).Raw(`SELECT min(type) FROM resource WHERE type > ?`, last).Scan(&next).Error
		if err != nil || next == nil {
			return types, classify("parameter.types", err)
		}
		last = *next
		types = append(types, last)
	}
}

// classify gives a database error its kind. Errors that have one keep it.
func classify(op string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, op, "there is none")
	}
	return fault.Wrap(fault.Unavailable, op, err)
}

// encode returns the JSON of a document of ours.
func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("parameterstore: " + err.Error()) // our own plain structs always encode
	}
	return string(text)
}

func decode(text string, v any) error { return json.Unmarshal([]byte(text), v) }
