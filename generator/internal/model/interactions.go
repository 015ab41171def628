package model

// Interactions is what the FHIR API offers.
type Interactions struct {
	List       []Interaction // in the order of their first routes
	Routes     []InteractionRoute
	All        []string          // codes that every type offers unless it is in Types with its own
	Types      []InteractionType // all resource types, by name
	Operations []ServedOperation // by code
}

// Interaction is one interaction.
type Interaction struct {
	Code         string   // search-type
	System       bool     // offered by the server as a whole, not by a type
	Access       string   // letter of the SMART scope; - for none, * for each part by itself
	Capabilities []string // codes under which the CapabilityStatement lists it
}

// InteractionRoute is one way to an interaction.
type InteractionRoute struct {
	Method, Path, Interaction string
}

// InteractionType is what one resource type offers.
type InteractionType struct {
	Name, URL string
	Own       bool // differs from All
	Codes     []string
}

// ServedOperation is an operation that the server answers, and what its OperationDefinition says.
type ServedOperation struct {
	ID, Code               string
	Base                   string // canonical of the official definition; empty if it is our own
	Title, Text            string
	System, Type, Instance bool
	Types                  []string // empty = all, but for Except
	Except                 []string
	Post                   bool // changes something: by POST alone
	Versioned              bool // makes the next version of an instance, and heeds If-Match as an update does
	Parameters             []ServedOperationParameter
}

// ServedOperationParameter is a parameter that an operation takes (use in) or gives (use out).
type ServedOperationParameter struct {
	Name, Use string
	Min       int
	Max       string
	Type      string
	Text      string
}
