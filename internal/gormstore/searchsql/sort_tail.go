package searchsql

import (
	"context"
	"strings"

	"chartwright/internal/fhir/search"
)

// What has no value of a sort key comes last, by rid. No index of the key has it; it is looked for among what lacks the parameter, as far
// as that is known, or in everything.

// findUnsorted fills c.presence for the sort key, and reports whether nothing lacks it. What comes to lack it from then on was
// written behind the snapshot that the pages are of.
func (r *runner) findUnsorted(ctx context.Context) (none bool, err error) {
	p, yes := r.query.Sort[0].Param, true
	if len(r.query.Types) != 1 {
		return false, nil
	}
	if err := r.findPresence(ctx, r.q, []search.Clause{{Param: p, Missing: &yes}}); err != nil {
		return false, err
	}
	f := r.presence[p]
	return f != nil && p.Type != search.Reference && len(f.set(r.d, false).kinds) == 0, nil
}

// unsorted is the condition that the resource with rid x has no value by which it is sorted.
func (c *compiler) unsorted(p *search.Param, x string) expr {
	if p.Type == search.Reference { // which may be present as an identifier, or name what lies elsewhere
		a := c.alias()
		return sq("NOT ?", c.exists(sq("idx_ref "+a+" WHERE "+a+".rid = "+x+" AND ? AND ?", c.d.in(a+".param", rows(&search.Clause{Param: p})), c.localRow(p, a))))
	}
	yes := true
	return c.missing(&search.Clause{Param: p, Missing: &yes}, x)
}

// unsortedSources are sets in one of which each resource is that has no value by which it is sorted.
func (c *compiler) unsortedSources(q *search.Query) []source {
	all := []source{{from: table("resource"), unique: true, cond: live}}
	cl := &search.Clause{Param: q.Sort[0].Param}
	f := c.presence[cl.Param]
	if f == nil || len(q.Types) != 1 {
		return all
	}
	set := f.set(c.d, false)
	if most(f.among, set) {
		return all
	}
	list := c.kindSources(&set, sum(set.kinds))
	for i := range list {
		list[i].unique = true
	}
	if cl.Param.Type == search.Reference { // see unsorted
		list = append(list, source{from: table("idx_uri"), params: rows(cl)}, source{from: table("idx_token"), params: identifierRows(cl)})
	}
	return list
}

// sortTail is the tail of a sort by an index: the resources without a value, by rid.
func (c *compiler) sortTail(p *plan, q *search.Query, cur *cursor, limit int) (expr, error) {
	op, order := " > ?", ""
	if q.Sort[0].Descending {
		op, order = " < ?", " DESC"
	}
	columns := strings.Join(keyNames(p, q), ", NULL AS ")
	var parts []expr
	sources := c.unsortedSources(q)
	for i := range sources {
		a := c.alias()
		where, err := c.branch(&plan{mode: byIndex, driver: driveSort, filters: every(q)}, q, &sources[i], a, cur)
		if err != nil {
			return expr{}, err
		}
		where = and(where, c.unsorted(q.Sort[0].Param, a+".rid"))
		if cur != nil && len(cur.keys) > 0 {
			where = and(where, sq(a+".rid"+op, cur.rid))
		}
		read := "SELECT "
		if !sources[i].unique { // what has several rows would use up the limit, and the page would be short, or seem to be the last
			read = "SELECT DISTINCT "
		}
		parts = append(parts, sq(read+a+".rid, NULL AS "+columns+" FROM ? "+a+" WHERE ? ORDER BY "+a+".rid"+order+" ?", sources[i].from, where, c.d.limit(limit)))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	for i := range parts {
		parts[i] = sq("SELECT * FROM (?) b", parts[i])
	}
	return sq("SELECT * FROM (?) u ORDER BY rid"+order+" ?", join(parts, " UNION "), c.d.limit(limit)), nil
}
