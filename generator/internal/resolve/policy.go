package resolve

import (
	"slices"

	"chartwright/generator/internal/load"
)

// applyPolicy works the corrections of spec/policy into the input. A correction that finds nothing to correct is a finding.
func (r *resolver) applyPolicy() {
	p := r.in.Policy
	if p == nil {
		return
	}
	at := load.Place{File: p.File}
	structures := slices.Clone(r.in.Structures)
	for i, d := range p.Drop {
		n := len(structures)
		structures = slices.DeleteFunc(structures, func(s *load.StructureDefinition) bool { return s.ID == d.Type })
		if len(structures) == n {
			r.fail(at.Item("drop", i), "drop of type %s: unused, there is no such type", d.Type)
		}
	}
	in := *r.in
	in.Structures = structures
	r.in = &in

	r.dropped, r.rebound = map[string]bool{}, map[string]string{}
	for i, c := range p.Elements {
		e := findElement(structures, c.Path)
		switch {
		case e == nil:
			r.fail(at.Item("elements", i), "correction of %s: unused, there is no such element", c.Path)
		case c.Drop:
			r.dropped[c.Path] = true
		case e.Binding == nil:
			r.fail(at.Item("elements", i), "correction of %s: the element has no binding", c.Path)
		case e.Binding.ValueSet == c.Binding:
			r.fail(at.Item("elements", i), "correction of %s: unused, it is bound to %s already", c.Path, c.Binding)
		default:
			r.rebound[c.Path] = c.Binding
		}
	}
}

func findElement(defs []*load.StructureDefinition, path string) *load.Element {
	for _, d := range defs {
		for i := range d.Differential.Element {
			if e := &d.Differential.Element[i]; e.Path == path && d.Derivation != "constraint" {
				return e
			}
		}
	}
	return nil
}
