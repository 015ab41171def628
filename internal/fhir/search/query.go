package search

// Query is a search that has been parsed and checked against the parameter table: every name in it exists, every value has
// the form its parameter type asks for.
type Query struct {
	Types      []string // the type searched; several or none (= all) for a system-level search with _type
	Clauses    []Clause // ANDed
	Span       *Span    // ANDed; nil = at any time
	Sort       []Sort
	Count      int // page size; 0 = only the total
	Total      Total
	Include    []Include
	RevInclude []Include
	// Apart asks that nothing is included that the search itself finds, be it on another page.
	Apart    bool
	Summary  string   // "", true, false, text, data, count
	Elements []string // of _elements
	// Contained says whether contained resources are searched, and ContainedAlone that they are returned by themselves instead of
	// the resources that contain them.
	Contained      Contained
	ContainedAlone bool
	Explain        bool     // of _explain: the answer says how it came about
	Ignored        []string // parameters that handling=lenient passed over; reported in the result
	// Applied lists the parameters as understood, in order, for the self link.
	Applied []Applied
}

// Applied is one parameter of the self link.
type Applied struct{ Name, Value string }

// Clause is one occurrence of a parameter. Exactly one of Values, Missing, Chain, Has and Group is used.
type Clause struct {
	Param *Param // for _id and _lastUpdated: [ID] and [LastUpdated]
	// Also holds, in a search of several types, the parameter of the same name on the types after the first.
	Also     []*Param
	Modifier Modifier
	TypeMod  string  // resource type of a :[type] modifier
	Values   []Value // ORed
	Missing  *bool   // :missing
	Chain    *Chain  // subject:Patient.name=…
	Has      *Has    // _has:Observation:patient:code=…
	Group    *Group  // of _filter
	// Asked is the name under which the client asked for a condition of the search itself, to say what an error that is found
	// later is about.
	Asked string
}

// Chain follows the clause's reference parameter to one of Types and asks that the clause of that type holds there.
type Chain struct {
	Types  []string
	Clause []Clause // one for each type in Types: the target parameter's number differs by type
}

// Has asks that a resource of Type whose reference parameter Via names this one satisfies Clause.
type Has struct {
	Type   string
	Via    *Param
	Clause Clause
	Within bool // this one is contained in another
}

// Modifier is a search modifier. https://hl7.org/fhir/R4/search.html#modifiers
type Modifier string

// The modifiers of R4.
const (
	NoModifier    Modifier = ""
	Exact         Modifier = "exact"
	Contains      Modifier = "contains"
	Text          Modifier = "text"
	Not           Modifier = "not"
	Above         Modifier = "above"
	Below         Modifier = "below"
	In            Modifier = "in"
	NotIn         Modifier = "not-in"
	OfType        Modifier = "of-type"
	Identifier    Modifier = "identifier"
	MissingModif  Modifier = "missing"
	IterateModif  Modifier = "iterate"
	ResourceTypeM Modifier = "[type]"

	// Those below are operators of _filter, which no URL can name.

	Same       Modifier = "eq" // of strings: the whole text, folded
	Unequal    Modifier = "ne" // of strings, tokens and URIs: some value is another
	StartsWith Modifier = "sw" // of URIs; of whole strings; of tokens that are mime types, which :below means
	EndsWith   Modifier = "ew" // of strings
	Ordered    Modifier = "<>" // of strings: as the prefix of the value says
)

// Prefix is a comparison of an ordered parameter. https://hl7.org/fhir/R4/search.html#prefix
type Prefix string

// The prefixes of R4.
const (
	EQ Prefix = "eq"
	NE Prefix = "ne"
	GT Prefix = "gt"
	LT Prefix = "lt"
	GE Prefix = "ge"
	LE Prefix = "le"
	SA Prefix = "sa"
	EB Prefix = "eb"
	AP Prefix = "ap"

	Covers Prefix = "co" // of _filter alone: the resource's range includes that of the value
)

// Value is one parsed value. Which fields are used depends on the parameter's type.
type Value struct {
	Prefix Prefix // Date, Number, Quantity; String with the modifier Ordered

	// Token and Quantity. HasSystem tells |code (no system) from code (any system); NoCode marks system|.
	System    string
	HasSystem bool
	Code      string
	NoCode    bool
	TypeSys   string // :of-type, the identifier type's system
	TypeCode  string

	Text string // String (as given), URI, Token :text; the value set of :in and :not-in
	Norm string // String and Token :text: Text folded as the index is

	Words []string // _text and _content: the words that must all be there, folded

	// Reference: Type may be empty; URL is set for absolute and canonical references.
	RefType, RefID, RefVersion, URL string

	// Date: half-open range in microseconds; for :ap widened. Number and Quantity: Num with the half-open range [Low, Up) of
	// its written precision; for :ap widened. Special near: latitude, longitude, and distance in kilometres as Num, Low, Up.
	Lo, Hi       int64
	Num, Low, Up float64
	// Quantity in UCUM base units, when convertible.
	CanonicalUnit       string
	CanonicalLow, CanUp float64
	CanonicalNum        float64
	Parts               []Value // Composite, one a component
}

// Sort is one sort key.
type Sort struct {
	Param      *Param // or _id, _lastUpdated
	Descending bool
}

// Include is one _include or _revinclude.
type Include struct {
	Source  string // resource type; of _revinclude=* empty for all
	Param   *Param // nil = all reference parameters of Source
	Target  string // resource type, or empty for all
	Iterate bool
}

// Total says how the total of a result is wanted.
type Total string

// The values of _total.
const (
	TotalDefault  Total = ""
	TotalNone     Total = "none"
	TotalEstimate Total = "estimate"
	TotalAccurate Total = "accurate"
)
