package searchsql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// Contained resources have index rows of their own under negative numbers, of which their containers' follow: see
// internal/fhir/index. A search of them asks the same conditions of those rows, and then for the container, which is what the
// caller's view decides about and what the page has.
//
// They come in the order of their containers, behind all resources of their own where both are searched. A page ends at the
// number of a container, or of a contained resource where each is a result by itself.
//
// https://hl7.org/fhir/R4/search.html#contained

// byContainer is the order of contained resources.
const byContainer mode = 'c'

// container is the number of the container of the contained resource with number a.rid. The shift is by containedBits of
// internal/fhir/index.
func container(a string) string { return "((-" + a + ".rid) >> 12)" }

// contained adds matches among contained resources: a page of what is left of n, or the rest of a total.
func (r *runner) contained(ctx context.Context, result *chart.Result, cur *cursor, n int, countOnly bool) error {
	within := r.query.Within(r.env.Types)
	own := result.Total // of what is not contained
	if r.next == nil && !countOnly {
		if err := r.containedPage(ctx, within, result, cur, n-len(result.Matches)); err != nil {
			return err
		}
	}
	switch want := r.query.Total; {
	case cur != nil:
		result.Total = cur.total
	case !countOnly && want == search.TotalNone:
	case !countOnly && r.next == nil:
		result.Total = int64(len(result.Matches))
	case !countOnly && want == search.TotalDefault:
		result.Total = -1
	default:
		e, err := r.containedMatches(within, nil)
		if err != nil {
			return err
		}
		text, args := r.d.finish(sq("SELECT count(*) FROM (?) m", e))
		var count int64
		if err := query(ctx, r.q, text, args, func(rows *sql.Rows) error { return rows.Scan(&count) }); err != nil {
			return err
		}
		result.Total = count + max(own, 0)
	}
	return nil
}

// containedPage adds at most left matches, and notes where the next page begins.
func (r *runner) containedPage(ctx context.Context, within *search.Query, result *chart.Result, cur *cursor, left int) error {
	if cur != nil && cur.mode != byContainer {
		cur = nil // the page before ended among resources of their own
	}
	e, err := r.containedMatches(within, cur)
	if err != nil {
		return err
	}
	bound, order := "0", " ORDER BY k"
	if cur == nil {
		bound = "(SELECT n.rid FROM counter n WHERE n.id = 1)"
	}
	number := "p.k"
	if r.query.ContainedAlone {
		number, order = "((-p.k) >> 12)", " ORDER BY k DESC"
	}
	page := sq("SELECT k FROM (?) m"+order+" ?", e, r.d.limit(left+1))
	text, args := r.d.finish(sq("SELECT "+resourceColumns(bound)+", p.k FROM (?) p JOIN resource r ON r.rid = "+number, page))
	type match struct {
		version *chart.Version
		number  int64
	}
	var found []match
	start := &cursor{mode: byContainer, driver: driveScan, total: -1}
	if cur != nil {
		start.bound = cur.bound
	}
	err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		var m match
		s := scan{keys: []any{&m.number}}
		v, at, err := s.read(rows)
		if cur == nil {
			start.bound = at
		}
		m.version = v
		found = append(found, m)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b match) int {
		if r.query.ContainedAlone {
			a, b = b, a
		}
		return cmp.Compare(a.number, b.number)
	})
	if len(found) > left {
		found = found[:left]
		if r.next = start; left > 0 {
			start.rid = max(found[left-1].number, -found[left-1].number)
		}
	}
	if r.query.ContainedAlone {
		result.Places = make([]int, len(result.Matches), len(result.Matches)+len(found))
	}
	for _, m := range found {
		result.Matches = append(result.Matches, m.version)
		if r.query.ContainedAlone {
			_, place := index.Container(m.number)
			result.Places = append(result.Places, place)
		}
	}
	return nil
}

// containedMatches selects, as k and each once, the numbers of the contained resources that the query asks for, or those of
// their containers, behind the cursor.
func (r *runner) containedMatches(within *search.Query, cur *cursor) (expr, error) {
	sources, rest, err := r.containedSources(within)
	if err != nil {
		return expr{}, err
	}
	var parts []expr
	for i := range sources {
		s, a, o := &sources[i], r.alias(), r.alias()
		where := []expr{s.where(r.d, a), {text: a + ".rid < 0"}, {text: o + ".body IS NOT NULL"}}
		for _, cl := range rest {
			if cl.Param == search.LastUpdated && cl.Chain == nil {
				where = append(where, r.lastUpdatedSources(cl)[0].cond(o))
				continue
			}
			e, err := r.filter(cl, a+".rid")
			if err != nil {
				return expr{}, err
			}
			where = append(where, e)
		}
		seen, err := r.seen(nil, o)
		if err != nil {
			return expr{}, err
		}
		where = append(where, seen)
		k := a + ".rid"
		if !r.query.ContainedAlone {
			k = o + ".rid"
			twice, err := r.repeated(o)
			if err != nil {
				return expr{}, err
			}
			where = append(where, twice)
		}
		if cur != nil {
			where = append(where, sq(o+".rid <= ?", cur.bound))
			switch {
			case cur.rid == 0:
			case r.query.ContainedAlone:
				where = append(where, sq(k+" < ?", -cur.rid))
			default:
				where = append(where, sq(k+" > ?", cur.rid))
			}
		}
		parts = append(parts, sq("SELECT DISTINCT "+k+" AS k FROM ? "+a+" JOIN resource "+o+" ON "+o+".rid = "+container(a)+" WHERE ?", s.from, and(where...)))
	}
	return join(parts, " UNION "), nil
}

// repeated is the condition that a container is not among the resources of their own that the search finds as well.
func (r *runner) repeated(o string) (expr, error) {
	if r.query.Contained != search.BothContained {
		return expr{}, nil
	}
	all := []expr{r.d.inTexts(o+".type", r.typesOf(r.query))}
	for i := range r.query.Clauses {
		e, err := r.filter(&r.query.Clauses[i], o+".rid")
		if err != nil {
			return expr{}, err
		}
		all = append(all, e)
	}
	return sq("NOT (?)", and(all...)), nil
}

func (r *runner) typesOf(q *search.Query) []string {
	if len(q.Types) == 0 {
		return r.env.Types
	}
	return q.Types
}

// containedSources are the rows that drive a search of contained resources: those of the condition that is expected to have the
// fewest, else every contained resource of the types. What drives satisfies its condition; rest are the others.
func (r *runner) containedSources(within *search.Query) (sources []source, rest []*search.Clause, err error) {
	typ := ""
	if len(within.Types) == 1 {
		typ = within.Types[0]
	}
	var best *driver
	for i := range within.Clauses {
		cl := &within.Clauses[i]
		if cl.Param == search.LastUpdated || cl.Has != nil {
			continue
		}
		if d := r.candidate(cl, typ); d != nil && (best == nil || d.rank < best.rank) {
			d.clause = i
			best = d
		}
	}
	if best == nil {
		best = &driver{clause: driveScan, sources: func() ([]source, error) { return allContained(r.typesOf(within)), nil }}
	}
	for i := range within.Clauses {
		if i != best.clause || best.partial {
			rest = append(rest, &within.Clauses[i])
		}
	}
	sources, err = best.sources()
	return sources, rest, err
}

// allContained reads every contained resource of types, by its local id.
func allContained(types []string) []source {
	var params []int64
	for _, n := range search.ContainedIDs(types) {
		params = append(params, int64(n))
	}
	return []source{{from: table("idx_token"), params: params}}
}
