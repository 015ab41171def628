package standard

import (
	"context"
	"maps"
	"net/url"
	"strconv"

	api "chartwright/gen/api/standard"
	"chartwright/gen/r4"
	"chartwright/internal/care/form"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	// batch is how many resources are fetched at once while a filter or an offset passes over some.
	batch = 200
	// maxScanned bounds how many resources one request looks at.
	maxScanned = 20_000
)

// rowMapper makes a row of a resource; nil leaves the resource out.
type rowMapper[T any] func(context.Context, r4.Resource, *chart.Version) (*T, error)

// storedMapper is a [rowMapper] that decodes what it needs.
type storedMapper[T any] func(context.Context, *chart.Version) (*T, error)

// collect returns the page of l: the candidates that FHIR finds, made into rows, those that pass. The rows of several types
// come one type after the other, or in one order if the caller asks for one.
func collect[T any](ctx context.Context, d *Desk, l *listing, mapper rowMapper[T]) ([]T, api.Links, error) {
	return collectStored(ctx, d, l, func(ctx context.Context, v *chart.Version) (*T, error) {
		e, err := d.open(v)
		if err != nil {
			return nil, err
		}
		return mapper(ctx, e.resource, v)
	})
}

// collectStored is [collect] without decoding every candidate.
func collectStored[T any](ctx context.Context, d *Desk, l *listing, mapper storedMapper[T]) ([]T, api.Links, error) {
	l.filters()
	scanned := 0
	streams := make([]*stream[T], len(l.types))
	for i := range l.types {
		streams[i] = newStream(d, l, i, mapper, &scanned)
	}
	rows := []T{}
	for passed := 0; ; passed++ {
		t, err := first(ctx, l, streams)
		if err != nil {
			return nil, api.Links{}, err
		}
		if t == nil || len(rows) == l.limit {
			return rows, l.links(ctx, d, t != nil), nil
		}
		if passed >= l.offset {
			rows = append(rows, *t)
		}
	}
}

// first takes the row that comes first from the streams; nil if they are at their end.
func first[T any](ctx context.Context, l *listing, streams []*stream[T]) (*T, error) {
	var best *stream[T]
	for _, s := range streams {
		t, err := s.peek(ctx)
		if err != nil {
			return nil, err
		}
		if t != nil && (best == nil || l.before(t, best.ahead) < 0) {
			best = s
		}
		if best != nil && len(l.sort) == 0 {
			break // one type after the other
		}
	}
	if best == nil {
		return nil, nil
	}
	t := best.ahead
	best.ahead = nil
	return t, nil
}

// stream are the rows of one FHIR type in the order of a search.
type stream[T any] struct {
	desk    *Desk
	list    *listing
	typ     string
	query   url.Values
	mapper  storedMapper[T]
	scanned *int // resources that the request has looked at, of all types

	found *chart.Result
	at    int
	over  bool
	ahead *T // taken from the search, but not from the stream
}

func newStream[T any](d *Desk, l *listing, i int, mapper storedMapper[T], scanned *int) *stream[T] {
	s := &stream[T]{desk: d, list: l, typ: l.types[i], query: maps.Clone(l.query), mapper: mapper, scanned: scanned}
	if order := l.orderOf(i); order != "" {
		s.query.Set("_sort", order)
	}
	s.query.Set("_count", strconv.Itoa(min(batch, l.offset+l.limit+1)))
	return s
}

// peek returns the next row that passes, and leaves it in the stream; nil at the end.
func (s *stream[T]) peek(ctx context.Context) (*T, error) {
	for s.ahead == nil && !s.over {
		if s.found == nil || s.at == len(s.found.Matches) {
			if err := s.fetch(ctx); err != nil {
				return nil, err
			}
			continue
		}
		v := s.desk.note(s.found.Matches[s.at])
		s.at++
		t, err := s.mapper(ctx, v)
		if t == nil || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		ok, err := s.passes(t, v)
		if err != nil {
			return nil, err
		}
		if ok {
			s.ahead = t
		}
	}
	return s.ahead, nil
}

// passes reports whether a row passes the filters. They look at the resource only for what rows don't show.
func (s *stream[T]) passes(t *T, v *chart.Version) (bool, error) {
	if s.list.column == nil {
		return s.list.passes(t, nil), nil
	}
	e, err := s.desk.open(v)
	if err != nil {
		return false, err
	}
	return s.list.passes(t, e.resource), nil
}

// fetch gets more resources, or finds that there are none.
func (s *stream[T]) fetch(ctx context.Context) error {
	if s.found != nil {
		if s.found.Next == "" {
			s.over = true
			return nil
		}
		if *s.scanned += len(s.found.Matches); *s.scanned >= maxScanned {
			return fault.New(fault.TooCostly, "standard.collect", "the filter passes over too many records: narrow it")
		}
		s.query.Set(record.After, s.found.Next)
		s.query.Set("_count", strconv.Itoa(batch))
	}
	found, err := s.desk.search(ctx, s.typ, s.query)
	if err != nil {
		return misread(err)
	}
	s.found, s.at = found, 0
	return nil
}

// misread turns a filter value that FHIR search refuses into a message: what cannot be searched for does not exist, but the
// caller had better know.
func misread(err error) error {
	if fault.Is(err, fault.Invalid) {
		return form.Refuse("query", "InArray::NOT_IN_ARRAY", "query must be in the defined set of values")
	}
	return err
}
