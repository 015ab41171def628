// Package index holds the search index rows of one resource: what the generated extractors emit and the chart store keeps.
// It says how each FHIR data type becomes rows of each search parameter type.
// https://hl7.org/fhir/R4/search.html#table
package index

// Rows are all index rows of one resource version. The zero value is ready to use; Reset makes it reusable without
// giving up its memory. Rows of one kind may repeat; Sort orders each kind and drops duplicates.
//
// Param is the stable number of a search parameter on a type (see search.Param.ID).
type Rows struct {
	Tokens     []Token
	Strings    []String
	References []Reference
	URIs       []URI
	Dates      []Date
	Numbers    []Number
	Quantities []Quantity
	Composites []Composite
}

// Token is a coded value. System is empty when the data has none; HasSystem is not needed: |code finds the empty one.
type Token struct {
	Param  int32
	System string
	Code   string
	Text   string // display or text, folded, for :text; empty if there is none
}

// String is a text value: Norm is folded (case, accents, white space) for the default and :contains search, Exact is as
// written for :exact.
type String struct {
	Param int32
	Norm  string
	Exact string
}

// Reference points at a resource of this server (Type and ID set), or elsewhere (URL set: absolute, or a canonical with its
// version), or names only an identifier (then Identifier is emitted as a Token under the parameter's :identifier number).
type Reference struct {
	Param   int32
	Type    string
	ID      string
	Version string
	URL     string
}

// URI is a uri value, compared exactly, or by segments for :above and :below.
type URI struct {
	Param int32
	URI   string
}

// Date is a half-open time range in microseconds since 1970 UTC: 2020-03 covers [2020-03-01, 2020-04-01). An open end is
// MinTime or MaxTime.
type Date struct {
	Param  int32
	Lo, Hi int64
}

// The open ends of a Date.
const (
	MinTime int64 = -1 << 62
	MaxTime int64 = 1<<62 - 1
)

// Number is the closed range that a number's written precision covers (2.0 covers 1.95 to 2.05); Value is the number.
type Number struct {
	Param         int32
	Value, Lo, Hi float64
}

// Quantity is a number with a unit. Canonical holds the value in UCUM base units when the unit is a known UCUM one.
type Quantity struct {
	Param         int32
	System, Code  string
	Unit          string
	Value, Lo, Hi float64
	CanonicalUnit string // UCUM base units such as g.m-2; empty if not convertible
	CanonicalLo   float64
	CanonicalHi   float64
}

// Composite ties component values that stand in one element together. Each component is one of the row kinds above with
// Param zero; at most two components are used by R4.
type Composite struct {
	Param int32
	A, B  Component
}

// Component is one part of a composite. Exactly one pointer is set.
type Component struct {
	Token     *Token
	String    *String
	Reference *Reference
	Date      *Date
	Number    *Number
	Quantity  *Quantity
	URI       *URI
}
