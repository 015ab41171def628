package searchsql

import (
	"cmp"
	"context"
	"database/sql"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// unambiguous refuses a reference by a bare id where resources of several types have that id. Only what the caller sees counts: the
// answer tells of nothing else. It takes a statement where an id could be of several types, and none elsewhere.
//
// https://hl7.org/fhir/R4/search.html#reference
func (c *compiler) unambiguous(ctx context.Context, db Querier, q *search.Query) error {
	var asked []*search.Clause
	var parts []expr
	var failed error
	eachClause(q.Clauses, func(cl *search.Clause) {
		ids := bareIDs(cl)
		if len(ids) == 0 || failed != nil {
			return
		}
		types := c.targetsOf(cl)
		if len(types) < 2 {
			return
		}
		seen, err := c.seen(types, "r")
		if failed = err; err != nil {
			return
		}
		parts = append(parts, sq("SELECT ? + 0 AS i, min(r.type), max(r.type) FROM resource r WHERE ? GROUP BY r.id HAVING count(*) > 1", len(asked),
			and(c.d.inTexts("r.type", types), c.d.inTexts("r.id", ids), expr{text: "r.body IS NOT NULL"}, seen)))
		asked = append(asked, cl)
	})
	if failed != nil || len(parts) == 0 {
		return failed
	}
	text, args := c.d.finish(join(parts, " UNION ALL "))
	var several error
	err := query(ctx, db, text, args, func(rows *sql.Rows) error {
		var i int64
		var one, other string
		err := rows.Scan(&i, &one, &other)
		if code := asked[i].Param.Code; err == nil && several == nil {
			several = &fault.Error{Kind: fault.Invalid, Op: "search.reference", Issues: []fault.Issue{{
				Code: "multiple-matches", Expression: fault.ParamExpression(code),
				Detail: code + ": a " + one + " and a " + other + " have this id; say which is meant, as in " + code + "=" + one + "/id",
			}}}
		}
		return err
	})
	return cmp.Or(err, several)
}

// bareIDs are the values of a clause that name a resource by its id alone.
func bareIDs(cl *search.Clause) []string {
	if cl.Param == nil || cl.Param.Type != search.Reference || cl.Missing != nil || cl.Modifier == search.Identifier {
		return nil
	}
	var ids []string
	for i := range cl.Values {
		if v := &cl.Values[i]; v.RefID != "" && v.RefType == "" && v.URL == "" {
			ids = append(ids, v.RefID)
		}
	}
	return ids
}
