package record

import (
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/search"
)

// StandardParams are the search parameters of FHIR R4, as the generator compiled them.
var StandardParams search.Table = standard{}

type standard struct{}

// Lookup implements [search.Table].
func (standard) Lookup(typ, code string) *search.Param { return r4search.Lookup(typ, code) }

// Of implements [search.Table].
func (standard) Of(typ string) []*search.Param { return r4search.Of(typ) }

// IsType implements [search.Table].
func (standard) IsType(name string) bool { return r4search.Of(name) != nil }
