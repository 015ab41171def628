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
	for i := range p.q.Clauses {
		if c := p.q.Clauses[i].rowless(); c != nil {
			return of(c.Param.Code, invalid("%s: contained resources are not searched by it", c.Param.Code))
		}
	}
	return nil
}

// rowless is a condition, c itself or one that it joins, by a parameter that contained resources have no rows for; nil if there is
// none.
func (c *Clause) rowless() *Clause {
	switch {
	case c.Group != nil:
		for i := range c.Group.Clauses {
			if in := c.Group.Clauses[i].rowless(); in != nil {
				return in
			}
		}
		return nil
	case c.Has != nil || c.Param == ID || c.Param == LastUpdated:
		return nil
	}
	for _, p := range append([]*Param{c.Param}, c.Also...) {
		if len(p.Rows) == 0 && !p.FullText() {
			return c
		}
	}
	return nil
}

// asksUpdated reports whether c, or a condition that it joins, asks when the resource itself was written.
func (c *Clause) asksUpdated() bool {
	if c.Group == nil {
		return c.Param == LastUpdated && c.Chain == nil
	}
	return slices.ContainsFunc(c.Group.Clauses, func(in Clause) bool { return in.asksUpdated() })
}

// Within returns the query as it is asked of contained resources of types (for a query of no type in particular; else of its
// own), in the same order: by the numbers under which their rows lie. _lastUpdated is the container's, [ContainerUpdated]. What a chain
// asks of the resources that they refer to stays as it is.
func (q *Query) Within(types []string) *Query {
	inner := *q
	if len(q.Types) > 0 {
		types = q.Types
	}
	inner.Clauses = within(q.Clauses, types)
	inner.Sort = slices.Clone(q.Sort)
	for i := range inner.Sort {
		inner.Sort[i].Param = inner.Sort[i].Param.within(types)
	}
	return &inner
}

// Inside returns the clause as it is asked of contained resources of a type, to which a chain leads; false if they have nothing that
// it asks for, so that none can satisfy it.
func (c *Clause) Inside(typ string) (*Clause, bool) {
	if c.asksUpdated() || c.rowless() != nil {
		return nil, false
	}
	return &within([]Clause{*c}, []string{typ})[0], true
}

func within(clauses []Clause, types []string) []Clause {
	list := slices.Clone(clauses)
	for i := range list {
		c := &list[i]
		if c.Has != nil { // who refers to it is asked as ever
			has := *c.Has
			has.Within, c.Has = true, &has
			continue
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

// ContainerUpdated is _lastUpdated of a contained resource: it has none of its own, and is as its container was written last.
var ContainerUpdated = func() *Param {
	p := *LastUpdated
	p.Within = true
	return &p
}()

// ContainedIDs are the numbers of the rows that hold the local ids of contained resources: each of one of types has exactly one.
func ContainedIDs(types []string) []int32 {
	list := make([]int32, len(types))
	for i, typ := range types {
		list[i] = index.ContainedParam(RowNumber(typ, ID.Code))
	}
	return list
}

func (p *Param) within(types []string) *Param {
	switch p {
	case nil:
		return nil
	case LastUpdated:
		return ContainerUpdated
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
