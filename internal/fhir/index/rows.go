// Package index holds the search index rows of one resource: what the generated extractors emit and the chart store keeps.
// It says how each FHIR data type becomes rows of each search parameter type.
// https://hl7.org/fhir/R4/search.html#table
package index

import "chartwright/internal/fhir"

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

	// Within are the rows of contained resources; see [Rows.AddContained].
	Within []Within

	// Dropped is the number of composite rows that were not made because there would have been too many. A resource with any
	// is an attempt to exhaust the store, or a mistake; whoever stores it may refuse it as too costly.
	Dropped int

	// Bases are the base URLs under which this server is known, each ending in a slash. An absolute reference below one of
	// them is a reference to a resource of this server. Reset keeps them.
	Bases []string

	// Words, if not nil, is where the words of the resource go. Nobody needs them to write it. Reset keeps it, words included.
	Words *Words

	// Siblings are all that the container contains of which a contained resource is at work: what its #fragments name.
	Siblings  []fhir.Resource
	contained []fhir.Resource // of the resource at work, for #fragment references
	text      []byte          // where folded text goes; see fold
	bare      bool            // tokens without Text: composites know no :text
	kept      kept            // the components of Composites
}

// Token is a coded value. System is empty when the data has none; HasSystem is not needed: |code finds the empty one.
type Token struct {
	Param  int32
	System string
	Code   string
	Text   string // display or text, folded, for :text; empty if there is none
}

// String is a text value: Norm is folded (case, accents, punctuation, white space) for the default and :contains search, Exact is
// as written for :exact.
//
// A text of several words has more rows, by which the default search finds its later words as well: Norm begins with such a word and
// Exact is empty. All else that is asked of strings is asked of whole texts; see [String.Whole].
type String struct {
	Param int32
	Norm  string
	Exact string
}

// Whole reports whether the row is one of a whole text, not of what begins with one of its later words.
func (s *String) Whole() bool { return s.Exact != "" }

// Reference points at a resource of this server (Type and ID set), or elsewhere (URL set, without version; Type too where
// the URL or Reference.type tells it, ID never), or names only an identifier (then there is a Token under the parameter's
// identifier row number and no Reference). Version is that of /_history/ or, of a canonical, what follows the bar. A
// reference to a contained resource has its #fragment as URL, and that resource's Type and Place.
type Reference struct {
	Param   int32
	Type    string
	ID      string
	Version string
	URL     string
	Place   int // of a #fragment: the place of what it names in the container's list, from 1; 0 = none
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
// Param zero. C is empty but for the four three-part parameters of MolecularSequence: token, number, number. Location.near
// is kept as a Composite of two Numbers: latitude, longitude. The pointers are good until Reset.
type Composite struct {
	Param   int32
	A, B, C Component
}

// Component is one part of a composite. At most one pointer is set.
type Component struct {
	Token     *Token
	String    *String
	Reference *Reference
	Date      *Date
	Number    *Number
	Quantity  *Quantity
	URI       *URI
}
