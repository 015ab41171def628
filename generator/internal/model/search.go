package model

// SearchPolicy is what the search parameters need beyond their expressions; see spec/policy/search-special.yaml.
type SearchPolicy struct {
	Special     []string // codes of parameters without rows, on every type that has them
	Undefined   []string // codes of further parameters without rows, on every type
	Handwritten []SearchHandwritten
	Owner       []SearchOwner // by type
}

// SearchHandwritten names the method of index.Rows that indexes Element for the parameter URL.
type SearchHandwritten struct {
	URL     string
	Element string // Patient.deceased
	Method  string
	Boolean bool // its values are true and false
}

// SearchOwner says which parameters or element of a type name the patient whose record a resource is.
type SearchOwner struct {
	Type    string
	Params  []string
	Element string // path of an element that names the patient and that no parameter reads; empty if there is none
	Self    bool   // the resource is the patient
	Many    bool   // never one patient's alone
}
