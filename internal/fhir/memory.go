package fhir

import (
	"math"
	"strconv"
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

// Set gives the primitive of type t at p the value with the given lexical form. It reports whether the literal is of the form
// of the type; if not, nothing is changed.
func Set(t *Type, p unsafe.Pointer, literal string) bool {
	if literal == "" || t.Format != nil && !t.Format(literal) {
		return false
	}
	switch t.Kind {
	case KindBoolean:
		if literal != "true" && literal != "false" {
			return false
		}
		v := (*Boolean)(p)
		v.V, v.Set = literal == "true", true
	case KindInteger:
		n, err := strconv.ParseInt(literal, 10, 32)
		if err != nil || numberLength(literal) != len(literal) || literal == "-0" || n < lowest(t) {
			return false
		}
		v := (*Integer)(p)
		v.V, v.Set = int32(n), true
	default:
		(*String)(p).V = literal
	}
	return true
}

// TwinAt returns the address of the id and extensions of the primitive of type t at p, for a codec that fills them.
func TwinAt(t *Type, p unsafe.Pointer) **Element { return twinOf(t.Kind, p) }
