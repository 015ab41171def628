package searchsql

import (
	"context"
	"database/sql"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// keptCodes selects how many rows the codes of a clause have. A resource that has two of them counts twice.
func (c *compiler) keptCodes(cl *search.Clause) expr {
	a := c.alias()
	var either []expr
	for i := range cl.Values {
		v := &cl.Values[i]
		either = append(either, and(sq(a+".code = ?", index.Key(v.Code)), system(a, "system", v)))
	}
	return sq("(SELECT CAST(coalesce(sum("+a+".n), 0) AS bigint) FROM idx_count "+a+" WHERE ? AND ?)", c.d.in(a+".param", rows(cl)), or(either...))
}

// kept reads the total of a query from idx_count, which has it for all resources of a type, for those with one code, and for those that
// have a value of a parameter, or none.
// The last result is false when it does not tell: then they are counted.
func (r *runner) kept(ctx context.Context) (total int64, ok bool, err error) {
	q := r.query
	if len(q.Types) != 1 || len(q.Clauses) > 1 || q.Span != nil {
		return 0, false, nil
	}
	if v, err := r.views.get(q.Types[0]); err != nil || v == nil || v.patient != "" || v.filter {
		return 0, false, err
	}
	where := sq("t.param = 0 AND t.code = ? AND t.system = 0", q.Types[0])
	if len(q.Clauses) == 1 {
		cl := &q.Clauses[0]
		if cl.Missing != nil && cl.Chain == nil && cl.Has == nil {
			for _, f := range r.presences(cl) {
				total, ok = total+sum(f.set(r.d, !*cl.Missing).kinds), true
			}
			return total, ok, nil
		}
		if cl.Param == nil || cl.Group != nil || cl.Param == search.ID || cl.Param.Type != search.Token || cl.Chain != nil || cl.Has != nil || cl.Missing != nil ||
			cl.Modifier != search.NoModifier || len(cl.Values) != 1 || cl.Values[0].NoCode {
			return 0, false, nil
		}
		v := &cl.Values[0]
		where = and(r.d.in("t.param", rows(cl)), sq("t.code = ?", index.Key(v.Code)), system("t", "system", v))
	}
	// One row is the number of resources. Several (a code under two parameters or in two systems) may count one twice.
	found := 0
	text, args := r.d.finish(sq("SELECT t.n FROM idx_count t WHERE t.n <> 0 AND ?", where))
	err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		found++
		return rows.Scan(&total)
	})
	return total, err == nil && found == 1, err
}
