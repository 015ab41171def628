package searchsql

import (
	"slices"
	"strings"

	"chartwright/internal/fhir/search"
)

// pageSQL is the statement of one page: the rids in order with their keys, joined to the stored rows. On the first page each
// row also carries the bound of the snapshot. tail asks for the tail of the order.
func (c *compiler) pageSQL(p *plan, q *search.Query, cur *cursor, limit int, tail bool) (expr, error) {
	c.fence = p.mode != bySet
	defer func() { c.fence = false }()
	bound := ""
	if cur == nil || p.mode != byRID { // a later page in an order of values tells whether anybody wrote since the first
		// A join with the one row of counter would be read again for each row of the page: on PostgreSQL with all that the
		// writes since the last vacuum have left of it.
		if bound = "(SELECT n.seq FROM counter n WHERE n.id = 1)"; p.mode == byRID {
			bound = "(SELECT n.rid FROM counter n WHERE n.id = 1)"
		}
	}
	var page expr
	var err error
	switch {
	case p.mode == bySet:
		page, err = c.sortedPage(p, q, cur, limit)
	case tail && p.mode == byIndex:
		page, err = c.sortTail(p, q, cur, limit)
	case tail:
		page, err = c.indexPage(p, q, p.late, cur, limit)
	case len(p.sources) == 1 && p.sources[0].from.text == "resource":
		// The rows are read already.
		b, err := c.indexBranch(p, q, &p.sources[0], "r", cur)
		if err != nil {
			return expr{}, err
		}
		text := strings.Join(append([]string{"SELECT " + resourceColumns(bound)}, b.keys...), ", ")
		return sq(text+" FROM resource r WHERE ?"+b.order+" ?", b.where, c.d.limit(limit)), nil
	default:
		page, err = c.indexPage(p, q, p.sources, cur, limit)
	}
	if err != nil {
		return expr{}, err
	}
	text := "SELECT " + resourceColumns(bound)
	for _, k := range keyNames(p, q) {
		text += ", p." + k //nolint:perfsprint // a few keys
	}
	return sq(text+" FROM (?) p"+c.d.over()+"resource r ON r.rid = p.rid", page), nil
}

// resourceColumns selects a stored row in two columns: what is short as one text, and the body. A column costs the drivers more
// than its contents, above all that of SQLite; so do nine operators beside one function. Nobody's resource has no owner at the
// end of the text. Bound, if not empty, is one more number to select.
func resourceColumns(bound string) string {
	if bound == "" {
		bound = "0"
	}
	return "concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, " + bound + ", r.type, r.id, r.owner), r.body"
}

// keyNames are the columns of a page beside rid.
func keyNames(p *plan, q *search.Query) []string {
	n := 0
	switch p.mode {
	case byKey, byIndex:
		n = len(p.keys())
	case bySet, byGroup:
		n = len(q.Sort)
	}
	return sortNames(n)
}

// sortNames are the columns of n keys.
func sortNames(n int) []string {
	return []string{"k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"}[:n]
}

// directions are those of the keys; the rid follows the first.
func directions(p *plan, q *search.Query) (desc []bool, ridDesc bool) {
	switch p.mode {
	case byKey:
		return slices.Repeat([]bool{p.sources[0].desc}, len(p.keys())), p.sources[0].desc
	case byIndex:
		return slices.Repeat([]bool{q.Sort[0].Descending}, len(p.keys())), q.Sort[0].Descending
	case bySet, byGroup:
		for _, s := range q.Sort {
			desc = append(desc, s.Descending)
		}
		return desc, desc[0]
	}
	return nil, false
}

// indexPage reads the sources in order, each to its limit, and merges them.
func (c *compiler) indexPage(p *plan, q *search.Query, sources []source, cur *cursor, limit int) (expr, error) {
	var parts []expr
	for i := range sources {
		s, a := &sources[i], c.alias()
		b, err := c.indexBranch(p, q, s, a, cur)
		if err != nil {
			return expr{}, err
		}
		columns := a + ".rid"
		switch {
		case len(b.keys) > 0:
			for n, k := range keyNames(p, q) {
				columns += ", " + b.keys[n] + " AS " + k //nolint:perfsprint // a few keys
			}
		case s.unique && len(s.params) < 2:
		case s.ordered && len(s.params) < 2:
			columns = "DISTINCT " + columns // drops repeats while it reads
		default:
			b.order = " GROUP BY " + a + ".rid" + b.order // sorts once for both
		}
		if s.postings != nil && len(b.keys) > 0 {
			parts = append(parts, s.postings.page(c.d, s.from, a, columns, &b, keyNames(p, q), limit))
			continue
		}
		parts = append(parts, sq("SELECT "+columns+" FROM ? "+a+" WHERE ?"+b.order+" ?", s.from, b.where, c.d.limit(limit)))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	for i := range parts {
		parts[i] = sq("SELECT * FROM (?) b", parts[i])
	}
	keys := append(keyNames(p, q), "rid")
	columns, order := strings.Join(keys, ", "), strings.Join(keys, ", ")
	if desc, _ := directions(p, q); len(desc) > 0 && desc[0] {
		order = strings.Join(keys, " DESC, ") + " DESC"
	}
	if !p.repeats {
		columns = "DISTINCT " + columns
	}
	return sq("SELECT "+columns+" FROM (?) u ORDER BY "+order+" ?", join(parts, " UNION ALL "), c.d.limit(limit)), nil
}

// branchSQL is one source of a page in order.
type branchSQL struct {
	where expr
	keys  []string // the columns of the keys; none = ordered by rid alone
	order string
	cur   *cursor // behind whose keys the rows stand; nil = none
}

func (c *compiler) indexBranch(p *plan, q *search.Query, s *source, a string, cur *cursor) (branchSQL, error) {
	b := branchSQL{order: " ORDER BY " + a + ".rid"}
	var err error
	if b.where, err = c.branch(p, q, s, a, cur); err != nil {
		return b, err
	}
	desc, ridDesc := directions(p, q)
	if len(desc) == 0 {
		if cur != nil {
			b.where = and(b.where, sq(a+".rid > ?", cur.rid))
		}
		return b, nil
	}
	for _, column := range p.keys() {
		b.keys = append(b.keys, a+"."+column)
	}
	place := append(slices.Clone(b.keys), a+".rid")
	if s.loose {
		place[0] += " + 0"
	}
	b.order = " ORDER BY " + strings.Join(place, ", ")
	if ridDesc {
		b.order = " ORDER BY " + strings.Join(place, " DESC, ") + " DESC"
	}
	if cur != nil && len(cur.keys) > 0 {
		b.cur = cur
		b.where = and(keyset(place, ridDesc, cur), b.where)
	}
	switch {
	case p.repeats || !p.several(q, s):
	case s.first != nil:
		b.where = and(b.where, s.first(a))
	default:
		b.where = and(b.where, c.first(p, s, a, ridDesc))
	}
	return b, nil
}

// branch is everything that the rows of one source must satisfy but the cursor's place.
func (c *compiler) branch(p *plan, q *search.Query, s *source, a string, cur *cursor) (expr, error) {
	types := q.Types
	if s.types != nil {
		types = s.types
	}
	where := c.sourceRows(s, a, types)
	access, err := c.access(types, s, a, p.mode, cur)
	if err != nil {
		return expr{}, err
	}
	filters, err := c.filters(p, q, a)
	return and(where, access, filters), err
}

// filters are the clauses that do not drive, and the span, on the rid of alias a.
func (c *compiler) filters(p *plan, q *search.Query, a string) (expr, error) {
	var list []expr
	for _, i := range p.filters {
		e, err := c.filter(&q.Clauses[i], a+".rid")
		if err != nil {
			return expr{}, err
		}
		list = append(list, e)
	}
	return and(append(list, c.span(q.Span, a+".rid"))...), nil
}

// access is the condition that the resource of alias a's row, one of s, is in the caller's view and in the snapshot of the cursor.
func (c *compiler) access(types []string, s *source, a string, m mode, cur *cursor) (expr, error) {
	isResource := s.from.text == "resource"
	var bound expr
	if cur != nil && m == byRID {
		bound = sq(a+".rid <= ?", cur.bound)
	}
	r := a
	if !isResource {
		r = c.alias()
	}
	var owned, pass, snapshot expr
	if len(types) == 1 {
		v, err := c.views.get(types[0])
		if err != nil {
			return expr{}, err
		}
		if v == nil {
			return never, nil
		}
		owned = v.owned(r)
		if pass, err = c.passes(v, a+".rid"); err != nil {
			return expr{}, err
		}
	} else if all, err := c.unlimited(types); err != nil {
		return expr{}, err
	} else if !all || len(s.params) == 0 { // a row of a parameter tells its type
		if owned, err = c.seen(types, r); err != nil {
			return expr{}, err
		}
	}
	if cur != nil && m != byRID {
		snapshot = sq(r+".seq <= ?", cur.bound)
	}
	row := and(owned, snapshot)
	if !isResource && !row.empty() {
		row = c.exists(sq("resource "+r+" WHERE "+r+".rid = "+a+".rid AND ?", row))
	}
	return and(bound, row, pass), nil
}

// keyset is what stands behind the cursor's row in the order of place, whose last column is the rid.
func keyset(place []string, desc bool, cur *cursor) expr {
	op := " > "
	if desc {
		op = " < "
	}
	marks := "(?" + strings.Repeat(", ?", len(cur.keys)) + ")"
	return sq("("+strings.Join(place, ", ")+")"+op+marks, append(slices.Clone(cur.keys), cur.rid)...)
}

// first is the condition that no other row of the same resource stands before alias a's. Late rows stand behind all others.
func (c *compiler) first(p *plan, s *source, a string, desc bool) expr {
	op := " < "
	if desc {
		op = " > "
	}
	e := c.alias()
	columns := slices.Concat(p.keys(), []string{"param"}, s.ties)
	place := func(alias string) string { return alias + "." + strings.Join(columns, ", "+alias+".") }
	other := place(e)
	if columns[0] == "value" { // or SQLite reads all values behind this one, and not the resource's
		other = strings.Replace(other, ".value", ".value + 0", 1)
	}
	before := expr{text: "(" + other + ")" + op + "(" + place(a) + ")"}
	switch {
	case s.late && len(p.late) > 0:
		before = or(and(anyRow(c.d, p.late, e), before), anyRow(c.d, p.sources, e))
	case len(p.late) > 0:
		before = and(anyRow(c.d, p.sources, e), before)
	default:
		before = and(anyRow(c.d, []source{*p.full}, e), before)
	}
	return sq("NOT ?", c.exists(sq("? "+e+" WHERE "+e+".rid = "+a+".rid AND ?", s.from, before)))
}

// anyRow is the condition that alias a's row, one of a resource that is known, is a row of the sources. Those are few and found
// by rid and param, whatever else an index could offer: IS TRUE hides the rest from PostgreSQL, which would rather read the
// range of a search anew for each of its rows.
func anyRow(d Dialect, sources []source, a string) expr {
	var params []int64
	for i := range sources {
		params = append(params, sources[i].params...)
	}
	slices.Sort(params)
	params = slices.Compact(params)
	list := make([]expr, len(sources))
	for i, s := range sources {
		if len(params) == 1 {
			s.params = nil // said once for all
		}
		list[i] = s.where(d, a)
	}
	e := d.in(a+".param", params)
	if conds := or(list...); !conds.empty() {
		e = and(e, sq("(?) IS TRUE", conds))
	}
	return e
}

func every(q *search.Query) []int {
	list := make([]int, len(q.Clauses))
	for i := range list {
		list[i] = i
	}
	return list
}

// sortedPage computes the keys of every match and takes the first of them.
func (c *compiler) sortedPage(p *plan, q *search.Query, cur *cursor, limit int) (expr, error) {
	matches, err := c.matches(p, q, cur)
	if err != nil {
		return expr{}, err
	}
	names := keyNames(p, q)
	var values, joins []expr
	for i, s := range q.Sort {
		v, j := c.sortValue(s, "m.rid")
		values = append(values, sq("? AS "+names[i], v))
		joins = append(joins, j)
	}
	inner := sq("SELECT m.rid, ? FROM (?) m?", join(values, ", "), matches, join(joins, ""))
	desc, ridDesc := directions(p, q)
	columns := slices.Clone(names)
	for i := range columns {
		columns[i] = "s." + columns[i]
	}
	text := "SELECT s.rid, " + strings.Join(columns, ", ") + " FROM (?) s"
	order := orderBy(columns, desc, "s.rid", ridDesc) + " ?"
	if cur == nil || len(cur.keys) == 0 {
		return sq(text+order, inner, c.d.limit(limit)), nil
	}
	return sq(text+" WHERE ?"+order, inner, after(texts(columns), desc, "s.rid", ridDesc, cur), c.d.limit(limit)), nil
}

// matches selects the rids of all resources that the query asks for, each once.
func (c *compiler) matches(p *plan, q *search.Query, cur *cursor) (expr, error) {
	var parts []expr
	all := append(slices.Clone(p.sources), p.late...)
	for i := range all {
		a := c.alias()
		where, err := c.branch(p, q, &all[i], a, cur)
		if err != nil {
			return expr{}, err
		}
		parts = append(parts, sq("SELECT "+a+".rid FROM ? "+a+" WHERE ?", all[i].from, where))
	}
	if len(parts) == 1 && !p.single(q) {
		parts[0].text = "SELECT DISTINCT" + strings.TrimPrefix(parts[0].text, "SELECT")
	}
	return join(parts, " UNION "), nil
}
