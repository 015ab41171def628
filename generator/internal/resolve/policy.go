package resolve

import (
	"slices"

	"chartwright/generator/internal/load"
)

// applyPolicy works the corrections of spec/policy into the input, of which it changes a copy. A correction that finds
// nothing to correct is a finding.
func (r *resolver) applyPolicy() {
	p := r.in.Policy
	if p == nil {
		return
	}
	in := *r.in
	r.in = &in
	at := load.Place{File: p.File}
	in.Structures = slices.Clone(in.Structures)
	for i, d := range p.Drop {
		n := len(in.Structures)
		in.Structures = slices.DeleteFunc(in.Structures, func(s *load.StructureDefinition) bool { return s.ID == d.Type })
		if len(in.Structures) == n {
			r.fail(at.Item("drop", i), "drop of type %s: unused, there is no such type", d.Type)
		}
	}
	for i, c := range p.Elements {
		d, e := findElement(in.Structures, c.Path)
		if d < 0 {
			r.fail(at.Item("elements", i), "correction of %s: unused, there is no such element", c.Path)
			continue
		}
		def := *in.Structures[d]
		def.Differential.Element = slices.Clone(def.Differential.Element)
		if c.Drop {
			def.Differential.Element = slices.Delete(def.Differential.Element, e, e+1)
		} else if why := correct(&def.Differential.Element[e], c); why != "" {
			r.fail(at.Item("elements", i), "correction of %s: %s", c.Path, why)
		}
		in.Structures[d] = &def
	}
	in.Searches = slices.Clone(in.Searches)
	for i, c := range p.Searches {
		s := slices.IndexFunc(in.Searches, func(s *load.SearchParameter) bool { return s.URL == c.URL })
		if s < 0 || slices.Equal(sorted(in.Searches[s].Target), sorted(c.Target)) {
			r.fail(at.Item("searches", i), "correction of %s: unused", c.URL)
			continue
		}
		p := *in.Searches[s]
		p.Target = c.Target
		in.Searches[s] = &p
	}
}

// findElement returns where the element of a path is defined: the definition and the element in it, -1 if nowhere.
func findElement(defs []*load.StructureDefinition, path string) (def, element int) {
	for i, d := range defs {
		if d.Derivation == "constraint" {
			continue
		}
		if j := slices.IndexFunc(d.Differential.Element, func(e load.Element) bool { return e.Path == path }); j >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// correct changes e, without touching what it points at, or says why it can't.
func correct(e *load.Element, c load.ElementCorrection) (why string) {
	if len(c.Targets) > 0 {
		i := slices.IndexFunc(e.Type, func(t load.ElementType) bool { return t.Code == "Reference" })
		if i < 0 {
			return "the element is no reference"
		}
		want := make([]string, len(c.Targets))
		for j, t := range c.Targets {
			want[j] = structurePrefix + t
		}
		if slices.Equal(sorted(e.Type[i].TargetProfile), sorted(want)) {
			return "unused, these are its targets already"
		}
		e.Type = slices.Clone(e.Type)
		e.Type[i].TargetProfile = want
		return ""
	}
	if e.Binding == nil {
		return "the element has no binding"
	}
	b := *e.Binding
	if c.Binding != "" {
		b.ValueSet = c.Binding
	} else {
		b.Strength = c.Strength
	}
	if b == *e.Binding {
		return "unused, it is bound so already"
	}
	e.Binding = &b
	return ""
}
