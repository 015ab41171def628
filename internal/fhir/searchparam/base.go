package searchparam

import (
	"slices"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// typesOf returns the resource types that a base of a SearchParameter stands for: itself, or all that derive from it. None is nil.
func typesOf(base string) (types []*fhir.Type) {
	for _, t := range r4.Types {
		if t.Is(base) {
			types = append(types, t)
		}
	}
	return types
}

// Overlap reports whether two SearchParameters are for one resource type.
func Overlap(a, b *r4.SearchParameter) bool {
	return slices.ContainsFunc(r4.Types, func(t *fhir.Type) bool { return isFor(a, t) && isFor(b, t) })
}

func isFor(sp *r4.SearchParameter, t *fhir.Type) bool {
	return slices.ContainsFunc(sp.Base, func(base fhir.Code) bool { return t.Is(base.V) })
}
