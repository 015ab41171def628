package searchsql

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"chartwright/internal/fhir/search"
)

// An order of several keys is that of the first one's index, in which the resources that are equal there are sorted by the others:
// both databases read one such group after the other until the page is full. So a page costs what it shows, and the groups that it
// begins and ends in. What has no value of the first key is one group, the last.
//
// Where no index gives the first key, or the others would have to be collected from everything that has them, all matches are sorted.

// byGroup is the order of several sort keys, the first of which an index gives.
const byGroup mode = 'g'

// maxCodes is of how many codes a resource's own are looked for; where a parameter has more, all that it has are collected.
const maxCodes = 256

// groupable reports whether an index gives the first of several sort keys, and the rid of a resource leads to the others, which are
// those of codes if these are not too many.
func (c *compiler) groupable(list []search.Sort) (codes []*search.Param, ok bool) {
	if len(list) < 2 {
		return nil, false
	}
	if first, ok := c.sortSource(list[0].Param); !ok || first.blind {
		return nil, false
	}
	for _, s := range list[1:] {
		switch p := s.Param; {
		case p == search.ID, p == search.LastUpdated:
		case p.Type == search.Token:
			codes = append(codes, p)
		case !slices.Contains([]search.ParamType{search.Date, search.String, search.Number, search.Quantity, search.Reference}, p.Type):
			return nil, false
		}
	}
	return codes, true
}

// inGroups reports whether a search with several sort keys is answered group by group.
func (c *compiler) inGroups(ctx context.Context, db Querier, list []search.Sort) (bool, error) {
	codes, ok := c.groupable(list)
	if !ok || len(codes) == 0 {
		return ok, nil
	}
	var columns []expr
	for _, p := range codes {
		some := sq("SELECT 1 AS n FROM idx_count n WHERE ? ?", c.d.in("n.param", rows(&search.Clause{Param: p})), c.d.limit(maxCodes+1))
		columns = append(columns, sq("(SELECT count(*) FROM (?) c)", some))
	}
	counts := make([]int64, len(codes))
	dest := make([]any, len(codes))
	for i := range counts {
		dest[i] = &counts[i]
	}
	text, args := c.d.finish(sq("SELECT ?", join(columns, ", ")))
	err := query(ctx, db, text, args, func(rows *sql.Rows) error { return rows.Scan(dest...) })
	return slices.Max(counts) <= maxCodes, err
}

// groupPage reads the sources in the order of their key, equal rows of each sorted by the other keys, and merges them.
func (c *compiler) groupPage(p *plan, q *search.Query, cur *cursor, limit int) (expr, error) {
	desc, ridDesc := directions(p, q)
	order := groupOrder(q.Sort, 0) + " "
	var parts []expr
	for i := range p.sources {
		s, a := &p.sources[i], c.alias()
		where, err := c.branch(p, q, s, a, cur)
		if err != nil {
			return expr{}, err
		}
		keys := append([]expr{{text: a + "." + s.key}}, c.groupKeys(q.Sort[1:], a+".rid")...)
		if cur != nil && len(cur.keys) > 0 {
			op := " >= ?"
			if ridDesc {
				op = " <= ?"
			}
			where = and(sq("?"+op, keys[0], cur.keys[0]), where, after(keys, desc, a+".rid", ridDesc, cur))
		}
		if !p.repeats && p.several(q, s) {
			where = and(where, c.first(p, s, a, ridDesc))
		}
		parts = append(parts, sq("SELECT ?, "+a+".rid FROM ? "+a+" WHERE ?"+order+"?", named(keys), s.from, where, c.d.limit(limit)))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	for i := range parts {
		parts[i] = sq("SELECT * FROM (?) b", parts[i])
	}
	columns := strings.Join(append(keyNames(p, q), "rid"), ", ")
	if !p.repeats {
		columns = "DISTINCT " + columns
	}
	return sq("SELECT "+columns+" FROM (?) u"+order+"?", join(parts, " UNION ALL "), c.d.limit(limit)), nil
}

// groupTail is the last group: the resources without a value of the first key, in the order of the others.
func (c *compiler) groupTail(p *plan, q *search.Query, cur *cursor, limit int) (expr, error) {
	a := c.alias()
	s := source{from: table("resource"), cond: live}
	where, err := c.branch(&plan{mode: byGroup, driver: driveSort, filters: every(q)}, q, &s, a, cur)
	if err != nil {
		return expr{}, err
	}
	yes := true
	where = and(where, c.missing(&search.Clause{Param: q.Sort[0].Param, Missing: &yes}, a+".rid"))
	desc, ridDesc := directions(p, q)
	keys := c.groupKeys(q.Sort[1:], a+".rid")
	if cur != nil && len(cur.keys) > 0 {
		where = and(where, after(keys, desc[1:], a+".rid", ridDesc, &cursor{rid: cur.rid, keys: cur.keys[1:]}))
	}
	return sq("SELECT ?, "+a+".rid FROM resource "+a+" WHERE ?"+groupOrder(q.Sort, 1)+" ?", named(append([]expr{{text: "NULL"}}, keys...)), where, c.d.limit(limit)), nil
}

// groupKeys are the values by which the resource with rid x is sorted within its group.
func (c *compiler) groupKeys(list []search.Sort, x string) []expr {
	keys := make([]expr, len(list))
	for i, s := range list {
		if s.Param.Type != search.Token || s.Param == search.ID {
			keys[i], _ = c.sortValue(s, x) // nothing is joined for these
			continue
		}
		pick := "min"
		if s.Descending {
			pick = "max"
		}
		n, a := c.alias(), c.alias()
		keys[i] = sq("(SELECT "+pick+"("+n+".code) FROM idx_count "+n+" WHERE ? AND ?)", c.d.in(n+".param", rows(&search.Clause{Param: s.Param})),
			c.exists(sq("idx_token "+a+" WHERE "+a+".param = "+n+".param AND "+a+".code = "+n+".code AND "+a+".rid = "+x)))
	}
	return keys
}

// named gives keys the names of a page's columns.
func named(keys []expr) expr {
	list := make([]expr, len(keys))
	for i, name := range sortNames(len(keys)) {
		list[i] = sq("? AS "+name, keys[i])
	}
	return join(list, ", ")
}

// groupOrder orders a page by its columns from number from on. The first key is never NULL, and the index is read as it stands.
func groupOrder(list []search.Sort, from int) string {
	names := sortNames(len(list))
	var b strings.Builder
	b.WriteString(" ORDER BY ")
	for i := from; i < len(list); i++ {
		b.WriteString(names[i])
		if list[i].Descending {
			b.WriteString(" DESC")
		}
		if i > 0 {
			b.WriteString(" NULLS LAST")
		}
		b.WriteString(", ")
	}
	b.WriteString("rid")
	if list[0].Descending {
		b.WriteString(" DESC")
	}
	return b.String()
}
