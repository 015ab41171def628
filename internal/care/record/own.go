package record

import (
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

// Own are the search parameters that sites have of their own, beside those of the standard.
type Own interface {
	// Table returns the parameters of a site as they are now, the standard's included.
	Table(ctx context.Context, site string) (search.Table, error)
	// Rows adds the index rows of the site's own parameters, and returns the generation that they are of.
	Rows(ctx context.Context, site string, r r4.Resource, rows *index.Rows) (generation int64, err error)
	// Check says whether a SearchParameter defines anything. Errors: Unprocessable with an issue for every fault.
	Check(ctx context.Context, site string, sp *r4.SearchParameter) (defines bool, err error)
	// Changed is told which SearchParameters were written, after the commit.
	Changed(ctx context.Context, site string, written []*chart.Version) error
}

// ParamsOf returns the search parameters of a site: the standard's and its own.
//
// Errors: Unavailable when the site's own ones can't be read.
func (r *Records) ParamsOf(ctx context.Context, site string) (search.Table, error) {
	if r.cfg.Own == nil {
		return r.cfg.Params, nil
	}
	return r.cfg.Own.Table(ctx, site)
}

// index makes all index rows of a resource and returns the generation of the site's own parameters.
func (b *Book) index(ctx context.Context, r r4.Resource, rows *index.Rows) (generation int64, err error) {
	Extract(r, rows)
	if b.records.cfg.Own == nil {
		return 0, nil
	}
	return b.records.cfg.Own.Rows(ctx, b.site.Name(), r, rows)
}

// defines reports whether a resource is a SearchParameter that adds something. Errors: Unprocessable for its faults.
func (b *Book) defines(ctx context.Context, r r4.Resource) (bool, error) {
	sp, ok := r.(*r4.SearchParameter)
	if !ok || b.records.cfg.Own == nil {
		return false, nil
	}
	return b.records.cfg.Own.Check(ctx, b.site.Name(), sp)
}

// alone makes sure that no other SearchParameter defines what d does. It is asked inside the transaction, so that of two that
// are posted at the same time one is refused.
func (u *Unit) alone(d *Draft) error {
	const op = "record.parameter"
	sp, ok := d.Resource.(*r4.SearchParameter)
	if !ok {
		return nil
	}
	q, err := search.Parse(u.book.records.cfg.Params, d.Type, []search.Parameter{
		{Name: "code", Value: search.Escape(sp.Code.V)}, {Name: "status", Value: sp.Status.V},
	}, search.Options{})
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	for page := (chart.Page{Count: search.MaxCount}); ; {
		// Whatever the caller may see: the name is taken or it isn't.
		found, err := u.tx.Search(u.ctx, q, access.Narrow{}, page)
		if err != nil {
			return err
		}
		for _, v := range found.Matches {
			r, err := Decode(v)
			if err != nil {
				return err
			}
			if other, ok := r.(*r4.SearchParameter); ok && v.ID != d.ID && searchparam.Overlap(sp, other) {
				return &fault.Error{Kind: fault.Unprocessable, Op: op, Detail: "the search parameter cannot be used", Issues: []fault.Issue{{
					Code: "duplicate", Expression: "SearchParameter.code", Detail: v.Key.String() + " defines a parameter of this name on one of the types already",
				}}}
			}
		}
		if page.After = found.Next; page.After == "" {
			return nil
		}
	}
}

// followed tells the site's own search parameters what was written of them. The write stands whatever comes of that: what was
// missed is made up for later.
func (b *Book) followed(ctx context.Context, written []*chart.Version) error {
	if b.records.cfg.Own == nil {
		return nil
	}
	var list []*chart.Version
	for _, v := range written {
		if v.Type == "SearchParameter" {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return b.records.cfg.Own.Changed(ctx, b.site.Name(), list)
}
