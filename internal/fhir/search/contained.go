package search

import (
	"slices"

	"chartwright/internal/fhir/index"
)

// Contained says where a search looks. https://hl7.org/fhir/R4/search.html#contained
type Contained string

// The values of _contained; NotContained is also what false means.
const (
	NotContained  Contained = ""
	OnlyContained Contained = "true"
	BothContained Contained = "both"
)

func (p *parser) containedParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	switch value {
	case "false":
		return value, nil
	case "true", "both":
		if !p.opts.Contained {
			return "", unknown("%s: only false is supported here", name)
		}
		p.q.Contained = Contained(value)
		return value, nil
	}
	return "", invalid("%s: true, false or both is expected", name)
}

func (p *parser) containedTypeParam(name string, _ Modifier, value string) (string, error) {
	if err := p.single(name); err != nil {
		return "", err
	}
	switch value {
	case "container", "contained":
		p.q.ContainedAlone = value == "contained"
		return value, nil
	}
	return "", invalid("%s: container or contained is expected", name)
}

// searchable makes sure that contained resources can be asked what the query asks.
func (p *parser) searchable() error {
	if p.q.Contained == NotContained {
		return nil
	}
	if len(p.q.Sort) > 0 {
		return invalid("_sort: a search of contained resources has no order of its own")
	}
	for i := range p.q.Clauses {
		c := &p.q.Clauses[i]
		if c.Param == LastUpdated && c.Group == nil && c.Chain == nil || c.Has != nil { // that of the container; those that name it
			continue
		}
		if err := c.containable(); err != nil {
			return err
		}
	}
	return nil
}

// containable refuses what contained resources have no rows for.
func (c *Clause) containable() error {
	if c.Group != nil {
		for i := range c.Group.Clauses {
			if err := c.Group.Clauses[i].containable(); err != nil {
				return err
			}
		}
		return nil
	}
	if c.Has != nil {
		return invalid("_has: in a search of contained resources it stands by itself, not in a filter")
	}
	for _, p := range append([]*Param{c.Param}, c.Also...) {
		switch {
		case p == LastUpdated:
			return invalid("_lastUpdated: in a search of contained resources it stands by itself, and is that of the container")
		case p.Revision != 0 || p != ID && len(p.Rows) == 0:
			return invalid("%s: contained resources are not searched by it", p.Code)
		}
	}
	return nil
}

// Within returns the query as it is asked of contained resources of types (for a query of no type in particular; else of its
// own): by the numbers under which their rows lie. What a chain asks of the resources that they refer to stays as it is, and so
// does _lastUpdated, which is the container's.
func (q *Query) Within(types []string) *Query {
	inner := *q
	if len(q.Types) > 0 {
		types = q.Types
	}
	inner.Clauses = within(q.Clauses, types)
	return &inner
}

// Inside returns the clause as it is asked of contained resources of a type, to which a chain leads; false if they have no rows for
// it, so that none can satisfy it.
func (c *Clause) Inside(typ string) (*Clause, bool) {
	if c.Has != nil || c.containable() != nil {
		return nil, false
	}
	return &within([]Clause{*c}, []string{typ})[0], true
}

func within(clauses []Clause, types []string) []Clause {
	list := slices.Clone(clauses)
	for i := range list {
		c := &list[i]
		if c.Has != nil {
			continue // who refers to it is asked as ever
		}
		if c.Group != nil {
			c.Group = &Group{Op: c.Group.Op, Clauses: within(c.Group.Clauses, types)}
			continue
		}
		c.Param = c.Param.within(types)
		c.Also = slices.Clone(c.Also)
		for j := range c.Also {
			c.Also[j] = c.Also[j].within(types)
		}
	}
	return list
}

// ContainedIDs are the numbers of the rows that hold the local ids of contained resources: each of one of types has exactly one.
func ContainedIDs(types []string) []int32 {
	list := make([]int32, len(types))
	for i, typ := range types {
		list[i] = index.ContainedParam(RowNumber(typ, ID.Code))
	}
	return list
}

func (p *Param) within(types []string) *Param {
	if p == nil || p == LastUpdated {
		return p
	}
	in := *p
	in.Within = true
	if p == ID {
		in.Rows = ContainedIDs(types)
		return &in
	}
	in.Rows = make([]int32, len(p.Rows))
	for i, n := range p.Rows {
		in.Rows[i] = index.ContainedParam(n)
	}
	return &in
}

// placed is the number under which rows of the parameter lie, given that of the parameter on resources of their own.
func (p *Param) placed(number int32) int32 {
	if p.Within {
		return index.ContainedParam(number)
	}
	return number
}
