package searchsql

import (
	"slices"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// referenceSources reads idx_ref, by target in rid order or by rid, and idx_uri for what lies on other servers.
func (c *compiler) referenceSources(cl *search.Clause, driving bool) ([]source, error) {
	params := rows(cl)
	if cl.Modifier == search.Identifier {
		return c.codeSources(identifierRows(cl), cl.Values, driving), nil
	}
	local := source{from: table("idx_ref"), params: params, direct: true}
	var list []source
	var conds []func(string) expr
	var named []*search.Value
	for i := range cl.Values {
		v := &cl.Values[i]
		if v.URL != "" {
			uri := v.URL
			if v.RefVersion != "" {
				uri += "|" + v.RefVersion
			}
			if cl.Modifier == search.Below && v.RefVersion != "" { // 1 is above 1.0 and 1.1, not above 10
				list = append(list, source{from: table("idx_uri"), params: params, direct: true,
					cond: func(a string) expr {
						return sq("("+a+".uri = ? OR "+a+".uri >= ? AND "+a+".uri < ?)", index.Key(uri), uri+".", uri+"/")
					}})
				continue
			}
			list = append(list, source{from: table("idx_uri"), params: params, direct: true, ordered: true, unique: true,
				cond: func(a string) expr { return sq(a+".uri = ?", index.Key(uri)) }})
			continue
		}
		s := local
		if cl.Modifier == search.Above || cl.Modifier == search.Below {
			places, err := c.hierarchy(cl.Modifier, v)
			if err != nil {
				return nil, err
			}
			s.cond = func(a string) expr { return sq(a+".target IN (?)", places) }
			conds = append(conds, s.cond)
			if driving {
				list = append(list, s)
			}
			continue
		}
		s.ordered = v.RefType != ""
		s.cond = func(a string) expr { return c.pointsAt(a+".target", a+".version", c.targetsOf(cl), v) }
		if len(cl.Values) > c.branches() && v.RefType != "" && v.RefVersion == "" {
			named = append(named, v)
		} else {
			conds = append(conds, s.cond)
		}
		if driving {
			list = append(list, s)
		}
	}
	if driving && len(list) <= c.branches() || len(conds)+len(named) == 0 {
		return list, nil
	}
	if len(named) > 0 {
		conds = append(conds, func(a string) expr { return c.pointsAtOneOf(a+".target", named) })
	}
	kept := list[:0]
	for _, s := range list {
		if s.from.text == "idx_uri" {
			kept = append(kept, s)
		}
	}
	return append(kept, anyOf(local, conds)), nil
}

// pointsAt is the condition that the column target names the resource of a value, which is of one of types where it names none.
func (c *compiler) pointsAt(target, version string, types []string, v *search.Value) expr {
	var to expr
	if v.RefType != "" {
		to = sq(target+" = (SELECT rid FROM resource WHERE type = ? AND id = ?)", v.RefType, v.RefID)
	} else {
		to = sq(target+" IN (SELECT rid FROM resource WHERE ? AND id = ?)", c.d.inTexts("type", types), v.RefID)
	}
	if v.RefVersion == "" || version == "" {
		return to
	}
	return and(to, sq(version+" = ?", v.RefVersion))
}

// pointsAtOneOf is pointsAt for many values with a type and without a version. One list of numbers leads through the index, where
// alternatives would be compared with all rows of the parameter.
func (c *compiler) pointsAtOneOf(target string, values []*search.Value) expr {
	ids := map[string][]string{}
	var types []string
	for _, v := range values {
		if ids[v.RefType] == nil {
			types = append(types, v.RefType)
		}
		ids[v.RefType] = append(ids[v.RefType], v.RefID)
	}
	var parts []expr
	for _, typ := range types {
		parts = append(parts, sq("SELECT rid FROM resource WHERE type = ? AND ?", typ, c.d.inTexts("id", ids[typ])))
	}
	return c.d.inRows(target, join(parts, " UNION ALL "))
}

// targetsOf are the types that a reference may name, on any of the types of which a clause is.
func (c *compiler) targetsOf(cl *search.Clause) []string {
	types := c.targets(cl.Param)
	for _, p := range cl.Also {
		types = append(slices.Clip(types), c.targets(p)...)
	}
	return types
}

// targets are the types that a reference parameter may name.
func (c *compiler) targets(p *search.Param) []string {
	switch {
	case len(p.RowTypes) > 0:
		return p.RowTypes
	case len(p.Targets) > 0:
		return p.Targets
	}
	return c.env.Types
}
