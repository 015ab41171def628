package search

import "slices"

// Parent returns the parameter by which resources of a type say what of the same type they are part of; nil if they have no such
// hierarchy.
//
// https://hl7.org/fhir/R4/search.html#recursive
func Parent(t Table, typ string) *Param {
	for _, code := range [...]string{"partof", "part-of"} {
		if p := t.Lookup(typ, code); p != nil && p.Type == Reference && slices.Contains(p.Targets, typ) {
			return p
		}
	}
	return nil
}

// ranked reports whether what a reference parameter names has an order that :above and :below ask for: a hierarchy, or, below,
// the versions of a canonical.
func (p *parser) ranked(param *Param, m Modifier) bool {
	return len(param.Targets) == 0 || len(p.parted(param)) > 0 || m == Below && slices.ContainsFunc(param.Targets, func(typ string) bool {
		return p.table.Lookup(typ, "url") != nil && p.table.Lookup(typ, "version") != nil
	})
}

// parted are those of the types that a reference parameter names that have a hierarchy.
func (p *parser) parted(param *Param) []string {
	return slices.DeleteFunc(slices.Clone(param.Targets), func(typ string) bool { return Parent(p.table, typ) == nil })
}

// inHierarchy makes sure that a value of :above or :below is a place in a hierarchy, or a canonical.
//
// https://hl7.org/fhir/R4/search.html#versions
func (p *parser) inHierarchy(c *Clause, v Value) (Value, error) {
	switch types := p.parted(c.Param); {
	case v.URL != "" && c.Modifier == Below:
		return v, nil
	case v.URL != "":
		return Value{}, invalid("%s:above: id or Type/id is expected; a canonical has nothing above it", c.Param.Code)
	case v.RefVersion != "":
		return Value{}, invalid("%s:%s: a version is in no hierarchy", c.Param.Code, c.Modifier)
	case v.RefType == "" && len(types) == 1:
		v.RefType = types[0]
	case v.RefType == "":
		return Value{}, invalid("%s:%s: Type/id is expected", c.Param.Code, c.Modifier)
	}
	if Parent(p.table, v.RefType) == nil {
		return Value{}, invalid("%s:%s: resources of type %s are in no hierarchy", c.Param.Code, c.Modifier, v.RefType)
	}
	return v, nil
}
