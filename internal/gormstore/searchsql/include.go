package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// The limits of includes: how many references :iterate follows from a match, and how many resources are included. Where one
// ends the work, the result says so.
const (
	includeRounds = 10
	maxIncluded   = 1000
)

// include adds what the matches refer to and what refers to them, one statement a round. A resource comes once, and not at all
// if it is a match, or one of those around which it is looked for. Rows outside the caller's view of their type stay out. Inside
// are the contained resources that are matches.
//
// https://hl7.org/fhir/R4/search.html#revinclude
func (r *runner) include(ctx context.Context, around []*chart.Version, inside insides, cur *cursor, result *chart.Result) error {
	other, err := r.otherPages(cur)
	if err != nil {
		return err
	}
	have := map[int64]bool{}
	fresh := around
	for _, v := range fresh {
		have[v.Number] = true
	}
	for round := 1; round <= includeRounds && len(fresh)+len(inside.numbers) > 0; round++ {
		e, err := r.included(fresh, inside, round > 1, other, result)
		if err != nil || e.empty() {
			return err
		}
		limit, read := includeLimit(len(fresh)+len(inside.numbers)), 0
		fresh, inside = nil, insides{}
		text, args := r.d.finish(e)
		err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
			// What refers to several matches comes once for each, so that the statement may end before all have come once.
			if read++; read == limit {
				result.MoreIncluded = true
			}
			var s scan
			v, _, err := s.read(rows)
			switch {
			case err != nil:
				return err
			case have[v.Number]:
			case len(result.Included) == maxIncluded:
				result.MoreIncluded = true
			default:
				have[v.Number] = true
				fresh = append(fresh, v)
				result.Included = append(result.Included, v)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(fresh) > 0 {
		e, err := r.included(fresh, insides{}, true, other, result)
		result.MoreIncluded = result.MoreIncluded || !e.empty()
		return err
	}
	return nil
}

// included selects what one round includes around resources, and in the first one around contained ones; nothing if none of the
// includes has to do with their types.
func (r *runner) included(around []*chart.Version, inside insides, iterate bool, other expr, result *chart.Result) (expr, error) {
	rids := make([]int64, len(around))
	met := map[string]bool{}
	for i, v := range around {
		rids[i], met[v.Type] = v.Number, true
	}
	concerns := func(types ...string) bool {
		return len(types) == 0 || slices.ContainsFunc(types, func(typ string) bool { return typ == "" || met[typ] })
	}
	var parts []expr
	var types []string
	anyType := false
	add := func(list []string) {
		anyType = anyType || len(list) == 0
		types = append(types, list...)
	}
	for _, in := range r.query.Include {
		if iterate && !in.Iterate {
			continue
		}
		if inside.concern(in.Source) {
			part, targets := r.fromInside(&in, inside, rids)
			parts = append(parts, part)
			add(targets)
		}
		if !concerns(in.Source) {
			continue
		}
		part, targets := r.forward(&in, rids)
		more, err := r.forwardCanonical(&in, around, result)
		if err != nil {
			return expr{}, err
		}
		parts = append(append(parts, part), more...)
		add(targets)
	}
	for _, in := range r.query.RevInclude {
		if iterate && !in.Iterate {
			continue
		}
		if len(inside.numbers) > 0 && inside.concern(in.Target) {
			part, source := r.backward(&search.Include{Source: in.Source, Param: in.Param}, inside.numbers)
			parts = append(parts, part)
			add(source)
		}
		if !concerns(in.Target) || in.Param != nil && !concerns(in.Param.Targets...) {
			continue
		}
		part, source := r.backward(&in, rids)
		more, err := r.backwardCanonical(&in, around, result)
		if err != nil {
			return expr{}, err
		}
		parts = append(append(parts, part), more...)
		add(source)
	}
	if len(parts) == 0 {
		return expr{}, nil
	}
	if anyType {
		types = nil
	}
	slices.Sort(types)
	seen, err := r.seen(slices.Compact(types), "r")
	if err != nil {
		return expr{}, err
	}
	// What a match refers to is mostly a match itself: its body need not be read again.
	where := and(r.d.notIn("i.rid", rids), expr{text: "r.body IS NOT NULL"}, seen, other)
	return sq("SELECT "+resourceColumns("")+" FROM (?) i"+r.d.over()+"resource r ON r.rid = i.rid WHERE ? LIMIT ? + 0", join(parts, " UNION "), where,
		includeLimit(len(rids)+len(inside.numbers))), nil
}

// otherPages is the condition that the row with alias r is no match of another page; none where that may be, or there is none.
func (r *runner) otherPages(cur *cursor) (expr, error) {
	at := cur
	if at == nil {
		at = r.next
	}
	if at == nil || !r.query.Apart {
		return expr{}, nil
	}
	match := sq("r.seq <= ?", at.bound)
	if at.mode == byRID {
		match = sq("r.rid <= ?", at.bound)
	}
	if len(r.query.Types) > 0 {
		match = and(match, r.d.inTexts("r.type", r.query.Types))
	}
	for i := range r.query.Clauses {
		e, err := r.filter(&r.query.Clauses[i], "r.rid")
		if err != nil {
			return expr{}, err
		}
		match = and(match, e)
	}
	return sq("NOT (?)", and(match, r.span(r.query.Span, "r.rid"))), nil
}

// includeLimit is how many rows a round around so many resources reads at most: as many as may be included, those that are there
// already, and one that tells that there are more.
func includeLimit(around int) int { return maxIncluded + around + 1 }

// forward selects what references name, and the types that these can be; none = any.
func (r *runner) forward(in *search.Include, rids []int64) (expr, []string) {
	f := r.alias()
	return r.targetsOf(in, f, expr{text: "idx_ref " + f}, r.d.in(f+".rid", rids), func(param int64) int64 { return param })
}

// targetsOf selects what the references name that are read as alias f from tables, and the types that these can be; none = any.
// Placed gives the numbers under which they lie.
func (r *runner) targetsOf(in *search.Include, f string, from, where expr, placed func(param int64) int64) (expr, []string) {
	// Hundreds of matches name the same patient and the same practitioners, each of which is wanted once.
	e := sq("SELECT DISTINCT "+f+".target AS rid FROM ?", from)
	numbers := func(list []int64) expr {
		list = slices.Clone(list)
		for i := range list {
			list[i] = placed(list[i])
		}
		return r.d.in(f+".param", list)
	}
	var targets []string
	switch {
	case in.Param != nil:
		where = and(where, numbers(rows(&search.Clause{Param: in.Param})))
		targets = in.Param.Targets
		if len(in.Param.RowTypes) > 0 {
			targets = in.Param.RowTypes
		}
	case in.Source != "":
		where = and(where, numbers(r.references(in.Source)))
	}
	if in.Target != "" {
		targets = []string{in.Target}
	}
	if in.Target != "" || in.Param != nil && len(in.Param.RowTypes) > 0 {
		t := r.alias()
		return sq("? JOIN resource "+t+" ON "+t+".rid = "+f+".target WHERE ? AND ?", e, where, r.d.inTexts(t+".type", targets)), targets
	}
	return sq("? WHERE ?", e, where), targets
}

// backward selects what refers to the resources, and its type; none = any.
func (r *runner) backward(in *search.Include, rids []int64) (expr, []string) {
	f := r.alias()
	var params []int64
	var source []string
	switch {
	case in.Param != nil:
		params, source = rows(&search.Clause{Param: in.Param}), []string{in.Source}
	case in.Source != "":
		params, source = r.references(in.Source), []string{in.Source}
	default:
		for _, typ := range r.env.Types {
			params = append(params, r.references(typ)...)
		}
	}
	where := and(r.d.in(f+".param", params), r.d.in(f+".target", rids))
	e := sq("SELECT "+f+".rid FROM idx_ref "+f+" WHERE ?", where)
	if in.Target != "" {
		t := r.alias()
		e = sq("SELECT "+f+".rid FROM idx_ref "+f+" JOIN resource "+t+" ON "+t+".rid = "+f+".target WHERE ? AND "+t+".type = ?", where, in.Target)
	}
	return e, source
}

// references are the row numbers of all reference parameters of a type.
func (r *runner) references(typ string) []int64 {
	var list []int64
	for _, p := range r.env.Table.Of(typ) {
		if p.Type == search.Reference {
			list = append(list, rows(&search.Clause{Param: p})...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
