package record

import (
	"context"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// searcher is what a view check needs: the site, or the transaction in which a write happens.
type searcher interface {
	Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error)
}

// sees reports whether the current version v lies in the caller's view. A deletion satisfies no query of a granular scope.
func (b *Book) sees(ctx context.Context, in searcher, v *chart.Version) (bool, error) {
	n := b.grant.Narrow
	if !n.Admits(v.Type, v.ID, v.Owner) {
		return false, nil
	}
	if len(n.Filters[v.Type]) == 0 {
		return true, nil
	}
	// A granular scope is a search: only the index can say whether the resource satisfies it.
	q := &search.Query{
		Types:   []string{v.Type},
		Clauses: []search.Clause{{Param: search.ID, Values: []search.Value{{Code: v.ID}}}},
		Count:   1, Total: search.TotalNone,
	}
	r, err := in.Search(ctx, q, n, chart.Page{Count: 1})
	if err != nil {
		return false, err
	}
	return len(r.Matches) > 0, nil
}

// notFound is the one answer for what does not exist and for what lies outside the caller's view.
func notFound(op string, key chart.Key) error {
	return fault.New(fault.NotFound, op, "%s is not known", key)
}

func gone(op string, key chart.Key) error {
	return fault.New(fault.Gone, op, "%s was deleted", key)
}
