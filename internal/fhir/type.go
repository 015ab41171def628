// Package fhir holds the FHIR language itself: primitive values, the shape of the generated tables that describe every
// type, and the codec that walks those tables. It knows no resource type; gen/r4 supplies them.
package fhir

import "unsafe"

// Kind says how an element is kept in memory and written in JSON.
type Kind uint8

// The kinds of elements.
const (
	KindString   Kind = iota // String and the types of its shape
	KindBoolean              // Boolean
	KindInteger              // Integer, PositiveInt, UnsignedInt
	KindDecimal              // Decimal
	KindRaw                  // a Go string without id and extensions: Element.id, Extension.url
	KindComplex              // a generated struct
	KindChoice               // a Value; the JSON name is Name + the capitalised type name
	KindResource             // a Resource (contained, Bundle.entry.resource, Parameters.parameter.resource)
)

// Type describes one FHIR type: primitive, data type, backbone element or resource. Types are generated, one variable a
// type, and compared by address.
type Type struct {
	Name     string // FHIR name (HumanName, string); of a backbone element its path (Patient.contact)
	Kind     Kind
	Resource bool    // a resource type
	Index    int     // position among the resource types in alphabetical order; -1 for other types
	Fields   []Field // in the order of the definition, inherited ones first
	Size     uintptr

	// New allocates a zero value and returns its address.
	New func() unsafe.Pointer
	// Append adds a zero element to the slice of this type at address s and returns the element's address.
	Append func(s unsafe.Pointer) unsafe.Pointer
	// AsValue views the struct at p as a Value; nil for types that no choice names.
	AsValue func(p unsafe.Pointer) Value
	// AsResource views the struct at p as a Resource; nil for types that are none.
	AsResource func(p unsafe.Pointer) Resource
	// Format checks the lexical form of a string-shaped primitive; nil where every string is allowed.
	Format func(s string) bool

	plan *plan // what the codec has prepared; completed by NewSchema
}

// Is reports whether a resource type is called name, or derives from it: all from Resource, all but three from DomainResource.
//
// https://hl7.org/fhir/R4/domainresource.html
func (t *Type) Is(name string) bool {
	switch name {
	case "Resource":
		return t.Resource
	case "DomainResource":
		return t.Resource && t.Name != "Bundle" && t.Name != "Binary" && t.Name != "Parameters"
	}
	return t.Resource && t.Name == name
}

// Field describes one element of a type.
type Field struct {
	Name    string // FHIR element name; of a choice without [x]
	Offset  uintptr
	Kind    Kind
	List    bool
	Min     uint16
	Max     uint16 // 0 = unbounded
	Type    *Type  // nil for KindChoice and KindResource
	Choices []*Type

	// Binding is the value set of a required binding, nil without one.
	Binding *ValueSet
	// Targets are the resource types that a Reference may name; empty = any.
	Targets []string
	// Summary reports whether the element belongs to the _summary=true view.
	Summary bool
	// Modifier reports whether the element can change the meaning of the resource.
	Modifier bool

	twinKey    string    // JSON key of the underscore twin, ready to be written
	choiceKeys []twinned // the same for the alternatives of a choice
}

// ValueSet is a required binding: the codes that an element may carry.
type ValueSet struct {
	URL string
	// Has reports whether the set holds the code. System is empty for elements of type code.
	Has func(system, code string) bool
	// System is the one code system that all codes of the set are of; empty if there are several, or the set can't be listed.
	System string
}

// Resource is a pointer to a generated resource struct.
type Resource interface {
	// Type describes the resource type; Name is its resourceType.
	Type() *Type
}

// Elements are the elements that a value of the type may have: of a primitive its id and extensions.
func (t *Type) Elements() []Field {
	if hasTwin(t.Kind) {
		return t.plan.element.Fields
	}
	return t.Fields
}
