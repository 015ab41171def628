package fhir

import (
	"math"
	"unsafe"
)

// slice is the memory of a Go slice, iface that of an interface value: what the walkers read where they know an element's
// kind and address but not its Go type.
type slice struct {
	data unsafe.Pointer
	len  int
	cap  int
}

type iface struct {
	tab  unsafe.Pointer
	data unsafe.Pointer
}

// twinOf returns the address of the id and extensions of a primitive of the kind at p.
func twinOf(kind Kind, p unsafe.Pointer) **Element {
	switch kind {
	case KindBoolean:
		return &(*Boolean)(p).X
	case KindInteger:
		return &(*Integer)(p).X
	}
	return &(*String)(p).X
}

// liveTwin returns the id and extensions of a primitive of the kind at p; nil if there is nothing in them.
func liveTwin(kind Kind, p unsafe.Pointer) *Element {
	x := *twinOf(kind, p)
	if x != nil && x.ID == "" && len(x.Extension) == 0 {
		return nil
	}
	return x
}

// hasValue reports whether the primitive of the kind at p has a value.
func hasValue(kind Kind, p unsafe.Pointer) bool {
	switch kind {
	case KindBoolean:
		return (*Boolean)(p).Set
	case KindInteger:
		return (*Integer)(p).Set
	}
	return (*String)(p).V != ""
}

// isAbsent reports whether the primitive of the kind at p has neither value nor twin.
func isAbsent(kind Kind, p unsafe.Pointer) bool { return !hasValue(kind, p) && *twinOf(kind, p) == nil }

// lowest is the least value of an integer-shaped type.
func lowest(t *Type) int64 {
	switch t.Name {
	case "positiveInt":
		return 1
	case "unsignedInt":
		return 0
	}
	return math.MinInt32
}
