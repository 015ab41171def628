package resolve

import (
	"cmp"
	"slices"
	"strings"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
	"chartwright/internal/fhir/path"
)

// inTables are the invariants that need no expression: package validate keeps them by the tables of the types.
var inTables = map[string]bool{
	"ele-1": true, "ext-1": true, "ref-1": true, "txt-1": true, "txt-2": true, "dom-2": true, "dom-3": true, "dom-4": true, "dom-5": true,
}

// invariants collects the rules of the types that are exchanged. A type has those of its base as well.
func (r *resolver) invariants() {
	for name, d := range r.defs {
		if abstract[name] {
			continue
		}
		var bases []*load.StructureDefinition
		for base := r.defs[r.types[name].Base]; base != nil && !slices.Contains(bases, base); base = r.defs[r.types[base.ID].Base] {
			bases = append(bases, base)
		}
		for _, base := range slices.Backward(bases) {
			for _, e := range base.Differential.Element {
				if e.Path == base.ID {
					r.constraints(name, &e)
				}
			}
		}
		for _, e := range d.Differential.Element {
			r.constraints(strings.TrimSuffix(e.Path, "[x]"), &e)
		}
	}
	if p := r.in.Policy; p != nil {
		for i, c := range p.Invariants {
			r.correct(c, load.Place{File: p.File}.Item("invariants", i))
		}
	}
	slices.SortStableFunc(r.m.Invariants, func(a, b *model.Invariant) int { return cmp.Compare(a.Path, b.Path) })
}

// constraints collects the rules of one element for what stands at a path.
func (r *resolver) constraints(at string, e *load.Element) {
	for _, c := range e.Constraint {
		if inTables[c.Key] {
			continue
		}
		if _, err := path.Parse(c.Expression); err != nil {
			r.fail(e.Place, "%s: invariant %s: %v", e.Path, c.Key, err)
			continue
		}
		r.m.Invariants = append(r.m.Invariants, &model.Invariant{
			Path: at, Key: c.Key, Warning: c.Severity == "warning", Human: strings.Join(strings.Fields(c.Human), " "), Expression: c.Expression,
		})
	}
}

// correct works one correction of the policy in.
func (r *resolver) correct(c load.InvariantCorrection, at load.Place) {
	used := false
	for _, i := range r.m.Invariants {
		if (i.Key == c.Key || i.Expression == c.Was) && i.Expression != c.Expression {
			i.Expression, used = c.Expression, true
		}
	}
	if _, err := path.Parse(c.Expression); err != nil {
		r.fail(at, "correction of invariant %s: %v", c.Key+c.Was, err)
	}
	if !used {
		r.fail(at, "correction of invariant %s: unused", c.Key+c.Was)
	}
}
