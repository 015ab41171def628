package record

import (
	"context"
	"net/url"
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// Found is one page of a search, decoded. Resources[i] is the content of Versions[i].
type Found struct {
	Resources []r4.Resource
	Versions  []*chart.Version
	Next      string // cursor of the next page for the parameter named [After]; empty on the last page
	Total     int64  // -1 when not counted; ask for it with _total=accurate
}

// After is the name under which [Book.Find] takes the cursor of the next page.
const After = "_after"

// Search runs a checked query in the caller's view, of the types that it reaches beside its own as well, and records the access before
// it returns anything.
//
// Errors: Forbidden without a grant; the store's own; Unavailable if the access cannot be recorded.
func (b *Book) Search(ctx context.Context, q *search.Query, page chart.Page) (*chart.Result, error) {
	return b.Sift(ctx, q, page, func(*chart.Result) {})
}

// Sift is [Book.Search] of which only a part is shown: sift takes from the page what is not, before the access is recorded.
func (b *Book) Sift(ctx context.Context, q *search.Query, page chart.Page, sift func(*chart.Result)) (*chart.Result, error) {
	if err := b.granted("record.search"); err != nil {
		return nil, err
	}
	q, err := b.Resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := b.search(ctx, q, b.reaching(page))
	if err == nil {
		err = b.pin(ctx, q, page.Around, r)
	}
	if err != nil {
		return nil, err
	}
	sift(r)
	var key chart.Key
	if len(q.Types) == 1 {
		key.Type = q.Types[0]
	}
	if err := b.listed(ctx, key, r.Matches, r.Included); err != nil {
		return nil, err
	}
	return r, nil
}

// reaching gives a page the caller's view of each type that a search reaches beside its own: without it a chain would look through
// what he may not see.
func (b *Book) reaching(page chart.Page) chart.Page {
	page.NarrowOf = b.grant.DecideType
	return page
}

// Resolve puts codes in the place of the value sets and hierarchies that a query names (search.Query.Resolve). [Book.Search]
// does so itself; a query for a transaction needs it before.
//
// Errors: Invalid where the server knows no value sets; those of the terminology.
func (b *Book) Resolve(ctx context.Context, q *search.Query) (*search.Query, error) {
	return q.Resolve(ctx, func(ctx context.Context, m search.Modifier, v search.Value) ([]search.Coding, error) {
		if codes := b.records.cfg.Codes; codes != nil {
			return codes(ctx, b, m, v)
		}
		return nil, fault.New(fault.Invalid, "record.codes", "the modifier :%s needs value sets, which are not known here", m)
	})
}

// Find searches resources of one type and decodes what it finds. The parameters are those of a FHIR search; unknown ones
// are always an error here. _count and _sort work as in FHIR, [After] takes Found.Next.
//
// Errors: Invalid for a parameter that is not understood, else as [Book.Search].
func (b *Book) Find(ctx context.Context, typ string, params url.Values) (*Found, error) {
	return found(b.FindStored(ctx, typ, params))
}

// FindStored is [Book.Find] without decoding what it finds; see [Decode].
func (b *Book) FindStored(ctx context.Context, typ string, params url.Values) (*chart.Result, error) {
	q, page, err := b.query(typ, params)
	if err != nil {
		return nil, err
	}
	return b.Search(ctx, q, page)
}

// query parses the parameters of Find. They are taken in the order of their names, so that equal searches are equal.
func (b *Book) query(typ string, params url.Values) (*search.Query, chart.Page, error) {
	list := search.FromValues(params)
	var page chart.Page
	list = slices.DeleteFunc(list, func(p search.Parameter) bool {
		if p.Name == After {
			page.After = p.Value
		}
		return p.Name == After
	})
	q, err := search.Parse(b.records.cfg.Params, typ, list, search.Options{})
	if err != nil {
		return nil, page, err
	}
	page.Count = q.Count
	return q, page, nil
}

func found(r *chart.Result, err error) (*Found, error) {
	if err != nil {
		return nil, err
	}
	f := &Found{Versions: r.Matches, Next: r.Next, Total: r.Total, Resources: make([]r4.Resource, len(r.Matches))}
	for i, v := range r.Matches {
		if f.Resources[i], err = Decode(v); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Survey is a search that leaves no audit event, to find out where to look. Nothing of it may be shown: what is, has to be read.
//
// Errors: Forbidden without a grant; the store's own.
func (b *Book) Survey(ctx context.Context, q *search.Query, page chart.Page) (*chart.Result, error) {
	if err := b.granted("record.survey"); err != nil {
		return nil, err
	}
	q, err := b.Resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	return b.site.Search(ctx, q, b.grant.Narrow, b.reaching(page))
}

// Match returns up to two resources that satisfy a checked query, enough to tell none, one and several apart. It leaves no
// audit event: it is for conditional interactions, which are recorded as what they do.
func (b *Book) Match(ctx context.Context, q *search.Query) ([]*chart.Version, error) {
	return b.MatchUpTo(ctx, q, 2)
}

// MatchUpTo is [Book.Match] of up to limit resources.
func (b *Book) MatchUpTo(ctx context.Context, q *search.Query, limit int) ([]*chart.Version, error) {
	if err := b.granted("record.match"); err != nil {
		return nil, err
	}
	q, err := b.Resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	r, err := b.site.Search(ctx, q, b.grant.Narrow, b.reaching(chart.Page{Count: limit}))
	if err != nil {
		return nil, err
	}
	return r.Matches, nil
}

// whole are the types of a history of several that the caller sees beyond the one patient to whom others are narrowed.
func (b *Book) whole(q *chart.HistoryQuery) []string {
	if q.Key.Type != "" || b.grant.Narrow.Patient == "" {
		return nil
	}
	types := q.Types
	if types == nil {
		types = b.grant.VisibleTypes()
	}
	var list []string
	for _, typ := range types {
		if n, ok := b.grant.DecideType(typ); ok && n.Patient == "" {
			list = append(list, typ)
		}
	}
	return list
}

// Remnants lists resources of which something could be removed for good: keys and numbers alone. It is for [Unit.Remove],
// which looks whether each lies in the caller's view and records what it does; nothing of it may be shown.
//
// Errors: Forbidden without a grant.
func (b *Book) Remnants(ctx context.Context, q chart.RemnantQuery) ([]*chart.Version, error) {
	if err := b.granted("record.remnants"); err != nil {
		return nil, err
	}
	return b.site.Remnants(ctx, q)
}

// Values lists the distinct values that resources of the types have of the index rows with these numbers, and records the
// access. The index knows no view.
//
// Errors: Forbidden without a grant that reaches all resources of the types.
func (b *Book) Values(ctx context.Context, types []string, tokens, uris []int32, limit int) ([]chart.Value, error) {
	const op = "record.values"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	var key chart.Key
	for _, typ := range types {
		if b.narrowed(typ) {
			return nil, fault.New(fault.Forbidden, op, "what all resources of a type have together is not within one record")
		}
		key.Type = typ
	}
	if len(types) != 1 {
		key.Type = ""
	}
	list, err := b.site.Values(ctx, tokens, uris, limit)
	if err != nil {
		return nil, err
	}
	return list, b.listed(ctx, key)
}
