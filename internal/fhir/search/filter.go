package search

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// Op joins the conditions of a [Group].
type Op string

// The ways to join conditions.
const (
	And Op = "and"
	Or  Op = "or"
	Nor Op = "not" // none of one: the negation
)

// Group is several conditions on the same resource, as a _filter joins them; of a negation exactly one.
type Group struct {
	Op      Op
	Clauses []Clause
}

// filterParam reads _filter: conditions joined by and, or and not, in the grammar of [readFilter].
//
// Departs from R4 search_filter.html: tokens, URIs and references are compared as everywhere else in a search, not without
// regard to case, since their systems say whether case matters.
//
// https://hl7.org/fhir/R4/search_filter.html
func (p *parser) filterParam(_ string, _ Modifier, value string) (string, error) {
	if len(p.q.Types) != 1 {
		return "", invalid("_filter needs a search of one type")
	}
	f, err := readFilter(value)
	if err != nil {
		return "", err
	}
	c, err := p.bind(p.q.Types[0], f, 0)
	if err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Op == opUnknown {
			return "", invalid("_filter: %s", f.Detail) // lenient or not: without the filter the search would be another
		}
		return "", err
	}
	p.q.Clauses = append(p.q.Clauses, c.conjuncts()...)
	return value, nil
}

// conjuncts are the conditions that must all hold for c to hold.
func (c *Clause) conjuncts() []Clause {
	if c.Group == nil || c.Group.Op != And {
		return []Clause{*c}
	}
	var list []Clause
	for i := range c.Group.Clauses {
		list = append(list, c.Group.Clauses[i].conjuncts()...)
	}
	return list
}

// bind makes a condition on a type out of a filter.
func (p *parser) bind(typ string, f *filter, depth int) (Clause, error) {
	if f.op == "" {
		return p.bindPath(typ, f, f.path, depth)
	}
	g := &Group{Op: f.op}
	for _, arg := range f.args {
		c, err := p.bind(typ, arg, depth)
		if err != nil {
			return Clause{}, err
		}
		g.Clauses = append(g.Clauses, c)
	}
	if g.Op == And && len(g.Clauses) == 1 { // parentheses around one test
		return g.Clauses[0], nil
	}
	return Clause{Group: g}, nil
}

// bindPath follows the path of a test.
func (p *parser) bindPath(typ string, f *filter, path []filterStep, depth int) (Clause, error) {
	if err := p.counted(); err != nil {
		return Clause{}, err
	}
	step := &path[0]
	param := lookup(p.table, typ, step.name)
	switch {
	case param == nil:
		return Clause{}, unknown("%s", p.unknownOn(typ, step.name))
	case len(path) == 1:
		return p.compare(param, f)
	}
	return p.through(param, step.typ, depth, func(t string) (Clause, error) {
		rest, err := p.bindPath(t, f, path[1:], depth+1)
		if err != nil || step.only == nil {
			return rest, err
		}
		only, err := p.bind(t, step.only, depth+1)
		return Clause{Group: &Group{Op: And, Clauses: []Clause{only, rest}}}, err
	})
}

// reading says what an operator of _filter means for the values of a parameter type.
type reading struct {
	mod   Modifier
	write Prefix // the prefix with which the value is read
	read  Prefix // and the one that it then has, where that differs
}

// ordered are the operators that are prefixes as well, and mean the same.
var ordered = map[string]reading{
	"eq": {write: EQ}, "ne": {write: NE}, "gt": {write: GT}, "lt": {write: LT}, "ge": {write: GE}, "le": {write: LE},
	"sa": {write: SA}, "eb": {write: EB}, "ap": {write: AP},
}

// filterOps are the operators that each parameter type has, beside pr, which all have.
// https://hl7.org/fhir/R4/search_filter.html#ops
var filterOps = map[ParamType]map[string]reading{
	String: {
		"eq": {mod: Same}, "ne": {mod: Unequal}, "co": {mod: Contains}, "sw": {mod: StartsWith}, "ew": {mod: EndsWith},
		"gt": {mod: Ordered, read: GT}, "lt": {mod: Ordered, read: LT}, "ge": {mod: Ordered, read: GE}, "le": {mod: Ordered, read: LE},
	},
	Token:     {"eq": {}, "ne": {mod: Unequal}, "in": {mod: In}, "ni": {mod: NotIn}, "ss": {mod: Below}, "sb": {mod: Above}},
	Reference: {"re": {}, "eq": {}},
	URI:       {"eq": {}, "ne": {mod: Unequal}, "sw": {mod: StartsWith}},
	Number:    with(ordered, "co", reading{write: EQ, read: Covers}),
	Date:      with(with(ordered, "co", reading{write: EQ, read: Covers}), "po", reading{write: EQ, read: AP}), // what overlaps is near
	Quantity:  ordered,
	Composite: {"eq": {}},
}

func with(table map[string]reading, op string, r reading) map[string]reading {
	more := map[string]reading{op: r}
	maps.Copy(more, table)
	return more
}

// namespaces may stand for the systems they name. https://hl7.org/fhir/R4/search_filter.html#ops
var namespaces = map[string]string{
	"loinc": "http://loinc.org", "snomed": "http://snomed.info/sct", "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
	"ucum": "http://unitsofmeasure.org",
}

// compare makes the condition of one test.
func (p *parser) compare(param *Param, f *filter) (Clause, error) {
	c := Clause{Param: param}
	if param.FullText() {
		if f.cmp != "co" {
			return Clause{}, invalid("_filter: %s can't be compared by %s", param.Code, fault.Shown(f.cmp))
		}
		v, err := p.words(&c, Escape(f.value))
		c.Values = []Value{v}
		return c, err
	}
	if param.Type == Special || len(param.Rows) == 0 && param != ID && param != LastUpdated {
		return Clause{}, unknown("%s is not supported in a filter", param.Code)
	}
	if f.cmp == "pr" && param.Type != Composite && param != ID && param != LastUpdated {
		switch f.value {
		case "true", "false":
			missing := f.value == "false"
			c.Missing = &missing
			return c, nil
		}
		return Clause{}, invalid("_filter: %s pr: true or false is expected", param.Code)
	}
	r, ok := filterOps[param.Type][f.cmp]
	if param == ID {
		ok = f.cmp == "eq" || f.cmp == "ne"
	}
	if !ok {
		return Clause{}, invalid("_filter: %s can't be compared by %s", param.Code, fault.Shown(f.cmp))
	}
	if c.Modifier = r.mod; param == ID && f.cmp == "ne" {
		c.Modifier = Not
	}
	v, err := p.value(&c, param.Type, p.written(param, f, r))
	if err != nil {
		return Clause{}, err
	}
	if r.read != "" {
		v.Prefix = r.read
	}
	c.Values = []Value{v}
	return c, nil
}

// written is the value of a test as it would stand in a search parameter.
func (p *parser) written(param *Param, f *filter, r reading) string {
	switch param.Type {
	case String:
		return Escape(f.value)
	case URI:
		return Escape(f.value)
	case Token:
		if name, code, found := strings.Cut(f.value, "|"); found && r.mod != In && r.mod != NotIn {
			if system := namespaces[name]; system != "" {
				return system + "|" + code
			}
		}
	case Quantity:
		if parts := strings.Split(f.value, "|"); len(parts) == 3 && namespaces[parts[1]] != "" {
			return string(r.write) + parts[0] + "|" + namespaces[parts[1]] + "|" + parts[2]
		}
	}
	return string(r.write) + f.value
}

// Inner are the conditions within c: those of a group, and those that a chain or _has asks of other resources.
func (c *Clause) Inner() []Clause {
	switch {
	case c.Group != nil:
		return c.Group.Clauses
	case c.Chain != nil:
		return c.Chain.Clause
	case c.Has != nil:
		return []Clause{c.Has.Clause}
	}
	return nil
}

// Beyond reports whether c looks beyond the resource itself: whether it is or holds a chain or _has, or asks for a place in a
// hierarchy of other resources.
func (c *Clause) Beyond() bool {
	if c.Group == nil {
		return c.Chain != nil || c.Has != nil || c.Param.Type == Reference && (c.Modifier == Above || c.Modifier == Below)
	}
	return slices.ContainsFunc(c.Group.Clauses, func(inner Clause) bool { return inner.Beyond() })
}
