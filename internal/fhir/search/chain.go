package search

import (
	"slices"
	"strings"

	"chartwright/internal/fault"
)

// chain reads what follows the reference parameter param: subject.name, subject:Patient.name, and so on with more dots.
// Without a type every type that the reference may name and that has the parameter is searched.
// https://hl7.org/fhir/R4/search.html#chaining
func (p *parser) chain(param *Param, typ, tail, value string, depth int) (Clause, error) {
	return p.through(param, typ, depth, func(t string) (Clause, error) { return p.clauseOn(t, tail, value, depth+1) })
}

// through follows the reference parameter param to resources of typ, or of every type that it may name if typ is empty, and
// asks each for the clause that read finds on its type.
func (p *parser) through(param *Param, typ string, depth int, read func(typ string) (Clause, error)) (Clause, error) {
	if param.Type != Reference {
		return Clause{}, invalid("%s is not a reference, so nothing can follow its dot", param.Code)
	}
	if depth >= p.opts.MaxChain {
		return Clause{}, costly("%s: a chain follows at most %d references", param.Code, p.opts.MaxChain)
	}
	types := param.Targets
	switch {
	case typ != "" && !p.table.IsType(typ):
		return Clause{}, invalid("%s: a resource type is expected between the colon and the dot", param.Code)
	case typ != "" && len(types) > 0 && !slices.Contains(types, typ):
		return Clause{}, invalid("%s does not refer to %s", param.Code, typ)
	case typ != "":
		types = []string{typ}
	case len(types) == 0:
		return Clause{}, invalid("%s refers to any type: name it, as in %s:Patient.name", param.Code, param.Code)
	}
	c := Clause{Param: param, Chain: &Chain{}}
	var first error
	for _, t := range types {
		inner, err := read(t)
		switch {
		case err == nil:
			c.Chain.Types = append(c.Chain.Types, t)
			c.Chain.Clause = append(c.Chain.Clause, inner)
		case fault.Is(err, fault.TooCostly):
			return Clause{}, err
		case first == nil || !isUnknown(err) && isUnknown(first):
			first = err // a wrong value says more than a type that lacks the parameter
		}
	}
	if len(c.Chain.Types) == 0 {
		return Clause{}, first
	}
	return c, nil
}

// has reads what follows _has: — Type:reference:parameter, where the parameter may be a chain or another _has.
// https://hl7.org/fhir/R4/search.html#has
func (p *parser) has(typ, rest, value string, depth int) (Clause, error) {
	if depth >= p.opts.MaxChain {
		return Clause{}, costly("_has: a search follows at most %d references", p.opts.MaxChain)
	}
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return Clause{}, hasForm()
	}
	if !p.table.IsType(parts[0]) {
		return Clause{}, invalid("_has: %s is not a resource type", fault.Shown(parts[0]))
	}
	via := lookup(p.table, parts[0], parts[1])
	switch {
	case via == nil:
		return Clause{}, invalid("_has: %s is not a search parameter of %s, whose references are %s", fault.Shown(parts[1]), parts[0], p.references(parts[0]))
	case via.Type != Reference:
		return Clause{}, invalid("_has: %s of %s is not a reference", parts[1], parts[0])
	case typ != "" && len(via.Targets) > 0 && !slices.Contains(via.Targets, typ):
		return Clause{}, invalid("_has: %s of %s does not refer to %s", parts[1], parts[0], typ)
	}
	if err := ready(via); err != nil {
		return Clause{}, err
	}
	inner, err := p.clauseOn(parts[0], parts[2], value, depth+1)
	if err != nil {
		return Clause{}, err
	}
	return Clause{Has: &Has{Type: parts[0], Via: via, Clause: inner}}, nil
}

func hasForm() error { return invalid("_has: the form is _has:Type:reference:parameter") }

func isUnknown(err error) bool {
	f, ok := err.(*fault.Error) //nolint:errorlint // made here, never wrapped
	return ok && f.Op == opUnknown
}
