package searchsql

import (
	"context"
	"database/sql"

	"chartwright/internal/fhir/search"
)

// No index leads from a resource to its tokens. What has any of a parameter is collected, once for each page; but where a good part of
// the type satisfies :missing, and there are few codes, as of a status or a category, a page is full sooner by asking the resources one
// by one for each code. How many rows a code has is kept.

const (
	// maxAsked is how many codes a resource is asked for.
	maxAsked = 16
	// goodPart is the part of a type that surely has a code, or none, which makes it better to ask.
	goodPart = 8
)

// findCodes fills c.probed for the clauses of q.
func (c *compiler) findCodes(ctx context.Context, db Querier, q *search.Query) error {
	if len(q.Types) != 1 {
		return nil
	}
	var asked []*search.Clause
	var parts []expr
	for i := range q.Clauses {
		cl := &q.Clauses[i]
		if cl.Missing == nil || cl.Chain != nil || cl.Has != nil || cl.Param == nil || cl.Param.Type != search.Token || len(asked) == maxBranches {
			continue
		}
		some := sq("SELECT n.n FROM idx_count n WHERE ? ?", c.d.in("n.param", rows(cl)), c.d.limit(maxAsked+1))
		parts = append(parts, sq("SELECT ? + 0 AS i, count(*) AS codes, CAST(coalesce(sum(c.n), 0) AS bigint) AS n, "+
			"(SELECT coalesce(max(t.n), 0) FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0) AS among FROM (?) c", len(asked), q.Types[0], some))
		asked = append(asked, cl)
	}
	if len(asked) == 0 {
		return nil
	}
	c.probed = map[*search.Clause]bool{}
	text, args := c.d.finish(join(parts, " UNION ALL "))
	return query(ctx, db, text, args, func(rows *sql.Rows) error {
		var i, codes, n, among int64
		err := rows.Scan(&i, &codes, &n, &among)
		if err == nil {
			if *asked[i].Missing {
				n = among - n
			}
			c.probed[asked[i]] = codes <= maxAsked && goodPart*n >= among
		}
		return err
	})
}

// missing is :missing: whether the resource has no row of the parameter at all.
// https://hl7.org/fhir/R4/search.html#missing
func (c *compiler) missing(cl *search.Clause, x string) expr {
	present := c.present(cl, x)
	if *cl.Missing {
		return sq("NOT (?)", present)
	}
	return present
}

// present is the condition that the resource with rid x has a row of a parameter.
func (c *compiler) present(cl *search.Clause, x string) expr {
	in := func(name string, params []int64, direct bool) expr {
		a := c.alias()
		return c.member(x, name, a, c.d.in(a+".param", params), direct)
	}
	params := rows(cl)
	switch cl.Param.Type {
	case search.Token:
		if c.probed[cl] {
			n, a := c.alias(), c.alias()
			return c.exists(sq("idx_count "+n+c.d.over()+"idx_token "+a+" ON "+a+".param = "+n+".param AND "+a+".code = "+n+".code AND "+a+".rid = "+x+" WHERE ?",
				c.d.in(n+".param", params)))
		}
		return in("idx_token", params, false)
	case search.String:
		return in("idx_string", params, true)
	case search.Date:
		return in("idx_date", params, true)
	case search.Number:
		return in("idx_number", params, true)
	case search.Quantity:
		return in("idx_quantity", params, true)
	case search.URI:
		return in("idx_uri", params, false)
	case search.Reference:
		identifiers := identifierRows(cl)
		if types := cl.Param.RowTypes; len(types) > 0 {
			a, t := c.alias(), c.alias()
			local := c.exists(sq("idx_ref "+a+" JOIN resource "+t+" ON "+t+".rid = "+a+".target WHERE "+a+".rid = "+x+" AND ? AND ?",
				c.d.in(a+".param", params), c.d.inTexts(t+".type", types)))
			return or(local, in("idx_token", identifiers, false))
		}
		return or(in("idx_ref", params, true), in("idx_uri", params, false), in("idx_token", identifiers, false))
	}
	return in("idx_composite", params, true)
}
