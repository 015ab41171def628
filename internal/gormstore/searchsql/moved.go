package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/packed"
)

// The pages of an order of values show each resource where it stood when the first of them was read. One that was changed since stands
// elsewhere in the index, but the history has its version of that instant, whose values say where it stood. It is shown there, as
// it is now, if it still matches: so it comes once, whatever pages were read before it changed and after.
//
// This costs nothing while nobody writes. What is looked through is bounded: a resource that others change after maxMovedWrites
// writes, or as one of more than maxMoved, does not come any more. Nor does one in an order of which its old version does not tell
// where it stood: that of a parameter of the site's own, of contained resources, or of texts with a part, which nobody asked for.
const (
	maxMovedWrites = 20_000
	maxMoved       = 1000
)

// past is a resource as it was when the first page was read.
type past struct {
	row     row
	id      string
	updated int64 // milliseconds
	rows    *index.Rows
}

// rejoin adds to the rows of a page those that were moved out of it since the instant bound. The page begins behind cur, and is
// complete when it has limit rows.
func (r *runner) rejoin(ctx context.Context, list []row, cur *cursor, bound int64, limit int) ([]row, error) {
	unknown := len(list) == 0 && cur != nil // no row tells of what instant the page is
	if !unknown && r.now <= bound || !r.remembers() {
		return list, nil
	}
	all, err := r.changed(ctx, bound)
	if err != nil || len(all) == 0 {
		return list, err
	}
	targets, err := r.targets(ctx, all)
	if err != nil {
		return nil, err
	}
	desc, ridDesc := directions(r.plan, r.query)
	order := func(a, b row) int {
		if a.late != b.late {
			if a.late {
				return 1
			}
			return -1
		}
		return compareKeys(&a, &b, desc, ridDesc)
	}
	there := make(map[int64]*past, len(all))
	var numbers []int64
	for i := range all {
		p := &all[i]
		if !r.place(p, targets) || cur != nil && order(p.row, row{number: cur.rid, keys: cur.keys, late: cur.tail}) <= 0 ||
			len(list) >= limit && order(p.row, list[len(list)-1]) > 0 ||
			slices.ContainsFunc(list, func(one row) bool { return one.number == p.row.number }) { // changed while the page was read
			continue
		}
		there[p.row.number] = p
		numbers = append(numbers, p.row.number)
	}
	if len(numbers) == 0 {
		return list, nil
	}
	still := source{from: table("resource"), cond: live}
	where, err := r.branch(&plan{mode: byIndex, driver: driveSort, filters: every(r.query)}, r.query, &still, "r", nil)
	if err != nil {
		return nil, err
	}
	e, watched := r.watched(sq("SELECT "+resourceColumns("")+" FROM resource r WHERE ? AND ?", r.d.in("r.rid", numbers), where), 2, cur)
	var s scan
	var lag int64
	if watched {
		s.lag = &lag
	}
	text, args := r.d.finish(e)
	err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		v, _, err := s.read(rows)
		if err != nil || v == nil {
			return err
		}
		one := there[v.Number].row
		one.version = v
		if list = append(list, one); len(list) >= 2*limit { // no more bodies than these at once, whatever has moved
			slices.SortFunc(list, order)
			list = slices.Delete(list, limit, len(list))
		}
		return nil
	})
	if err == nil {
		err = behind(lag)
	}
	slices.SortFunc(list, order)
	return list, err
}

// remembers reports whether the order of the plan is one of which an old version tells where it stood.
func (r *runner) remembers() bool {
	switch {
	case r.plan.mode == byRID || r.env.Extract == nil: // by rid nothing moves
		return false
	case r.plan.mode == byKey:
		return ranged(&r.query.Clauses[r.plan.driver], r.plan.keys()[0])
	}
	return !slices.ContainsFunc(r.query.Sort, func(s search.Sort) bool { return s.Param.Revision != 0 })
}

// changed are the resources of the types searched that were there at the instant bound and were changed since, as they were then.
func (r *runner) changed(ctx context.Context, bound int64) ([]past, error) {
	where := sq("a.seq > ? AND a.seq <= ? AND a.body IS NOT NULL", bound, bound+maxMovedWrites)
	if len(r.query.Types) > 0 {
		where = and(where, r.d.inTexts("a.type", r.query.Types))
	}
	e := sq("SELECT m.rid, m.type, m.id, h.updated, h.body FROM (SELECT a.rid, a.type, a.id FROM resource a WHERE ?) m"+r.d.over()+
		"history h ON h.seq = (SELECT x.seq FROM history x WHERE x.rid = m.rid AND x.seq <= ? ORDER BY x.vid DESC LIMIT 1) AND h.body IS NOT NULL ?",
		where, bound, r.d.limit(maxMoved))
	var all []past
	text, args := r.d.finish(e)
	err := query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		var p past
		var typ string
		var body packed.Body
		if err := rows.Scan(&p.row.number, &typ, &p.id, &p.updated, &body); err != nil {
			return err
		}
		p.rows = &index.Rows{}
		if r.env.Base != "" {
			p.rows.Bases = []string{r.env.Base + "/"}
		}
		if err := r.env.Extract(typ, body, p.rows); err != nil {
			return err
		}
		all = append(all, p)
		return nil
	})
	return all, err
}

// target is what a reference names.
type target struct{ typ, id string }

// targets are the numbers of the resources to which the references lead by which the search is sorted.
func (r *runner) targets(ctx context.Context, all []past) (map[target]int64, error) {
	wanted := map[string][]string{} // type → ids
	for _, s := range r.query.Sort {
		if s.Param.Type != search.Reference {
			continue
		}
		params := rows(&search.Clause{Param: s.Param})
		for i := range all {
			for j := range all[i].rows.References {
				if to := &all[i].rows.References[j]; to.ID != "" && slices.Contains(params, int64(to.Param)) {
					wanted[to.Type] = append(wanted[to.Type], to.ID)
				}
			}
		}
	}
	found := map[target]int64{}
	for typ, ids := range wanted {
		slices.Sort(ids)
		text, args := r.d.finish(sq("SELECT a.rid, a.id FROM resource a WHERE a.type = ? AND ?", typ, r.d.inTexts("a.id", slices.Compact(ids))))
		if err := query(ctx, r.q, text, args, func(rows *sql.Rows) error {
			var number int64
			var id string
			err := rows.Scan(&number, &id)
			found[target{typ, id}] = number
			return err
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// place finds out where a resource stood in the order of the plan; false if it was not in it.
func (r *runner) place(p *past, targets map[target]int64) bool {
	if r.plan.mode == byKey {
		return r.placeInRange(p, &r.query.Clauses[r.plan.driver])
	}
	for _, s := range r.query.Sort {
		list := columnsOf(p, s.Param, targets)
		columns := make([]any, width(s.Param))
		switch {
		case len(list) == 0:
		case s.Descending:
			columns = slices.MaxFunc(list, compareColumns)
		default:
			columns = slices.MinFunc(list, compareColumns)
		}
		if r.plan.mode != byIndex { // which alone goes on from the first column to those that follow it
			columns = columns[:1]
		}
		p.row.keys = append(p.row.keys, columns...)
	}
	p.row.late = r.plan.hasTail(r.query) && p.row.keys[0] == nil
	return true
}

// width is how many columns a sort by a parameter reads (sortSource).
func width(p *search.Param) int {
	switch {
	case p == search.LastUpdated || p == search.ID:
	case p.Type == search.Date:
		return 2
	case p.Type == search.Quantity:
		return 3
	}
	return 1
}

func compareColumns(a, b []any) int {
	for i := range a {
		if n := compareKey(a[i], b[i]); n != 0 {
			return n
		}
	}
	return 0
}

// columnsOf are the rows that the index had of a resource under a parameter, in the columns by which it sorts.
func columnsOf(p *past, param *search.Param, targets map[target]int64) (list [][]any) {
	params := rows(&search.Clause{Param: param})
	add := func(row int32, columns ...any) {
		if slices.Contains(params, int64(row)) {
			list = append(list, columns)
		}
	}
	switch {
	case param == search.LastUpdated:
		return [][]any{{p.updated}}
	case param == search.ID:
		return [][]any{{p.id}}
	case param.Type == search.Date:
		for _, x := range p.rows.Dates {
			add(x.Param, x.Lo, x.Hi)
		}
	case param.Type == search.String:
		for _, x := range p.rows.Strings {
			if x.Whole() {
				add(x.Param, norm(&x))
			}
		}
	case param.Type == search.Number:
		for _, x := range p.rows.Numbers {
			add(x.Param, x.Value)
		}
	case param.Type == search.Quantity:
		for _, x := range p.rows.Quantities {
			add(x.Param, quantityKeys(&x)...)
		}
	case param.Type == search.Reference:
		for _, x := range p.rows.References {
			number, known := targets[target{x.Type, x.ID}]
			if known && x.ID != "" && (len(param.RowTypes) == 0 || slices.Contains(param.RowTypes, x.Type)) {
				add(x.Param, number)
			}
		}
	case param.Type == search.URI:
		for _, x := range p.rows.URIs {
			add(x.Param, index.Key(index.Clean(x.URI)))
		}
	default:
		for _, x := range p.rows.Tokens {
			add(x.Param, index.Key(index.Clean(x.Code)))
		}
	}
	return list
}

// norm is a folded text as idx_string has it.
func norm(s *index.String) string {
	head, _ := index.Head(index.Clean(s.Norm), index.MaxKey)
	return head
}

// ranged reports whether a clause drives in an order of values that old versions tell: key is the first column of its index.
func ranged(cl *search.Clause, key string) bool {
	if cl.Param == nil || cl.Param.Revision != 0 || cl.Missing != nil || len(cl.Also) > 0 || !cl.Judged() {
		return false
	}
	switch key {
	case "lo", "updated", "value", "canon_lo":
		return cl.Param.Type != search.Composite
	case "norm":
		return cl.Modifier == search.NoModifier
	}
	return false
}

// placeInRange is place for the order in which a range of dates, numbers, quantities or texts is read.
func (r *runner) placeInRange(p *past, cl *search.Clause) bool {
	params, backwards := rows(cl), r.plan.sources[0].desc
	number, found := p.row.number, false
	// add takes a row of the index if it is one of the clause's; early tells that it is read before what is in the tail.
	add := func(param int32, alone *index.Rows, early bool, keys ...any) {
		if !slices.Contains(params, int64(param)) || !cl.Holds(&search.Candidate{Rows: alone}) {
			return
		}
		one := row{number: number, keys: keys, late: !early && len(r.plan.late) > 0}
		if !found || p.row.late && !one.late || p.row.late == one.late && compareColumns(keys, p.row.keys) < 0 != backwards {
			p.row, found = one, true
		}
	}
	v := &cl.Values[0] // where there are several, nothing is in the tail
	switch {
	case cl.Param == search.LastUpdated:
		if at := p.updated * 1000; cl.Holds(&search.Candidate{From: at, To: at + 1000}) {
			p.row.keys, found = []any{p.updated}, true
		}
	case cl.Param.Type == search.Date:
		for _, x := range p.rows.Dates {
			add(x.Param, &index.Rows{Dates: []index.Date{x}}, begins(v, x.Lo), x.Lo, x.Hi)
		}
	case cl.Param.Type == search.String:
		for _, x := range p.rows.Strings {
			add(x.Param, &index.Rows{Strings: []index.String{x}}, true, norm(&x))
		}
	case cl.Param.Type == search.Number:
		for _, x := range p.rows.Numbers {
			add(x.Param, &index.Rows{Numbers: []index.Number{x}}, near(v, x.Value), x.Value)
		}
	case r.plan.keys()[0] == "canon_lo":
		for _, x := range p.rows.Quantities {
			add(x.Param, &index.Rows{Quantities: []index.Quantity{x}}, true, x.CanonicalLo, x.CanonicalHi)
		}
	default:
		for _, x := range p.rows.Quantities {
			add(x.Param, &index.Rows{Quantities: []index.Quantity{x}}, near(v, x.Value), quantityKeys(&x)...)
		}
	}
	return found
}

// quantityKeys are the columns by which quantities are in order. The number of the system is not known here; it tells apart what is equal
// otherwise.
func quantityKeys(q *index.Quantity) []any {
	return []any{q.Value, index.Key(index.Clean(q.Code)), int64(0)}
}
