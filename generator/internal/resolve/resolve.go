// Package resolve turns what was read into the model that the emitters print. Every decision and every special case of the
// generator lives here; the emitters loop.
//
// Types are built from differentials and inheritance: the elements of a type are those of its base and then its own. The
// snapshots are not read (see spec/policy/definitions.yaml).
package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"chartwright/generator/internal/load"
	"chartwright/generator/internal/model"
)

// FHIRVersion is the version of the definitions that the generator understands.
const FHIRVersion = "4.0.1"

// Unsupported is a construct of a definition that the generator can't turn into code. It stops the run.
type Unsupported struct {
	Construct string // what, in words
	Path      string // the element
	Place     load.Place
}

// Error implements error.
func (u *Unsupported) Error() string {
	return fmt.Sprintf("%s: not supported: %s (%s)", u.Path, u.Construct, u.Place)
}

// Model builds the model. Errors: every finding with its place, joined.
func Model(in *load.Input) (*model.Model, error) {
	r := &resolver{
		in:    in,
		m:     &model.Model{FHIRVersion: FHIRVersion},
		types: map[string]*model.Type{},
		defs:  map[string]*load.StructureDefinition{},
		state: map[string]buildState{},
	}
	r.applyPolicy()
	r.structures()
	r.invariants()
	r.valueSets()
	r.terminology()
	r.searchPolicy()
	r.searchParameters()
	r.compartments()
	r.operations()
	r.interactions()
	r.documents()
	if in.Access != nil {
		if err := r.access(); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	slices.SortFunc(r.m.Types, func(a, b *model.Type) int { return cmp.Compare(a.Name, b.Name) })
	return r.m, nil
}

type resolver struct {
	in    *load.Input
	m     *model.Model
	types map[string]*model.Type
	defs  map[string]*load.StructureDefinition // by id
	state map[string]buildState
	refs  []contentReference
	errs  []error
}

// fail notes a finding and goes on, so that one run shows them all.
func (r *resolver) fail(at load.Place, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s (%s)", fmt.Sprintf(format, args...), at))
}

func (r *resolver) unsupported(path, construct string, at load.Place) {
	r.errs = append(r.errs, &Unsupported{Construct: construct, Path: path, Place: at})
}
