// Package search turns a FHIR search request into a checked query tree. It reads the generated parameter table, knows no
// SQL and no HTTP; internal/gormstore compiles the tree to SQL.
// https://hl7.org/fhir/R4/search.html
package search

// ParamType is the type of a search parameter.
type ParamType uint8

// The search parameter types. https://hl7.org/fhir/R4/search.html#ptypes
const (
	Token ParamType = iota + 1
	String
	Reference
	Date
	Number
	Quantity
	URI
	Composite
	Special
)

// Param is one search parameter on one resource type, from the generated table or from a SearchParameter of the site.
type Param struct {
	ID      int32  // stable number: 31-bit hash of Base + "." + Code; kept in index rows
	Base    string // resource type
	Code    string // name in the URL
	Type    ParamType
	URL     string   // canonical of the SearchParameter
	Targets []string // resource types that a Reference may name
	// Components of a composite, in order.
	Components []Component
	Multiple   bool   // a resource may have several values
	Expression string // FHIRPath, for documents and for parameters added at run time
}

// Component is one part of a composite parameter.
type Component struct {
	Type ParamType
	Code string
}
