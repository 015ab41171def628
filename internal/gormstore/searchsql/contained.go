package searchsql

import (
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
// Without an order asked for they come in that of their containers, behind all resources of their own where both are searched. A
// page ends at the number of a container, or of a contained resource where each is a result by itself.
//
// https://hl7.org/fhir/R4/search.html#contained

// byContainer is the order of contained resources.
const byContainer mode = 'c'

// container is the number of the container of the contained resource with number x. The shift is by containedBits of
// internal/fhir/index.
func container(x string) string { return "((-" + x + ") >> 12)" }

// document is the number under which postings have the words of the contained resource with number x, in the version seq of its
// container: the version's, and its place there.
func document(x, seq string) string { return "((" + seq + " << 12) | ((-" + x + ") & 4095))" }

// contained adds matches among contained resources: a page of what is left of n, or the rest of a total.
func (r *runner) contained(ctx context.Context, result *chart.Result, cur *cursor, n int, countOnly bool) error {
	own := result.Total // of what is not contained
	if r.next == nil && !countOnly {
		if err := r.containedPage(ctx, result, cur, n-len(result.Matches)); err != nil {
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
		e, err := r.containedMatches(nil)
		if err != nil {
			return err
		}
		count, err := r.countRows(ctx, e)
		if err != nil {
			return err
		}
		result.Total = count + max(own, 0)
	}
	return nil
}

// countRows counts what e selects.
func (r *runner) countRows(ctx context.Context, e expr) (count int64, err error) {
	e = sq("SELECT count(*) AS n FROM (?) m", e)
	var late int64
	into := []any{&count}
	if lag := r.lag(nil); !lag.empty() {
		e, into = sq("SELECT ? AS lag, (?) AS n FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1", lag, e), []any{&late, &count}
	}
	text, args := r.d.finish(e)
	if err := query(ctx, r.q, text, args, func(rows *sql.Rows) error { return rows.Scan(into...) }); err != nil {
		return 0, err
	}
	return count, behind(late)
}

// containedPage adds at most left matches, and notes where the next page begins.
func (r *runner) containedPage(ctx context.Context, result *chart.Result, cur *cursor, left int) error {
	if cur != nil && cur.mode != byContainer {
		cur = nil // the page before ended among resources of their own
	}
	matches, err := r.containedMatches(cur)
	if err != nil {
		return err
	}
	bound, desc := "0", r.query.ContainedAlone // whose numbers are negative
	if cur == nil {
		bound = "(SELECT n.rid FROM counter n WHERE n.id = 1)"
	}
	order := orderBy(nil, nil, "m.k", desc)
	found, snapshot, err := r.numbered(ctx, sq("SELECT m.k FROM (?) m"+order+" ?", matches, r.d.limit(left+1)), bound, nil, desc)
	if err != nil {
		return err
	}
	if cur != nil {
		snapshot = cur.bound
	}
	if len(found) > left {
		found = found[:left]
		if r.next = (&cursor{mode: byContainer, driver: driveScan, bound: snapshot, total: -1}); left > 0 {
			r.next.rid = max(found[left-1].number, -found[left-1].number)
		}
	}
	r.take(result, found)
	return nil
}

// numbered runs the statement of a page, which selects numbers as k, and behind each the keys by which it stands, as k1, k2 …, with
// the stored rows of the resources or containers that they are of. It returns them in that order, then that of the numbers.
func (r *runner) numbered(ctx context.Context, page expr, bound string, desc []bool, numberDesc bool) (list []row, snapshot int64, err error) {
	columns := resourceColumns(bound) + ", p.k"
	for _, k := range sortNames(len(desc)) {
		columns += ", p." + k //nolint:perfsprint // a few keys
	}
	number := "p.k"
	if r.query.ContainedAlone {
		number = "CASE WHEN p.k < 0 THEN " + container("p.k") + " ELSE p.k END"
	}
	e, watched := r.watched(sq("SELECT "+columns+" FROM (?) p"+r.d.over()+"resource r ON r.rid = "+number, page), 3+len(desc), nil)
	var lag int64
	text, args := r.d.finish(e)
	err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		one := row{keys: make([]any, len(desc))}
		var k *int64 // of a row that tells the lag alone there is none
		s := scan{keys: []any{&k}}
		if watched {
			s.lag = &lag
		}
		for i := range one.keys {
			s.keys = append(s.keys, &one.keys[i])
		}
		v, at, err := s.read(rows)
		if err != nil || v == nil {
			return err
		}
		snapshot, one.version, one.number = at, v, *k
		one.texts()
		list = append(list, one)
		return nil
	})
	if err == nil {
		err = behind(lag)
	}
	slices.SortFunc(list, func(a, b row) int { return compareKeys(&a, &b, desc, numberDesc) })
	return list, snapshot, err
}

// take adds the rows of a page to the matches.
func (r *runner) take(result *chart.Result, list []row) {
	if r.query.ContainedAlone {
		result.Places = make([]int, len(result.Matches), len(result.Matches)+len(list))
	}
	for _, one := range list {
		result.Matches = append(result.Matches, one.version)
		if r.query.ContainedAlone {
			place := 0
			if one.number < 0 {
				_, place = index.Container(one.number)
			}
			result.Places = append(result.Places, place)
		}
	}
}

// containedMatches selects, as k and each once, the numbers of the contained resources that the query asks for, or those of
// their containers, behind the cursor.
func (r *runner) containedMatches(cur *cursor) (expr, error) {
	number := func(a, o string) string {
		if r.query.ContainedAlone {
			return a + ".rid"
		}
		return o + ".rid"
	}
	return r.containedRows(func(a, o string) string { return number(a, o) + " AS k" }, func(a, o string) expr {
		if cur == nil {
			return expr{}
		}
		there := sq(o+".rid <= ?", cur.bound)
		switch {
		case cur.rid == 0:
			return there
		case r.query.ContainedAlone:
			return and(there, sq(number(a, o)+" < ?", -cur.rid))
		}
		return and(there, sq(number(a, o)+" > ?", cur.rid))
	})
}

// containedRows selects columns, each once, of the contained resources that the query asks for and of their containers, where more
// holds of these two. Both functions are given the alias of a row of a contained resource, and that of its container.
func (r *runner) containedRows(columns func(a, o string) string, more func(a, o string) expr) (expr, error) {
	sources, rest, err := r.containedSources()
	if err != nil {
		return expr{}, err
	}
	var parts []expr
	for i := range sources {
		s, a, o := &sources[i], r.alias(), r.alias()
		where := []expr{s.where(r.d, a), {text: a + ".rid < 0"}, {text: o + ".body IS NOT NULL"}}
		for _, cl := range rest {
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
		if !r.query.ContainedAlone {
			twice, err := r.repeated(o)
			if err != nil {
				return expr{}, err
			}
			where = append(where, twice)
		}
		where = append(where, more(a, o))
		parts = append(parts, sq("SELECT DISTINCT "+columns(a, o)+" FROM ? "+a+" JOIN resource "+o+" ON "+o+".rid = "+container(a+".rid")+" WHERE ?", s.from, and(where...)))
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
func (r *runner) containedSources() (sources []source, rest []*search.Clause, err error) {
	typ, within := "", r.within
	if len(within.Types) == 1 {
		typ = within.Types[0]
	}
	var best *driver
	for i := range within.Clauses {
		if d := r.candidate(&within.Clauses[i], typ); d != nil && (best == nil || d.rank < best.rank) {
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
