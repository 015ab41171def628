package searchsql

import (
	"fmt"
	"slices"
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// maxBranches is how many values of one parameter are read side by side, each in order; more are collected and sorted, but by the driver
// of a page, whose values are all that a parameter takes.
const maxBranches = 16

// branches is up to how many values are read side by side.
func (c *compiler) branches() int {
	if c.spread {
		return maxSpans
	}
	return maxBranches
}

// tokenSources reads idx_token, whose key is (param, code, rid, system): a code gives its rids in order, and is probed by rid.
func (c *compiler) tokenSources(cl *search.Clause, driving bool) []source {
	params := rows(cl)
	values := cl.Values
	switch cl.Modifier {
	case search.Text:
		return c.tokenText(params, values, driving)
	case search.OfType:
		params = nil
		for _, p := range append([]*search.Param{cl.Param}, cl.Also...) {
			params = append(params, int64(p.OfTypeRow()))
		}
		values = nil
		for _, v := range cl.Values {
			values = append(values, search.Value{System: v.TypeSys, HasSystem: v.TypeSys != "", Code: v.TypeCode + "|" + v.Code})
		}
	}
	if len(values) == 0 { // a value set without codes
		return []source{{from: table("idx_token"), cond: func(string) expr { return never }}}
	}
	if cl.Modifier == search.StartsWith {
		return mimeSources(params, values)
	}
	if cl.Modifier == search.Unequal {
		v := &values[0]
		equal := func(a string) expr { return and(sq(a+".code = ?", index.Key(v.Code)), system(a, "system", v)) }
		if v.NoCode {
			equal = func(a string) expr { return system(a, "system", v) }
		}
		return []source{{from: table("idx_token"), params: params, cond: func(a string) expr { return unequal(equal(a)) }}}
	}
	return c.codeSources(params, values, driving)
}

// mimeSources finds mime types with whatever parameters, or all of a top-level type.
func mimeSources(params []int64, values []search.Value) []source {
	base := source{from: table("idx_token"), params: params}
	var conds []func(a string) expr
	for i := range values {
		code := index.Key(values[i].Code)
		conds = append(conds, func(a string) expr {
			if !strings.Contains(code, "/") {
				return sq(a+".code >= ? AND "+a+".code < ?", code+"/", code+"0")
			}
			return sq("("+a+".code = ? OR "+a+".code >= ? AND "+a+".code < ? OR "+a+".code >= ? AND "+a+".code < ?)", code, code+";", code+"<", code+" ", code+"!")
		})
	}
	return []source{anyOf(base, conds)}
}

// unequal negates a comparison, which is unknown where a system is.
func unequal(e expr) expr { return sq("coalesce(NOT (?), TRUE)", e) }

// codeSources finds codes, with or without a system, under params.
func (c *compiler) codeSources(params []int64, values []search.Value, driving bool) []source {
	base := source{from: table("idx_token"), params: params, direct: true}
	if len(values) > 1 && (!driving || len(values) > c.branches()) {
		return c.groupedCodes(base, values)
	}
	var list []source
	for i := range values {
		v := &values[i]
		s := base
		if v.NoCode {
			s.direct = false
			s.cond = func(a string) expr { return system(a, "system", v) }
		} else {
			s.ordered = true
			s.unique = v.HasSystem
			s.cond = func(a string) expr { return and(sq(a+".code = ?", index.Key(v.Code)), system(a, "system", v)) }
		}
		list = append(list, s)
	}
	return list
}

// groupedCodes makes one source for the codes of each system: as few as possible, none of them in order.
func (c *compiler) groupedCodes(base source, values []search.Value) []source {
	type group struct{ first, end int }
	order := slices.Clone(values)
	rank := func(v *search.Value) string { // values that differ in the code only are alike
		return fmt.Sprint(v.NoCode, v.HasSystem, v.System)
	}
	slices.SortStableFunc(order, func(a, b search.Value) int { return strings.Compare(rank(&a), rank(&b)) })
	var groups []group
	for i := range order {
		if i == 0 || rank(&order[i]) != rank(&order[i-1]) {
			groups = append(groups, group{first: i})
		}
		groups[len(groups)-1].end = i + 1
	}
	var list []source
	for _, g := range groups {
		s, v := base, &order[g.first]
		if v.NoCode {
			s.direct = false
			s.cond = func(a string) expr { return system(a, "system", v) }
		} else {
			var codes []string
			for i := g.first; i < g.end; i++ {
				codes = append(codes, index.Key(order[i].Code))
			}
			s.cond = func(a string) expr { return and(c.d.inTexts(a+".code", codes), system(a, "system", v)) }
		}
		list = append(list, s)
	}
	return list
}

// system is the condition that column of alias a is the number of the value's system.
func system(a, column string, v *search.Value) expr {
	switch {
	case !v.HasSystem:
		return expr{}
	case v.System == "":
		return expr{text: a + "." + column + " = 0"}
	}
	return sq(a+"."+column+" = (SELECT id FROM system WHERE uri = ?)", index.Key(v.System))
}

// identifierRows are the numbers of the token rows of identifiers in references.
func identifierRows(cl *search.Clause) []int64 {
	list := []int64{int64(cl.Param.IdentifierRow())}
	for _, p := range cl.Also {
		list = append(list, int64(p.IdentifierRow()))
	}
	return list
}
