// Package model is what the emitters see: the resolved definitions as plain, sorted values. It reads nothing and decides
// nothing; package resolve fills it and every decision is visible in a field.
package model

// Model is one resolved set of definitions. Every slice is sorted by the name, code or URL of its items, so that an emitter
// that loops and prints is deterministic.
type Model struct {
	FHIRVersion string // 4.0.1

	// Types are all types: primitives, data types, resources and the backbone elements of both. By name; a backbone element
	// has its path as name, so that it follows the type it lies in.
	Types []*Type
	// Invariants are the rules in FHIRPath, by the path of the element that they hold for; of one element in the order of the definitions, those
	// of its base first.
	Invariants []*Invariant
	// SearchParameters are the standard search parameters, by URL.
	SearchParameters []*SearchParameter
	SearchPolicy     *SearchPolicy
	// Compartments are the compartment definitions, by code.
	Compartments []*Compartment
	// Operations are the operation definitions, by URL.
	Operations []*Operation
	// ValueSets are the value sets of required bindings, by URL.
	ValueSets []*ValueSet
	// Terminology is all code systems and value sets that are defined.
	Terminology Terminology
	// Access is who may do what; nil for a model of a package alone.
	Access *Access
	// Interactions is what the FHIR API offers; nil for a model of a package alone.
	Interactions *Interactions
	// Documents are the API documents of the FHIR API; nil for a model of a package alone.
	Documents *Documents

	byName map[string]*Type
}

// Type returns the type called name (Patient, HumanName, string, Patient.contact), nil if there is none.
func (m *Model) Type(name string) *Type {
	if m.byName == nil {
		m.byName = make(map[string]*Type, len(m.Types))
		for _, t := range m.Types {
			m.byName[t.Name] = t
		}
	}
	return m.byName[name]
}

// Resources returns the resource types, by name.
func (m *Model) Resources() []*Type {
	var out []*Type
	for _, t := range m.Types {
		if t.Kind == Resource {
			out = append(out, t)
		}
	}
	return out
}

// TypeKind tells the kinds of types apart.
type TypeKind uint8

// The kinds of types.
const (
	Primitive TypeKind = iota + 1
	Complex            // a data type that stands on its own
	Backbone           // an element with elements of its own; lies in its Outer type
	Resource
)

// Invariant is one rule that an element keeps.
type Invariant struct {
	Path       string // Patient, Patient.contact, Organization.telecom; of a choice without [x]
	Key        string // pat-1
	Warning    bool   // who breaks it is told, and nothing more
	Human      string // what it says, in words
	Expression string // FHIRPath, evaluated on the element
}

// Type is one FHIR type.
type Type struct {
	Name   string // FHIR name, or the path of a backbone element
	GoName string // name in package Package
	// Package is the Go package that declares the type: fhir for what the language itself needs (primitives, Extension), r4
	// for the rest.
	Package string
	Kind    TypeKind
	Base    string // name of the type it specialises: DomainResource, Resource, Quantity, BackboneElement, Element
	Short   string // one line of fact
	Doc     string // address of the definition on hl7.org
	URL     string // canonical of the StructureDefinition; of a backbone element that of its outer type
	Outer   *Type  // the resource or data type that holds a backbone element; itself for the others
	// AliasOf is the type whose Go type this one shares in shape: Age, Count, … are defined over Quantity. Nil otherwise.
	AliasOf *Type
	// InChoice reports whether some choice element (value[x]) names the type, or an open choice allows it.
	InChoice bool
	// Shape of a primitive: string, boolean, integer or decimal. Empty for other kinds.
	Shape string
	// Regex of a primitive as the specification gives it, without anchors; empty if it gives none.
	Regex string
	// Fields are the elements, inherited ones first, in the order of the definitions. Empty for primitives.
	Fields []*Field
}

// GoRef returns how package r4 spells the type: Patient, fhir.String.
func (t *Type) GoRef() string {
	if t.Package == "fhir" {
		return "fhir." + t.GoName
	}
	return t.GoName
}

// Field returns the field of the element called name (without [x]), nil if there is none.
func (t *Type) Field(name string) *Field {
	for _, f := range t.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// FieldKind says how an element is kept in a Go struct. The names follow the kinds of package fhir.
type FieldKind uint8

// The kinds of fields.
const (
	KindPrimitive FieldKind = iota + 1 // a primitive value struct of package fhir, or a slice of it
	KindRaw                            // a Go string: Element.id, Extension.url
	KindComplex                        // a pointer to a struct (0..1) or a slice of structs (0..*)
	KindChoice                         // fhir.Value
	KindResource                       // fhir.Resource, or a slice of it
)

// Field is one element of a type.
type Field struct {
	Path    string // Patient.contact.name; Observation.value[x]
	Name    string // FHIR name without [x]
	GoName  string // name of the struct field
	GoType  string // type of the struct field as package r4 spells it: fhir.Date, *Period, []HumanName, fhir.Value
	Kind    FieldKind
	Min     int
	Max     int // 0 = unbounded
	Type    *Type
	Choices []*Choice // alternatives of a choice, in the order of the definition
	// Targets are the resource types that a Reference (or canonical) may name; empty = any.
	Targets []string
	// Canonical reports whether Targets speak of a canonical, not of a Reference.
	Canonical bool
	Binding   *Binding
	Short     string
	Summary   bool
	Modifier  bool
	// Inherited reports whether the element comes from a base type.
	Inherited bool
}

// List reports whether the element may repeat.
func (f *Field) List() bool { return f.Max != 1 }

// Choice is one alternative of a choice element.
type Choice struct {
	Type    *Type
	Key     string   // JSON name: valueQuantity
	Targets []string // see Field.Targets
}

// Binding ties an element to a value set.
type Binding struct {
	Strength string    // required, extensible, preferred, example
	ValueSet string    // canonical with version as written
	Set      *ValueSet // the expanded set of a required binding, nil otherwise
}

// ValueSet is a value set of a required binding.
type ValueSet struct {
	URL   string // without version
	Codes []Code // by system, then code; empty if Open is set
	// Open names the hand-written check of a set whose codes the definitions do not list; "any" allows every code.
	Open string
}

// Code is one member of a value set.
type Code struct {
	System string
	Code   string
}

// SearchParameter is one standard search parameter.
type SearchParameter struct {
	URL         string
	ID          string
	Code        string
	Type        string   // token, string, reference, date, number, quantity, uri, composite, special
	Base        []string // resource types, or Resource and DomainResource; sorted
	Expression  string   // FHIRPath, all bases joined by |; empty for the few that have none
	Target      []string // sorted
	MultipleOr  bool
	MultipleAnd bool
	Comparators []string
	Modifiers   []string
	Components  []SearchComponent
	Description string
}

// SearchComponent is one part of a composite search parameter.
type SearchComponent struct {
	Definition string           // URL of the component's own parameter
	Expression string           // relative to an item of the composite's expression
	Parameter  *SearchParameter // the parameter that Definition names
}

// Compartment is one compartment definition.
type Compartment struct {
	Code      string // Patient
	URL       string
	Resources []CompartmentResource // by type
}

// CompartmentResource says by which search parameters a type belongs to a compartment; no parameters, no membership.
type CompartmentResource struct {
	Type   string
	Params []string // as defined; {def} stands for the resource itself
}

// Operation is one operation definition.
type Operation struct {
	URL          string
	ID           string
	Name         string
	Title        string
	Code         string // without $
	Kind         string // operation or query
	AffectsState bool
	Resources    []string // as defined; may hold Resource and DomainResource
	System       bool
	Type         bool
	Instance     bool
	Parameters   []OperationParameter // in the order of the definition
}

// OperationParameter is one parameter of an operation.
type OperationParameter struct {
	Name    string
	Out     bool
	Min     int
	Max     int // 0 = unbounded
	Type    string
	Targets []string
	Parts   []OperationParameter
}
