package searchsql

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/fhir/search"
)

// Statements of a [groupWalk]: what lies ahead in the index of a key, and the rows of a stretch of it.

// sortKey is one of several sort keys, with the index that gives its values in order.
type sortKey struct {
	search.Sort
	plan  *plan         // whose sources are those of the index, one for each row number or type
	query *search.Query // the search in the order of this key and those behind it
	// blind tells that nothing leads from a resource to its values but its body.
	blind bool
	// always tells that every resource has a value.
	always bool
}

func (k *sortKey) column() string { return k.plan.sources[0].key }

// numbered is the order of the rows of sources by their resources' numbers, which stands behind every other.
func numbered(sources []source) *sortKey {
	for i := range sources {
		sources[i].key = "rid"
	}
	return &sortKey{plan: &plan{sources: sources}, always: true}
}

// groupable reports whether an index gives each of several sort keys.
func (c *compiler) groupable(list []search.Sort) bool {
	return len(list) > 1 && !slices.ContainsFunc(list, func(s search.Sort) bool { return c.sortKey(s) == nil })
}

// sortKey returns the index of a sort key, nil if there is none.
func (c *compiler) sortKey(s search.Sort) *sortKey {
	full, ok := c.sortSource(s.Param)
	if !ok {
		return nil
	}
	blind := full.blind || s.Param.Type == search.URI
	if blind && !c.told(s.Param) {
		return nil
	}
	return &sortKey{Sort: s, plan: &plan{mode: byGroup, driver: driveSort, sources: full.each(), full: &full},
		blind: blind, always: s.Param == search.ID || s.Param == search.LastUpdated}
}

// stretch is a part of an order: the resources of a group, of whose keys the first ones are fixed. They are read from the index of the
// key behind these, if own is that, else from what has one of the fixed ones.
type stretch struct {
	fixed    []any // nil = no value
	own      *sortKey
	sources  []source
	from, to any // of own, in its direction; nil = without end. The latter is not in it.
	open     bool
	behind   *row // of the same group, behind which the rows stand; nil = all
}

// keyed is the condition that the resource with rid x has the value v of the i-th key, and none before; of a blind one, that it has it.
func (w *groupWalk) keyed(i int, v any, x string) expr {
	k := w.keys[i]
	if v == nil {
		return w.unsorted(k.Param, x)
	}
	if k.blind {
		a := w.alias()
		return w.exists(sq(k.plan.full.from.text+" "+a+" WHERE ? AND "+a+"."+k.column()+" = ? AND "+a+".rid = "+x, w.d.in(a+".param", k.plan.full.params), v))
	}
	value, _ := w.sortValue(k.Sort, x)
	return sq("? = ?", value, v)
}

// members are the rows that have the value v of the i-th key; or, of resources that have none, those that say so.
func (w *groupWalk) members(i int, v any) []source {
	if v == nil {
		f := w.lacking(w.keys[i].Param)
		var codes []string
		for _, k := range f.set(w.d, false).kinds {
			codes = append(codes, k.code)
		}
		return []source{{from: table("idx_token"), params: []int64{f.row}, cond: func(a string) expr { return w.d.inTexts(a+".code", codes) }}}
	}
	list := slices.Clone(w.keys[i].plan.sources)
	for n := range list {
		key, cond := list[n].key, list[n].cond
		list[n].cond = func(a string) expr {
			e := sq(a+"."+key+" = ?", v)
			if cond != nil {
				e = and(e, cond(a))
			}
			return e
		}
	}
	return list
}

// findLacking asks, once for a page, which resources have no value of the keys.
func (w *groupWalk) findLacking(ctx context.Context) error {
	if w.told {
		return nil
	}
	w.told = true
	w.spent++
	var list []search.Clause
	yes := true
	for _, k := range w.keys {
		if !k.always && k.Param.Type != search.Reference && w.presence[k.Param] == nil {
			list = append(list, search.Clause{Param: k.Param, Missing: &yes})
		}
	}
	return w.findPresence(ctx, w.q, list)
}

// lacking is what is known of the resources that have no value of a parameter; nil = nothing. A resource may have references by which
// it is not sorted.
func (w *groupWalk) lacking(p *search.Param) *presence {
	if p.Type == search.Reference || len(w.query.Types) != 1 {
		return nil
	}
	return w.presence[p]
}

// smallest are the fewest rows that a group is part of, or all resources. In order tells that they must come in that of numbers.
func (w *groupWalk) smallest(fixed []any, sizes []int64, inOrder bool) []source {
	least := -1
	for i, v := range fixed {
		known := v != nil || w.lacking(w.keys[i].Param) != nil
		if inOrder {
			known = v != nil && slices.Contains(inRIDOrder, w.keys[i].column())
		}
		if known && (least < 0 || sizes[i] < sizes[least]) {
			least = i
		}
	}
	if least < 0 {
		return []source{{from: table("resource"), cond: live}}
	}
	return w.members(least, fixed[least])
}

// inRIDOrder are the columns that an index has right before the number of the resource.
var inRIDOrder = []string{"code", "norm", "uri", "target", "value", "updated"}

// within is the condition that alias a's row is in the range of a stretch.
func (w *groupWalk) within(s *stretch, a string) expr {
	less, more := "<", ">"
	if w.descends(s.own) {
		less, more = more, less
	}
	if !s.open {
		more += "="
	}
	var e expr
	column := a + "." + s.own.column()
	if s.from != nil {
		e = sq(column+" "+more+" ?", s.from)
	}
	if s.to != nil {
		e = and(e, sq(column+" "+less+" ?", s.to))
	}
	return e
}

// descends reports whether the index of a key is read backwards.
func (w *groupWalk) descends(k *sortKey) bool {
	if k.Param == nil {
		return w.desc[0]
	}
	return k.Descending
}

// page selects the rids of a stretch with their keys behind the fixed ones, in order and to the limit, if that is not 0. A key that
// only bodies tell is NULL, and the order goes without it.
func (w *groupWalk) page(s *stretch, limit int) (expr, error) {
	first, names := len(s.fixed), sortNames(len(w.keys))
	var order strings.Builder
	order.WriteString(" ORDER BY ")
	for i := first; i < len(w.keys); i++ {
		order.WriteString(names[i])
		if w.desc[i] {
			order.WriteString(" DESC")
		}
		if s.own != w.keys[i] { // its values are never NULL, and the index is read as it stands
			order.WriteString(" NULLS LAST")
		}
		order.WriteString(", ")
	}
	order.WriteString("rid")
	if w.desc[0] {
		order.WriteString(" DESC")
	}
	end := expr{text: order.String()}
	if limit > 0 {
		end = sq("? ?", end, w.d.limit(limit))
	}
	snapshot := w.snapshot()
	var parts []expr
	for i := range s.sources {
		from, a := &s.sources[i], w.alias()
		var columns, keys []expr
		for n := first; n < len(w.keys); n++ {
			var key expr
			switch k := w.keys[n]; {
			case k == s.own:
				key.text = a + "." + k.column()
			case k.blind:
				key.text = "NULL"
			default:
				key, _ = w.sortValue(k.Sort, a+".rid")
			}
			keys, columns = append(keys, key), append(columns, sq("? AS "+names[n], key))
		}
		var conds []expr
		if s.own != nil {
			conds = append(conds, w.within(s, a))
		}
		for n, v := range s.fixed {
			conds = append(conds, w.keyed(n, v, a+".rid"))
		}
		rows, err := w.branch(&plan{mode: byGroup, filters: every(w.query)}, w.query, from, a, snapshot)
		if err != nil {
			return expr{}, err
		}
		conds = append(conds, rows)
		if s.own != nil && s.own.query != nil && !s.own.blind && s.own.plan.several(s.own.query, from) {
			conds = append(conds, w.first(s.own.plan, from, a, s.own.Descending))
		}
		if s.behind != nil {
			conds = append(conds, after(keys, w.desc[first:], a+".rid", w.desc[0], &cursor{rid: s.behind.number, keys: s.behind.keys[first:]}))
		}
		parts = append(parts, sq("SELECT ? FROM ? "+a+" WHERE ??", join(append(columns, expr{text: a + ".rid AS rid"}), ", "), from.from, and(conds...), end))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	for i := range parts {
		parts[i] = sq("SELECT * FROM (?) b", parts[i])
	}
	return sq("SELECT * FROM (?) u?", join(parts, " UNION ALL "), end), nil
}

// read runs the statement of a stretch. Those rows that the page may show have bodies.
func (w *groupWalk) read(ctx context.Context, s *stretch, limit int) ([]row, error) {
	w.start()
	defer func() { w.fence = false }()
	page, err := w.page(s, limit)
	if err != nil {
		return nil, err
	}
	text := "SELECT " + resourceColumns("(SELECT n.seq FROM counter n WHERE n.id = 1)") // which tells as well whether anybody wrote since
	names := sortNames(len(w.keys))[len(s.fixed):]
	for _, k := range names {
		text += ", p." + k //nolint:perfsprint // a few keys
	}
	wanted := bodies{most: w.want - len(w.list), behind: w.last, desc: w.desc}
	list, bound, err := w.rows(ctx, sq(text+" FROM (?) p"+w.d.over()+"resource r ON r.rid = p.rid", page), len(names), w.snapshot(), func(one *row) error {
		one.keys = append(slices.Clone(s.fixed), one.keys...)
		if w.plain(0) {
			return nil
		}
		err := w.complete(s, one)
		wanted.meet(one)
		return err
	})
	slices.SortFunc(list, func(a, b row) int { return compareKeys(&a, &b, w.desc, w.desc[0]) }) // a join may give them in any order
	if len(list) > 0 && !w.begun {
		w.bound, w.begun = bound, true
	}
	return list, err
}

// ahead is what lies ahead in the index of a key.
type ahead struct {
	head any // the first value; nil = none
	// end is the value of the row that is span rows further on, nil if there are not so many. Large tells that the first value has
	// more rows than a group that is sorted as it is.
	end   any
	large bool
	sizes []int64 // how many rows, or more, have each fixed value, the last being that of all resources; only if asked for
}

// maxGroupCounted is to how many rows of a group are counted. Of codes it is known.
const maxGroupCounted = 1 << 14

// look looks ahead in the index of the own key of a stretch, span rows from its beginning on.
func (w *groupWalk) look(ctx context.Context, s *stretch, span, small int, sizes bool) (*ahead, error) {
	w.start()
	defer func() { w.fence = false }()
	var parts []expr
	for i := range s.sources {
		from := &s.sources[i]
		value := func(offset int) expr {
			a := w.alias()
			order := a + "." + s.own.column()
			column := order
			if w.descends(s.own) {
				order += " DESC"
			}
			skip := expr{text: "LIMIT 1"}
			if offset > 0 {
				skip = w.d.limitFrom(1, offset)
			}
			return sq("(SELECT "+column+" FROM ? "+a+" WHERE ? ORDER BY "+order+" ?)", from.from, and(w.within(s, a), w.sourceRows(from, a, w.typesOf(from))), skip)
		}
		columns := []expr{value(0), value(span), value(small)}
		if sizes {
			columns = append(columns, w.sizes(s.fixed)...)
		}
		parts = append(parts, sq("SELECT ?", join(columns, ", ")))
	}
	it := &ahead{}
	text, args := w.d.finish(join(parts, " UNION ALL "))
	var far []any
	err := query(ctx, w.q, text, args, func(rows *sql.Rows) error {
		one := row{keys: make([]any, 3)}
		dest := []any{&one.keys[0], &one.keys[1], &one.keys[2]}
		if sizes {
			it.sizes = make([]int64, len(s.fixed)+1)
			for i := range it.sizes {
				dest = append(dest, &it.sizes[i])
			}
		}
		err := rows.Scan(dest...)
		one.texts()
		it.head, it.end = w.sooner(s.own, it.head, one.keys[0]), w.sooner(s.own, it.end, one.keys[1])
		far = append(far, one.keys[2])
		return err
	})
	it.large = slices.ContainsFunc(far, func(v any) bool { return v != nil && compareKey(v, it.head) == 0 })
	return it, err
}

func (w *groupWalk) typesOf(s *source) []string {
	if s.types != nil {
		return s.types
	}
	return w.query.Types
}

// sooner is which of two values comes first in the order of a key; nil is none.
func (w *groupWalk) sooner(k *sortKey, a, b any) any {
	switch {
	case a == nil:
		return b
	case b == nil, (compareKey(a, b) < 0) != w.descends(k):
		return a
	}
	return b
}

// count tells the sizes of what a group is part of; see [ahead].
func (w *groupWalk) count(ctx context.Context, fixed []any) ([]int64, error) {
	w.start()
	defer func() { w.fence = false }()
	sizes := make([]int64, len(fixed)+1)
	dest := make([]any, len(sizes))
	for i := range sizes {
		dest[i] = &sizes[i]
	}
	text, args := w.d.finish(sq("SELECT ?", join(w.sizes(fixed), ", ")))
	err := query(ctx, w.q, text, args, func(rows *sql.Rows) error { return rows.Scan(dest...) })
	return sizes, err
}

// sizes select how many rows have each fixed value, to a limit, and how many resources there are of the types.
func (w *groupWalk) sizes(fixed []any) []expr {
	const unknown = math.MaxInt64
	var list []expr
	for i, v := range fixed {
		k := w.keys[i]
		switch a, f := w.alias(), w.lacking(k.Param); {
		case v == nil && f != nil:
			list = append(list, sq("CAST(? AS bigint)", sum(f.set(w.d, false).kinds)))
		case v == nil:
			list = append(list, sq("CAST(? AS bigint)", int64(unknown)))
		case k.Param.Type == search.Token && k.Param != search.ID:
			list = append(list, sq("(SELECT CAST(coalesce(sum("+a+".n), 0) AS bigint) FROM idx_count "+a+" WHERE ? AND "+a+".code = ?)", w.d.in(a+".param", k.plan.full.params), v))
		default:
			var parts []expr
			for _, s := range w.members(i, v) {
				b := w.alias()
				parts = append(parts, sq("SELECT 1 AS n FROM ? "+b+" WHERE ?", s.from, w.sourceRows(&s, b, w.typesOf(&s))))
			}
			list = append(list, sq("(SELECT CASE count(*) WHEN ? + 0 THEN ? ELSE count(*) END FROM (? ?) "+a+")", maxGroupCounted, int64(unknown), join(parts, " UNION ALL "), w.d.limit(maxGroupCounted)))
		}
	}
	a := w.alias()
	if len(w.query.Types) == 0 {
		return append(list, sq("CAST(? AS bigint)", int64(unknown)))
	}
	return append(list, sq("(SELECT CAST(coalesce(sum("+a+".n), 0) AS bigint) FROM idx_count "+a+" WHERE "+a+".param = 0 AND ?)", w.d.inTexts(a+".code", w.query.Types)))
}

// limitFrom ends a statement that passes over some rows and gives n.
func (d Dialect) limitFrom(n, offset int) expr {
	if d == PostgreSQL {
		return expr{text: strings.Join([]string{"LIMIT", strconv.Itoa(n), "OFFSET", strconv.Itoa(offset)}, " ")}
	}
	return sq("LIMIT ? + 0 OFFSET ? + 0", n, offset)
}
