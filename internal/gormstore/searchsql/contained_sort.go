package searchsql

import (
	"context"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
)

// A search of contained resources in an order asks each match for its values, as other searches whose order no index gives: a
// contained resource for its own, under the negative numbers of its parameters, and its container for when it was written. Where the
// container is the match it stands where the least value of all that was found in it puts it, or the greatest, as a resource does that
// has several values itself. Resources of their own are sorted with them, not before.

// byMixedSet is the order of sort keys where contained resources are among the matches, or their containers.
const byMixedSet mode = 'm'

// sortedContained adds a page of matches in the order asked for, and their total.
func (r *runner) sortedContained(ctx context.Context, result *chart.Result, cur *cursor, n int) error {
	desc := make([]bool, len(r.query.Sort))
	for i, s := range r.query.Sort {
		desc[i] = s.Descending
	}
	keyed, err := r.mixedKeys(ctx, cur)
	if err != nil {
		return err
	}
	names := sortNames(len(desc))
	columns := make([]string, len(names))
	for i, name := range names {
		columns[i] = "s." + name
	}
	page, bound := sq("SELECT s.k, "+strings.Join(columns, ", ")+" FROM (?) s", keyed), "0"
	if cur == nil {
		bound = "(SELECT n.seq FROM counter n WHERE n.id = 1)"
	} else {
		page = sq("? WHERE ?", page, after(texts(columns), desc, "s.k", desc[0], cur))
	}
	page = sq("?"+orderBy(columns, desc, "s.k", desc[0])+" ?", page, r.d.limit(n+1))
	found, snapshot, err := r.numbered(ctx, page, bound, desc, desc[0])
	if err != nil {
		return err
	}
	if cur != nil {
		snapshot = cur.bound
	}
	if len(found) > n {
		found = found[:n]
		last := found[n-1]
		r.next = &cursor{mode: byMixedSet, driver: driveScan, bound: snapshot, total: -1, rid: last.number, keys: last.keys}
	}
	r.take(result, found)
	switch want := r.query.Total; {
	case cur != nil:
		result.Total = cur.total
	case want == search.TotalNone:
	case r.next == nil:
		result.Total = int64(len(result.Matches))
	case want != search.TotalDefault:
		result.Total, err = r.countRows(ctx, keyed)
	}
	return err
}

// mixedKeys selects the number of every match as k with its keys, as k1, k2 …, that the snapshot of the cursor has.
func (r *runner) mixedKeys(ctx context.Context, cur *cursor) (expr, error) {
	within := r.within
	inside, err := r.containedRows(func(a, o string) string { return a + ".rid, " + o + ".rid AS top" }, func(_, o string) expr {
		if cur == nil {
			return expr{}
		}
		return sq(o+".seq <= ?", cur.bound)
	})
	if err != nil {
		return expr{}, err
	}
	var parts []expr
	if r.query.ContainedAlone {
		parts = append(parts, r.keyed(within.Sort, "m.rid", inside))
	} else {
		columns := []string{"g.k"}
		for i, name := range sortNames(len(within.Sort)) {
			pick := "min"
			if within.Sort[i].Descending {
				pick = "max"
			}
			columns = append(columns, pick+"(g."+name+") AS "+name)
		}
		parts = append(parts, sq("SELECT "+strings.Join(columns, ", ")+" FROM (?) g GROUP BY g.k", r.keyed(within.Sort, "m.top", inside)))
	}
	if r.query.Contained == search.BothContained {
		unsorted := *r.query // which condition drives does not depend on the order
		unsorted.Sort = nil
		p, err := r.choose(ctx, r.q, &unsorted, nil)
		if err != nil {
			return expr{}, err
		}
		p.mode = bySet
		own, err := r.matches(p, &unsorted, cur)
		if err != nil {
			return expr{}, err
		}
		parts = append(parts, r.keyed(r.query.Sort, "m.rid", own))
	}
	return join(parts, " UNION ALL "), nil
}

// keyed selects the number k of each of matches with its keys. Matches are numbers as rid, those of contained resources with their
// containers' as top.
func (r *runner) keyed(sort []search.Sort, k string, matches expr) expr {
	names := sortNames(len(sort))
	var values, joins []expr
	for i, s := range sort {
		x := "m.rid"
		if s.Param == search.ContainerUpdated {
			x, s.Param = "m.top", search.LastUpdated
		}
		value, joined := r.sortValue(s, x)
		values, joins = append(values, sq("? AS "+names[i], value)), append(joins, joined)
	}
	return sq("SELECT "+k+" AS k, ? FROM (?) m?", join(values, ", "), matches, join(joins, ""))
}
