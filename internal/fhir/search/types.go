package search

import "slices"

// Of makes a query that named no type one of types, such as those that the caller may search; nil = all there are. Its conditions, which
// were read for every type, are then about these alone: the values of the others are not looked at.
func (q *Query) Of(types []string) {
	q.Types = types
	if len(types) == 0 {
		return
	}
	for i := range q.Clauses {
		if c := &q.Clauses[i]; !c.of(types) {
			c.Group, c.Chain, c.Values, c.Missing = nil, nil, nil, nil // what is asked of none of them, none satisfies
		}
	}
}

// Stray reports whether a query has a condition on a type that it does not search, so that it might find resources of that.
func (q *Query) Stray() bool {
	return len(q.Types) > 0 && slices.ContainsFunc(q.Clauses, func(c Clause) bool { return c.stray(q.Types) })
}

// of narrows c to types; false if it says nothing of them.
func (c *Clause) of(types []string) bool {
	other := func(p *Param) bool { return strays(p, types) }
	switch {
	case c.Has != nil, c.Param == nil && c.Group == nil: // on a search of one type
		return true
	case c.Group != nil: // one of them for each type
		group := *c.Group
		group.Clauses = slices.DeleteFunc(slices.Clone(group.Clauses), func(inner Clause) bool { return inner.stray(types) })
		c.Group = &group
		return len(group.Clauses) > 0
	}
	params := slices.DeleteFunc(append([]*Param{c.Param}, c.Also...), other)
	if len(params) == 0 {
		return false
	}
	c.Param, c.Also = params[0], params[1:]
	return true
}

// stray reports whether c is about another type than types. A condition of _has is about who refers to them.
func (c *Clause) stray(types []string) bool {
	if c.Group != nil {
		return slices.ContainsFunc(c.Group.Clauses, func(inner Clause) bool { return inner.stray(types) })
	}
	return c.Has == nil && (strays(c.Param, types) || slices.ContainsFunc(c.Also, func(p *Param) bool { return strays(p, types) }))
}

// strays reports whether p is of another type than types; [ID] and [LastUpdated] are of all.
func strays(p *Param, types []string) bool {
	return p != nil && p.Base != "" && !slices.Contains(types, p.Base)
}
