// Package form is the vocabulary of the Standard and Portal APIs: what an operation is held to, the rules that a body must
// keep, and the words in which the API says what is wrong.
//
// The tables are generated from spec/openapi into gen/api; the engine that walks them is written once, here. The package
// knows no record and no transport.
package form

// Operation is what the server needs to know of an operation beside the Go code that oapi-codegen generates.
type Operation struct {
	ID     string // operationId
	Method string
	Path   string // as in the document, such as /api/patient/{pid}
	Shape  Shape
	Scopes []string // any one of them is needed; none for an operation that every token of the API may use
	ACL    *ACL     // nil if no role is asked for
	Audit  Audit
	Mode   Mode     // of the body
	Fields []Field  // of the body
	When   *When    // which bodies the rules are for; nil = all
	Needs  []string // query parameters that must be there
	Filter []Filter // query parameters that choose records
	Sort   []Key    // keys of _sort
	Most   int      // records of a page, where the operation has a bound of its own; 0 = it has none
}

// Shape is the form of an operation's answers.
type Shape uint8

// The shapes.
const (
	Bare     Shape = iota // the record itself; null where there is none
	Envelope              // validationErrors, internalErrors, data, links
)

// ACL is an entry of the role table.
type ACL struct {
	Section, Value string
	Levels         []string // levels that suffice; empty = any
}

// Audit says what the audit event of an operation is about.
type Audit struct {
	Type   string // FHIR resource type; empty if no record is touched
	Action string // C, R, U or D
}

// Mode says what happens to a field that a body leaves out.
type Mode uint8

// The modes.
const (
	NoBody  Mode = iota
	Create       // required fields must be there
	Update       // what is not sent stays as it is
	Replace      // what is not sent goes
)

// When limits the rules of a body to those in which a field has a value. The rules about that field itself hold always, and one
// that leaves it out is held to all.
type When struct {
	Field, Value string
}

// Field is one field of a body and its rules.
type Field struct {
	Name     string
	Label    string // name in messages; the field's own, blanks for underscores, if empty
	Kind     Kind
	Format   Format
	Required bool // the key must be there when a record is made
	NotEmpty bool // the value may not be empty when the key is there
	Nullable bool // null clears the field; elsewhere a null is passed over
	Min, Max int  // length in characters; 0 = no bound
	Enum     []string
	BadEmail string // key of the message about a value that is no e-mail address; Email::INVALID_VALUE if empty
	List     string // list whose options are the values
	ListRule string // key of the message about List; ListOptionRule::INVALID_LIST_OPTION if empty
}

// Kind is the JSON type in which a field is handed to the service.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Whole
	Other // passed on as sent
)

// Format is a rule about the whole value of a text.
type Format uint8

// The formats.
const (
	AnyText  Format = iota
	Numeric         // a number or a string that holds one
	Date            // YYYY-MM-DD
	DateTime        // YYYY-MM-DD HH:MM:SS
	Email
	URL
)

// Filter is a query parameter that chooses records by a field, mostly that of its name.
type Filter struct {
	Name     string
	Field    string // what it compares, where the name differs
	Search   string // FHIR search that finds candidates: parameter={value}; {gender} is the gender that an option of list sex stands for; empty = all
	Contains bool   // matches anywhere in the value and ignores case; else exactly
}

// Key is a sort key and the FHIR search parameter that orders by it; empty if only a fetched page can be ordered so.
type Key struct {
	Name, Param string
}
