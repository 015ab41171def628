package searchsql

import (
	"slices"

	"chartwright/internal/fhir/search"
)

// groupFilter is the condition that the live resource with rid x satisfies what a _filter joins.
func (c *compiler) groupFilter(g *search.Group, x string) (expr, error) {
	var list []expr
	for i := range g.Clauses {
		e, err := c.filter(&g.Clauses[i], x)
		if err != nil {
			return expr{}, err
		}
		list = append(list, sq("(?)", e))
	}
	switch g.Op {
	case search.Or:
		return or(list...), nil
	case search.Nor:
		return sq("NOT ?", list[0]), nil
	}
	return and(list...), nil
}

// groupCandidate returns the driver of a group, nil if it can't be enumerated: of an alternative, what drives any of its parts;
// of a conjunction, the part that is expected to yield fewest. What drives may find more than the group asks for, so the group
// stays among the conditions.
func (c *compiler) groupCandidate(g *search.Group, typ string) *driver {
	var parts []*driver
	for i := range g.Clauses {
		d := c.candidate(&g.Clauses[i], typ)
		if d == nil && g.Op == search.Or {
			return nil
		}
		if d != nil {
			parts = append(parts, d)
		}
	}
	if len(parts) == 0 || g.Op == search.Nor {
		return nil
	}
	byRank := func(a, b *driver) int { return a.rank - b.rank }
	if g.Op == search.And {
		parts = []*driver{slices.MinFunc(parts, byRank)}
	}
	return &driver{rank: slices.MaxFunc(parts, byRank).rank, clause: -1, partial: true, sources: func() ([]source, error) {
		var list []source
		for _, d := range parts {
			more, err := d.sources()
			if err != nil {
				return nil, err
			}
			for _, s := range more {
				// The parts share no order but that of rid.
				s.key, s.then, s.ties, s.desc, s.loose, s.late = "", nil, nil, false, false, false
				list = append(list, s)
			}
		}
		return list, nil
	}}
}
