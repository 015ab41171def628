package searchsql

import (
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
	for i := range cl.Values {
		v := &cl.Values[i]
		if v.URL != "" {
			uri := v.URL
			if v.RefVersion != "" {
				uri += "|" + v.RefVersion
			}
			list = append(list, source{from: table("idx_uri"), params: params, direct: true, ordered: true, unique: true,
				cond: func(a string) expr { return sq(a+".uri = ?", index.Key(uri)) }})
			continue
		}
		s := local
		s.ordered = v.RefType != ""
		s.cond = func(a string) expr { return c.pointsAt(a+".target", a+".version", cl.Param, v) }
		conds = append(conds, s.cond)
		if driving {
			list = append(list, s)
		}
	}
	if driving && len(list) <= maxBranches || len(conds) == 0 {
		return list, nil
	}
	kept := list[:0]
	for _, s := range list {
		if s.from.text == "idx_uri" {
			kept = append(kept, s)
		}
	}
	return append(kept, anyOf(local, conds)), nil
}

// pointsAt is the condition that the column target names the resource of a value.
func (c *compiler) pointsAt(target, version string, p *search.Param, v *search.Value) expr {
	var to expr
	if v.RefType != "" {
		to = sq(target+" = (SELECT rid FROM resource WHERE type = ? AND id = ?)", v.RefType, v.RefID)
	} else {
		to = sq(target+" IN (SELECT rid FROM resource WHERE ? AND id = ?)", c.d.inTexts("type", c.targets(p)), v.RefID)
	}
	if v.RefVersion == "" || version == "" {
		return to
	}
	return and(to, sq(version+" = ?", v.RefVersion))
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
