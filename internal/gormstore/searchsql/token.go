package searchsql

import (
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// maxBranches is how many values of one parameter are read side by side, each in order; more are collected and sorted.
const maxBranches = 16

// tokenSources reads idx_token, whose key is (param, code, rid, system): a code gives its rids in order, and is probed by rid.
func (c *compiler) tokenSources(cl *search.Clause, driving bool) ([]source, error) {
	params := rows(cl)
	values := cl.Values
	switch cl.Modifier {
	case search.Text:
		return []source{c.tokenText(params, values)}, nil
	case search.OfType:
		params = nil
		for _, p := range append([]*search.Param{cl.Param}, cl.Also...) {
			params = append(params, int64(p.OfTypeRow()))
		}
		values = nil
		for _, v := range cl.Values {
			values = append(values, search.Value{System: v.TypeSys, HasSystem: v.TypeSys != "", Code: v.TypeCode + "|" + v.Code})
		}
	case search.In, search.NotIn, search.Above, search.Below:
		var err error
		if values, err = c.terminology(cl); err != nil {
			return nil, err
		}
		if len(values) == 0 {
			return []source{{from: table("idx_token"), cond: func(string) expr { return never }}}, nil
		}
	}
	return c.codeSources(params, values, driving), nil
}

// codeSources finds codes, with or without a system, under params.
func (c *compiler) codeSources(params []int64, values []search.Value, driving bool) []source {
	base := source{from: table("idx_token"), params: params, direct: true}
	// Codes that share a system, or have none, are one condition that still reads one range a code.
	alike := true
	for _, v := range values {
		alike = alike && !v.NoCode && v.HasSystem == values[0].HasSystem && v.System == values[0].System
	}
	if alike && len(values) > 1 && (!driving || len(values) > maxBranches) {
		var codes []string
		for _, v := range values {
			codes = append(codes, index.Key(v.Code))
		}
		base.cond = func(a string) expr { return and(c.d.inTexts(a+".code", codes), system(a, "system", &values[0])) }
		return []source{base}
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

func (c *compiler) tokenText(params []int64, values []search.Value) source {
	var conds []func(string) expr
	for _, v := range values {
		conds = append(conds, func(a string) expr { return sq("? > 0", c.d.position(a+".text", v.Norm)) })
	}
	return anyOf(source{from: table("idx_token"), params: params}, conds)
}

// terminology asks which codes a value set holds, or which lie above or below a code.
func (c *compiler) terminology(cl *search.Clause) ([]search.Value, error) {
	if c.env.Codes == nil {
		return nil, fault.New(fault.Invalid, "search.compile", "%s:%s needs a terminology, and this server has none", cl.Param.Code, cl.Modifier)
	}
	var all []search.Value
	for _, v := range cl.Values {
		codes, err := c.env.Codes(c.ctx, cl.Modifier, v)
		if err != nil {
			return nil, err
		}
		for _, k := range codes {
			all = append(all, search.Value{System: k.System, HasSystem: k.System != "", Code: k.Code})
		}
	}
	return all, nil
}

// identifierRows are the numbers of the token rows of identifiers in references.
func identifierRows(cl *search.Clause) []int64 {
	list := []int64{int64(cl.Param.IdentifierRow())}
	for _, p := range cl.Also {
		list = append(list, int64(p.IdentifierRow()))
	}
	return list
}
