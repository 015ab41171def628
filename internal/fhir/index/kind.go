package index

import "slices"

// indexed are the data types that each kind of search parameter can index, as the methods of value.go do.
//
// https://hl7.org/fhir/R4/search.html#table
var indexed = map[string][]string{
	"token":     {"boolean", "canonical", "code", "CodeableConcept", "Coding", "ContactPoint", "id", "Identifier", "oid", "string", "uri", "url", "uuid"},
	"string":    {"Address", "Annotation", "code", "CodeableConcept", "Coding", "HumanName", "id", "markdown", "string", "uri"},
	"reference": {"canonical", "Reference", "uri", "url"},
	"uri":       {"canonical", "oid", "uri", "url", "uuid"},
	"date":      {"date", "dateTime", "instant", "Period", "Timing"},
	"number":    {"decimal", "integer", "positiveInt", "Range", "unsignedInt"},
	"quantity":  {"Age", "Count", "Distance", "Duration", "Money", "Quantity", "Range", "SampledData"},
}

// Takes reports whether a search parameter of a kind, such as token, can index values of a data type.
func Takes(kind, dataType string) bool { return slices.Contains(indexed[kind], dataType) }
