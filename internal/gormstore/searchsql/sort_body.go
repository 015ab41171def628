package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// told reports whether a resource's body tells its values of a parameter.
func (c *compiler) told(p *search.Param) bool {
	return c.env.Extract != nil && (p.Revision == 0 || c.env.Own != nil)
}

// sortRows are the index rows of a resource, as far as its search is sorted by what bodies tell.
func (r *runner) sortRows(v *chart.Version) (*index.Rows, error) {
	x, err := r.extract(v)
	if err == nil && slices.ContainsFunc(r.query.Sort, func(s search.Sort) bool { return s.Param.Revision != 0 }) && r.env.Own != nil {
		err = r.env.Own(r.env.Table, v.Body, x)
	}
	return x, err
}

// firstValue is the code or URI that comes first, in the order of a sort key, among the index rows of a resource with one of params:
// the one by which it is sorted. It is nil if there is none.
func firstValue(x *index.Rows, s search.Sort, params []int64) any {
	var first string
	found := false
	meet := func(param int32, text string) {
		if !slices.Contains(params, int64(param)) {
			return
		}
		if text = index.Key(index.Clean(text)); !found || text < first != s.Descending && text != first {
			first, found = text, true
		}
	}
	if s.Param.Type == search.URI {
		for i := range x.URIs {
			meet(x.URIs[i].Param, x.URIs[i].URI)
		}
	} else {
		for i := range x.Tokens {
			meet(x.Tokens[i].Param, x.Tokens[i].Code)
		}
	}
	if !found {
		return nil
	}
	return first
}

// sortFew reads a page of a search that finds few resources, in an order that only their bodies tell: all of them, to be sorted here. The
// last result is false if there is no such key, or if they are too many.
func (r *runner) sortFew(ctx context.Context, cur *cursor, limit int) ([]row, int64, bool, error) {
	names := sortNames(len(r.query.Sort))
	blind := map[int]*sortKey{}
	for i, s := range r.query.Sort {
		k := r.sortKey(s)
		if k == nil {
			return nil, 0, false, nil
		}
		if k.blind {
			blind[i] = k
		}
	}
	if len(blind) == 0 {
		return nil, 0, false, nil
	}
	var desc []bool
	var keys []expr
	for i, s := range r.query.Sort {
		key := expr{text: "NULL"}
		if blind[i] == nil {
			key, _ = r.sortValue(s, "m.rid")
		}
		desc, keys = append(desc, s.Descending), append(keys, sq("? AS "+names[i], key))
	}
	matches, err := r.matches(r.plan, r.query, cur)
	if err != nil {
		return nil, 0, false, err
	}
	var n int64
	text, args := r.d.finish(sq("SELECT count(*) FROM (SELECT 1 AS n FROM (?) m ?) c", matches, r.d.limit(maxBodies+1)))
	if err := query(ctx, r.q, text, args, func(rows *sql.Rows) error { return rows.Scan(&n) }); err != nil || n > maxBodies {
		return nil, 0, false, err
	}
	wanted := bodies{most: limit, desc: desc}
	if cur != nil && len(cur.keys) > 0 {
		wanted.behind = &row{number: cur.rid, keys: cur.keys}
	}
	_, bound, err := r.rows(ctx, sq("SELECT "+resourceColumns("(SELECT n.seq FROM counter n WHERE n.id = 1)")+", ? FROM (?) m"+r.d.over()+"resource r ON r.rid = m.rid",
		join(keys, ", "), matches), len(names), cur, func(one *row) error {
		x, err := r.sortRows(one.version)
		if err != nil {
			return err
		}
		for at, k := range blind {
			one.keys[at] = firstValue(x, k.Sort, k.plan.full.params)
		}
		wanted.meet(one)
		return nil
	})
	return wanted.rows, bound, true, err
}
