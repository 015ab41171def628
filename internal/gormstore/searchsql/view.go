package searchsql

import (
	"context"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// view is what the caller may see of one resource type.
type view struct {
	patient string // only this patient's; empty = everybody's
	open    bool   // and those that are nobody's
	filters [][]search.Clause
	filter  bool // one of filters must hold
}

// closed reports whether only the patient's own resources are visible: then his id leads to them.
func (v *view) closed() bool { return v.patient != "" && !v.open }

// views asks for the view of each type once.
type views struct {
	ctx    context.Context //nolint:containedctx // of one search
	env    *Env
	narrow access.Narrow
	of     func(string) (access.Narrow, bool)
	main   string // the type for which narrow was given; empty in a search of several types
	known  map[string]*view
	denied map[string]bool
}

func newViews(ctx context.Context, env *Env, q *search.Query, narrow access.Narrow, page *chart.Page) *views {
	v := &views{ctx: ctx, env: env, narrow: narrow, of: page.NarrowOf, known: map[string]*view{}, denied: map[string]bool{}}
	if len(q.Types) == 1 {
		v.main = q.Types[0]
	}
	return v
}

// get returns the view of a type, nil if the caller may not search it.
//
// Errors: Forbidden when a scope filter is not a search that this server can check: what can't be checked can't be granted.
func (vs *views) get(typ string) (*view, error) {
	if v := vs.known[typ]; v != nil {
		return v, nil
	}
	if vs.denied[typ] {
		return nil, nil
	}
	narrow := vs.narrow
	if typ != vs.main && vs.of != nil {
		var ok bool
		if narrow, ok = vs.of(typ); !ok {
			vs.denied[typ] = true
			return nil, nil
		}
	}
	v := &view{patient: narrow.Patient, open: narrow.Patient != "" && vs.env.OpenTypes != nil && vs.env.OpenTypes(typ)}
	if queries, ok := narrow.Filters[typ]; ok {
		v.filter = true
		for _, raw := range queries {
			clauses, err := vs.parseFilter(typ, raw)
			if err != nil {
				return nil, err
			}
			if len(clauses) == 0 { // a filter without conditions lets all through
				v.filter = false
				break
			}
			v.filters = append(v.filters, clauses)
		}
	}
	vs.known[typ] = v
	return v, nil
}

// parseFilter reads the query of a granular scope, such as category=…|vital-signs or code:in=…. It may only look at the resource
// itself.
func (vs *views) parseFilter(typ, raw string) ([]search.Clause, error) {
	params, err := search.ParseForm(raw)
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(vs.env.Table, typ, params, search.Options{Base: vs.env.Base})
	if err == nil && vs.env.Codes != nil {
		q, err = q.Resolve(vs.ctx, vs.env.Codes)
	}
	if err != nil && !fault.Is(err, fault.Unavailable) {
		return nil, &fault.Error{Kind: fault.Forbidden, Op: "search.scope", Detail: "a scope of the token has a filter that is not supported", Err: err}
	}
	if err != nil {
		return nil, err
	}
	for i := range q.Clauses {
		c := &q.Clauses[i]
		if c.Beyond() || c.NeedsCodes() || c.FullText() {
			return nil, fault.New(fault.Forbidden, "search.scope", "a scope of the token has a filter that looks beyond the resource's own values, which is not supported")
		}
	}
	return q.Clauses, nil
}

// visible is the condition that the live resource of type typ with rid x is in the caller's view.
func (c *compiler) visible(typ, x string) (expr, error) {
	v, err := c.views.get(typ)
	if err != nil {
		return expr{}, err
	}
	if v == nil {
		return never, nil
	}
	var owner expr
	if v.patient != "" {
		a := c.alias()
		owner = c.exists(sq("resource "+a+" WHERE "+a+".rid = "+x+" AND ?", v.owned(a)))
	}
	filter, err := c.passes(v, x)
	return and(owner, filter), err
}

// owned is the condition that the row of resource with alias a belongs to the view's patient.
func (v *view) owned(a string) expr {
	switch {
	case v.patient == "":
		return expr{}
	case v.open:
		return sq("("+a+".owner = ? OR "+a+".owner IS NULL)", v.patient)
	}
	return sq(a+".owner = ?", v.patient)
}

// passes is the condition that the resource with rid x satisfies one of the view's filters.
func (c *compiler) passes(v *view, x string) (expr, error) {
	if !v.filter {
		return expr{}, nil
	}
	var either []expr
	for _, clauses := range v.filters {
		var all []expr
		for i := range clauses {
			e, err := c.filter(&clauses[i], x)
			if err != nil {
				return expr{}, err
			}
			all = append(all, e)
		}
		whole := and(all...)
		if whole.empty() { // one filter lets everything through
			return expr{}, nil
		}
		either = append(either, sq("(?)", whole))
	}
	if len(either) == 0 {
		return never, nil
	}
	return or(either...), nil
}

// unlimited reports whether the caller sees all resources of these types, of which there are some.
func (c *compiler) unlimited(types []string) (bool, error) {
	for _, typ := range types {
		if v, err := c.views.get(typ); err != nil || v == nil || v.patient != "" || v.filter {
			return false, err
		}
	}
	return len(types) > 0, nil
}

// seen is the condition that the row of resource with alias a, of one of types, is in the caller's view. Types nil means all
// types of the server.
func (c *compiler) seen(types []string, a string) (expr, error) {
	if len(types) == 0 {
		if c.views.of == nil && c.views.narrow.Patient == "" && c.views.narrow.Filters == nil {
			return expr{}, nil
		}
		types = c.env.Types
	}
	// Types with the same view share one condition.
	var free, own, open []string
	var patient string
	var rest []expr
	for _, typ := range types {
		v, err := c.views.get(typ)
		switch {
		case err != nil:
			return expr{}, err
		case v == nil:
		case v.filter || patient != "" && v.patient != "" && v.patient != patient:
			pass, err := c.passes(v, a+".rid")
			if err != nil {
				return expr{}, err
			}
			rest = append(rest, sq("(?)", and(sq(a+".type = ?", typ), v.owned(a), pass)))
		case v.patient == "":
			free = append(free, typ)
		case v.open:
			patient, open = v.patient, append(open, typ)
		default:
			patient, own = v.patient, append(own, typ)
		}
	}
	var either []expr
	if len(free) > 0 {
		either = append(either, c.d.inTexts(a+".type", free))
	}
	if len(own) > 0 {
		either = append(either, sq("(? AND ?)", sq(a+".owner = ?", patient), c.d.inTexts(a+".type", own)))
	}
	if len(open) > 0 {
		either = append(either, sq("(? AND ?)", sq("("+a+".owner = ? OR "+a+".owner IS NULL)", patient), c.d.inTexts(a+".type", open)))
	}
	either = append(either, rest...)
	if len(free) == len(types) && c.views.of == nil {
		return expr{}, nil // the same view holds for every other type
	}
	if len(either) == 0 {
		return never, nil
	}
	return or(either...), nil
}
