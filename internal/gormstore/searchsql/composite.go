package searchsql

import (
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// compositeSources reads idx_composite, whose columns a_… and b_… hold the first two components, by (param, a_text, b_value)
// or by rid. Where a third component exists it is a number and lies in a_value, a_lo and a_hi beside a token.
//
// https://hl7.org/fhir/R4/search.html#composite
func (c *compiler) compositeSources(cl *search.Clause, driving bool) ([]source, error) {
	base := source{from: table("idx_composite"), params: rows(cl), direct: true}
	parts := cl.Param.Components
	if len(parts) < 2 || len(parts) > 3 || len(parts) == 3 && (parts[0].Type != search.Token || parts[2].Type != search.Number) {
		return nil, fault.New(fault.Invalid, "search.compile", "%s is not supported", cl.Param.Code)
	}
	second := parts[1].Type
	numeric := second == search.Number || second == search.Quantity
	if numeric {
		base.key, base.then, base.ties = "b_value", []string{"b_text"}, []string{"n"}
	}
	others := func(a string, v *search.Value) expr {
		e := c.component(a, "a_", &parts[0], &v.Parts[0], cl.Param)
		if len(parts) == 3 {
			e = and(e, c.component(a, "a_", &parts[2], &v.Parts[2], cl.Param))
		}
		if !numeric && second != search.Date {
			e = and(e, expr{text: a + ".b_value = 0"}) // it is, and the index wants to know
		}
		return e
	}
	match := func(a string, v *search.Value) expr {
		return and(others(a, v), c.component(a, "b_", &parts[1], &v.Parts[1], cl.Param))
	}
	split := func(v *search.Value) []func(string) expr {
		number := &v.Parts[1]
		if !numeric || number.CanonicalUnit != "" {
			return []func(string) expr{func(a string) expr { return match(a, v) }}
		}
		var list []func(string) expr
		for _, cond := range numberRanges("b_", number) {
			list = append(list, func(a string) expr {
				return and(others(a, v), c.componentUnit(a, "b_", &parts[1], number, cl.Param), cond(a))
			})
		}
		return list
	}
	return ranges(base, cl, driving, match, split), nil
}

// component is the condition of one component; which is a_ or b_.
func (c *compiler) component(a, which string, part *search.Component, v *search.Value, p *search.Param) expr {
	col := a + "." + which
	switch part.Type {
	case search.Token:
		if v.NoCode {
			return system(a, which+"ref", v)
		}
		return and(sq(col+"text = ?", index.Key(v.Code)), system(a, which+"ref", v))
	case search.String:
		return c.begins(col+"text", "", v.Norm)
	case search.URI:
		return sq(col+"text = ?", index.Key(v.Text))
	case search.Reference:
		if v.URL != "" {
			return sq(col+"text = ?", index.Key(v.URL))
		}
		target := &search.Param{}
		if single := c.env.Table.Lookup(p.Base, part.Code); single != nil {
			target = single
		}
		return c.pointsAt(col+"ref", "", c.targets(target), v)
	case search.Date:
		return sq("(?)", dateMatchFloat(col, v))
	}
	m, wide := columns(a, which), isWide(a, which)
	match := sq("(?)", numberMatch(m, wide, v.Prefix, v.Num, v.Low, v.Up))
	switch {
	case part.Type == search.Number:
		return match
	case v.CanonicalUnit != "" && which == "b_":
		return canonicalMatch(col, wide, v)
	}
	return and(c.componentUnit(a, which, part, v, p), match)
}

// componentUnit is the condition that a component, a quantity, has the value's unit as it is written there. The row of a composite
// has the code alone, if there is one: what the unit is called stands in the row that the same quantity has by itself.
func (c *compiler) componentUnit(a, which string, part *search.Component, v *search.Value, p *search.Param) expr {
	if v.Code == "" {
		return system(a, which+"ref", v)
	}
	col, unit := a+"."+which, index.Key(v.Code)
	code := sq(col+"text = ?", unit)
	single := c.env.Table.Lookup(p.Base, part.Code)
	if v.HasSystem || single == nil {
		return and(code, system(a, which+"ref", v))
	}
	params := rows(&search.Clause{Param: single})
	if p.Within {
		for i, n := range params {
			params[i] = int64(index.ContainedParam(int32(n)))
		}
	}
	q := c.alias()
	called := c.exists(sq("idx_quantity "+q+" WHERE "+q+".rid = "+a+".rid AND ? AND "+q+".unit = ? AND "+q+".code = "+col+"text AND "+q+".system = "+col+"ref AND "+
		q+".value = "+col+"value AND "+q+".lo = "+col+"lo AND "+q+".hi = "+col+"hi", c.d.in(q+".param", params), unit))
	return sq("(? OR ?)", code, called)
}

// dateMatchFloat is dateMatch on the columns of a component, which hold times as floating point numbers.
func dateMatchFloat(col string, v *search.Value) expr {
	e := dateMatch("#", v)
	out := expr{text: replaceHash(e.text, col)}
	for _, arg := range e.args {
		if n, ok := arg.(int64); ok {
			arg = float64(n)
		}
		out.args = append(out.args, arg)
	}
	return out
}
