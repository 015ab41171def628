package record

import (
	"context"
	"slices"
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// judge holds versions against the queries of granular scopes by their content. The store's index has current versions alone; of
// old ones the rows are made anew, as they were when the version was written but for parameters that came or went since.
//
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
type judge struct {
	book    *Book
	queries map[string][][]search.Clause // by type; a version satisfies all clauses of one of them
	rows    index.Rows
	seen    int // versions that were judged
}

// judge returns what judges the versions of types, nil if no query narrows any of them.
//
// Errors: Forbidden for a query that only the index can answer: what can't be checked can't be granted.
func (b *Book) judge(ctx context.Context, types ...string) (*judge, error) {
	var j *judge
	for _, typ := range types {
		filters := b.grant.Narrow.Filters[typ]
		if len(filters) == 0 {
			continue
		}
		if j == nil {
			j = &judge{book: b, queries: map[string][][]search.Clause{}}
		}
		table, err := b.records.ParamsOf(ctx, b.site.Name())
		if err != nil {
			return nil, err
		}
		for _, raw := range filters {
			clauses, ok, err := b.judged(ctx, table, typ, raw)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, fault.New(fault.Forbidden, "record.judge", "a scope selects %s by a query that old versions can't be held against", typ)
			}
			j.queries[typ] = append(j.queries[typ], clauses)
		}
	}
	return j, nil
}

// Narrows reports whether a granular scope may limit a type by a query: whether every row, old versions included, can be held against
// it. The codes that a value set or a hierarchy stands for are looked up when the scope is used.
func Narrows(typ, query string) bool {
	params, err := search.ParseForm(query)
	if err != nil {
		return false
	}
	q, err := search.Parse(StandardParams, typ, params, search.Options{})
	if err == nil {
		q, err = q.Resolve(context.Background(), func(context.Context, search.Modifier, search.Value) ([]search.Coding, error) {
			return []search.Coding{{Code: "some"}}, nil
		})
	}
	return err == nil && len(q.Clauses) > 0 && !slices.ContainsFunc(q.Clauses, func(c search.Clause) bool { return !c.Judged() })
}

// judged reads the query of a scope; ok is false if a version can't be held against it. Errors: Unavailable.
func (b *Book) judged(ctx context.Context, table search.Table, typ, raw string) (clauses []search.Clause, ok bool, err error) {
	params, err := search.ParseForm(raw)
	if err != nil {
		return nil, false, nil //nolint:nilerr // a query that can't be read grants nothing
	}
	opts := search.Options{}
	if b.records.cfg.Bases != nil {
		for _, base := range b.records.cfg.Bases(b.site.Name()) {
			opts.Base = strings.TrimSuffix(base, "/")
		}
	}
	q, err := search.Parse(table, typ, params, opts)
	if err == nil && b.records.cfg.SiteCodes != nil {
		q, err = q.Resolve(ctx, func(ctx context.Context, m search.Modifier, v search.Value) ([]search.Coding, error) {
			return b.records.cfg.SiteCodes(ctx, b.site, m, v)
		})
	}
	switch {
	case fault.Is(err, fault.Unavailable):
		return nil, false, err
	case err != nil:
		return nil, false, nil //nolint:nilerr // nor does one that is not understood
	}
	for i := range q.Clauses {
		if !q.Clauses[i].Judged() {
			return nil, false, nil
		}
	}
	return q.Clauses, true, nil
}

// Outside is the refusal that a resource of owner (as in [Draft.Owner]) meets which the caller's view would not hold if it were stored
// now under key, nil if it would.
//
// Errors: Forbidden, as [Unit.Put] refuses it, and for a query that only the index can answer.
func (b *Book) Outside(ctx context.Context, key chart.Key, owner string, r r4.Resource) error {
	if !b.grant.Narrow.Admits(key.Type, key.ID, owner) {
		return errOutside
	}
	j, err := b.judge(ctx, key.Type)
	if err != nil || j == nil {
		return err
	}
	in, err := j.holds(ctx, key, r, b.records.now())
	if err == nil && !in {
		err = errBeyond
	}
	return err
}

// judges reports whether one version satisfies a query of its type. Errors: as [Book.judge].
func (b *Book) judges(ctx context.Context, v *chart.Version) (bool, error) {
	j, err := b.judge(ctx, v.Type)
	if err != nil {
		return false, err
	}
	return j.admits(ctx, v)
}

// CoversHistory reports whether old versions of a type can be told to be in the caller's view or not.
func (b *Book) CoversHistory(ctx context.Context, typ string) bool {
	_, err := b.judge(ctx, typ)
	return err == nil
}

// admits reports whether a version satisfies a query of its type, if its type has any. A deletion satisfies none.
func (j *judge) admits(ctx context.Context, v *chart.Version) (bool, error) {
	if j == nil || j.queries[v.Type] == nil {
		return true, nil
	}
	j.seen++
	if v.Deleted() {
		return false, nil
	}
	r, err := Decode(v)
	if err != nil {
		return false, err
	}
	return j.holds(ctx, v.Key, r, v.Updated)
}

// holds reports whether what a resource says satisfies a query of its type, of which there are some, as a version of the time updated.
func (j *judge) holds(ctx context.Context, v chart.Key, r r4.Resource, updated time.Time) (bool, error) {
	j.rows.Reset()
	if _, err := j.book.index(ctx, r, &j.rows); err != nil {
		return false, err
	}
	at := updated.UnixMicro()
	x := search.Candidate{ID: v.ID, Rows: &j.rows, From: at, To: at + 1000} // a version is kept to the millisecond
	for _, clauses := range j.queries[v.Type] {
		all := true
		for i := range clauses {
			all = all && clauses[i].Holds(&x)
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}
