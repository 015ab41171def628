package model

// Documents are the API documents of the FHIR API.
type Documents struct {
	Groups     []DocumentGroup   // in the order of the policy
	Examples   map[string]string // logical ids by type
	Operations map[string][]DocumentParameter
}

// DocumentParameter is what a document shows of a parameter of an operation.
type DocumentParameter struct {
	Name    string
	Level   string // system, type or instance; empty = wherever the operation is called
	Type    string // empty = in the URL; else a data type, or Resource for the body itself
	Example string // text or, with a type, JSON; empty = nothing is proposed
}

// DocumentGroup is the resource types of one document.
type DocumentGroup struct {
	Name, Title string
	Types       []string // in the order of the policy
}

// Example returns the logical id of a resource of the demonstration, "example" for a type of which it has none.
func (d *Documents) Example(typ string) string {
	if id, ok := d.Examples[typ]; ok {
		return id
	}
	return "example"
}
