package searchsql

import "chartwright/internal/fhir/search"

// missing is :missing: whether the resource has no row of the parameter at all.
// https://hl7.org/fhir/R4/search.html#missing
func (c *compiler) missing(cl *search.Clause, x string) expr {
	if list := c.presences(cl); list != nil && coded(cl) {
		return c.hasKind(list, x, !*cl.Missing)
	}
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
	if len(cl.Also) > 0 && cl.Param.Type == search.Reference { // of one type it may be narrowed, and of another not
		var either []expr
		for _, p := range paramsOf(cl) {
			either = append(either, c.present(&search.Clause{Param: p}, x))
		}
		return or(either...)
	}
	params := rows(cl)
	switch cl.Param.Type {
	case search.Token:
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
			a, t, i, u := c.alias(), c.alias(), c.alias(), c.alias()
			local := c.exists(sq("idx_ref "+a+" JOIN resource "+t+" ON "+t+".rid = "+a+".target WHERE "+a+".rid = "+x+" AND ? AND ?",
				c.d.in(a+".param", params), c.d.inTexts(t+".type", types)))
			within := c.exists(sq("idx_ref "+i+" JOIN idx_token "+t+" ON "+t+".rid = "+i+".target WHERE "+i+".rid = "+x+" AND ? AND ?",
				c.d.in(i+".param", params), c.d.in(t+".param", allContained(types)[0].params)))
			var named []expr
			for _, typ := range types {
				named = append(named, sq("? > 0", c.d.position("'/' || "+u+".uri", "/"+typ+"/")))
			}
			elsewhere := c.member(x, "idx_uri", u, and(c.d.in(u+".param", params), or(named...)), false)
			return or(local, within, elsewhere, in("idx_token", identifiers, false))
		}
		return or(in("idx_ref", params, true), in("idx_uri", params, false), in("idx_token", identifiers, false))
	}
	return in("idx_composite", params, true)
}
