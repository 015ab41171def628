// Package search turns a FHIR search request into a checked query tree. It reads the generated parameter table, knows no
// SQL and no HTTP; internal/gormstore compiles the tree to SQL.
// https://hl7.org/fhir/R4/search.html
package search

import (
	"strconv"

	"chartwright/internal/fhir"
)

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

// typeCodes are the codes of SearchParameter.type, by type. https://hl7.org/fhir/R4/valueset-search-param-type.html
var typeCodes = [...]string{
	Token: "token", String: "string", Reference: "reference", Date: "date", Number: "number", Quantity: "quantity", URI: "uri",
	Composite: "composite", Special: "special",
}

// String returns the type's code, as in SearchParameter.type.
func (t ParamType) String() string {
	if int(t) < len(typeCodes) {
		return typeCodes[t]
	}
	return ""
}

// TypeOf returns the type that has a code; zero if there is none.
func TypeOf(code string) ParamType {
	for t := range typeCodes {
		if typeCodes[t] == code && code != "" {
			return ParamType(t)
		}
	}
	return 0
}

// Param is one search parameter on one resource type, from the generated table or from a SearchParameter of the site.
type Param struct {
	ID      int32  // RowNumber(Base, Code), or RevisionNumber
	Base    string // resource type
	Code    string // name in the URL
	Type    ParamType
	URL     string   // canonical of the SearchParameter
	Targets []string // resource types that a Reference may name
	// Components of a composite, in order.
	Components []Component
	Multiple   bool   // a resource may have several values
	Boolean    bool   // of a Token: its values are true and false, without a system
	Expression string // FHIRPath, for documents and for parameters added at run time

	// Rows are the numbers under which the parameter's values lie in the index: a value is a row whose Param is any of them.
	// Usually that is ID alone. Since index rows are what a write costs, parameters of one type share rows where one
	// expression contains another: on Observation, combo-code reads the rows of code and of component-code; phonetic reads
	// those of name; patient reads those of subject (see RowTypes). Empty for a parameter that has no rows: _id and
	// _lastUpdated are columns of the store, _text and _content its full text.
	Rows []int32
	// RowTypes, when not empty, narrows Rows of a Reference parameter to those whose Reference.Type is one of these resource
	// types: patient is subject.where(resolve() is Patient). It holds for :missing, chains, sorting and includes as well.
	RowTypes []string

	// Revision tells apart the definitions that a site's own parameter has had: each has row numbers of its own, so that rows of
	// an old definition are never taken for rows of a new one. 0 for the standard's parameters.
	Revision int64
	// Within tells that the rows are those of contained resources; see [Query.Within].
	Within bool
	// Pending tells that the rows of resources which were there before the parameter are still being made. To search by it would
	// miss them, so that is an error.
	Pending bool
}

// revised is the name from which the row numbers of one definition of a parameter follow.
func revised(code string, revision int64) string {
	if revision == 0 {
		return code
	}
	return code + "#" + strconv.FormatInt(revision, 10)
}

// RevisionNumber is the number of one definition of a parameter, as [RowNumber] is that of the standard's.
func RevisionNumber(base, code string, revision int64) int32 {
	return RowNumber(base, revised(code, revision))
}

// IdentifierRow is the number of the Token rows that hold the identifiers of a Reference parameter, for the :identifier
// modifier. These rows are never shared: it follows from Base and Code alone.
// https://hl7.org/fhir/R4/search.html#reference
func (p *Param) IdentifierRow() int32 {
	return p.placed(RowNumber(p.Base, revised(p.Code, p.Revision)+":identifier"))
}

// OfTypeRow is the number of the Token rows that hold identifiers with their type, for the :of-type modifier of a parameter
// on Identifiers: System is the type's system, Code the type's code, a bar, and the identifier's value. Never shared either.
// https://hl7.org/fhir/R4/search.html#token
func (p *Param) OfTypeRow() int32 {
	return p.placed(RowNumber(p.Base, revised(p.Code, p.Revision)+":of-type"))
}

// RowNumber is the stable number of a parameter on a resource type, as in [fhir.RowNumber].
func RowNumber(base, code string) int32 { return fhir.RowNumber(base, code) }

// Component is one part of a composite parameter.
type Component struct {
	Type ParamType
	Code string
}
