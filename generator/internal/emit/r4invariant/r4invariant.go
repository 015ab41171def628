// Package r4invariant emits gen/r4invariant: the rules of the definitions that are written in FHIRPath.
package r4invariant

import (
	"bytes"
	"fmt"

	"chartwright/generator/internal/emit"
	"chartwright/generator/internal/model"
)

const (
	name = "r4invariant"
	from = "spec/fhir"
)

// Emitter emits gen/r4invariant.
type Emitter struct{}

// Name implements [emit.Emitter].
func (Emitter) Name() string { return name }

// Emit implements [emit.Emitter].
func (Emitter) Emit(m *model.Model) ([]emit.File, error) {
	var b bytes.Buffer
	b.WriteString(emit.Header(name, from) + `
// Package r4invariant holds the rules of FHIR R4 that are written in FHIRPath; what the tables of the types tell is not among them.
// internal/fhir/invariant keeps them.
package r4invariant

import "chartwright/internal/fhir"

// Of are the invariants by the path of the element that they hold for: a type (Patient), a backbone element (Patient.contact), or another
// element (Organization.telecom), of a choice without [x].
var Of = map[string][]fhir.Invariant{
`)
	last := ""
	for _, i := range m.Invariants {
		if i.Path != last {
			if last != "" {
				b.WriteString("},\n")
			}
			fmt.Fprintf(&b, "%q: {\n", i.Path)
			last = i.Path
		}
		fmt.Fprintf(&b, "{Key: %q, Warning: %t, Human: %q, Expression: %q},\n", i.Key, i.Warning, i.Human, i.Expression)
	}
	if last != "" {
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	file, err := emit.Go(name+"/invariants.go", b.Bytes())
	return []emit.File{file}, err
}
