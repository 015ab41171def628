package fhir

// Invariant is a rule that an element keeps, in FHIRPath. https://hl7.org/fhir/R4/conformance-rules.html#constraints
type Invariant struct {
	Key        string // pat-1
	Warning    bool   // who breaks it is told, and nothing more
	Human      string // what it says, in words
	Expression string // FHIRPath, evaluated on the element
}
