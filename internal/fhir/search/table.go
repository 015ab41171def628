package search

import "time"

// Table is what the parser knows about parameters: the generated table, with the site's own parameters added.
type Table interface {
	// Lookup returns the parameter code of a resource type, nil if there is none.
	Lookup(typ, code string) *Param
	// Of returns all parameters of a resource type.
	Of(typ string) []*Param
	// IsType reports whether name is a resource type.
	IsType(name string) bool
}

// Changing is a Table whose parameters come and go. Whoever asks more than one question asks them of Standing, so that all
// answers are of one moment, and finding out which moment it is costs once.
type Changing interface {
	Table
	// Standing returns the table as it is now.
	Standing() Table
}

// Options are the circumstances of a search.
type Options struct {
	// Base is the FHIR base URL of this server, without a slash at the end: absolute references below it name resources here.
	Base string
	// Now is what :ap on dates measures its distance from. The zero value means the moment of the call.
	Now time.Time
	// Lenient passes over parameters that are not known or not supported here and lists them in [Query.Ignored], as
	// Prefer: handling=lenient asks. A known parameter with a modifier or value that is wrong stays an error: to ignore it
	// would show more than was asked for.
	Lenient bool
	// Explain allows _explain, by which the caller asks how a search is answered.
	Explain bool
	// Contained allows _contained=true and both.
	Contained bool
	// OnePatient tells that the search sees one patient's resources alone, so that lists of his need not name him.
	OnePatient bool
	// Types are all resource types; with them a search of the whole system may use parameters that every type has, without
	// _type. Nil = such a search needs _type.
	Types []string
	// DefaultCount is the page size when the search names none; 0 means [DefaultCount].
	DefaultCount int
	// MaxChain is the number of references that a chain or _has may follow; 0 means [MaxChain].
	MaxChain int
}

// The limits of one search. What passes one is refused, except _count, which is lowered.
const (
	DefaultCount = 20
	MaxCount     = 1000
	MaxChain     = 6
	MaxValues    = 100 // values of one parameter, joined by commas
	MaxWords     = 16  // words of one value of _text or _content
	MaxClauses   = 100 // conditions, those of every type that a chain may reach included
	MaxParams    = 64  // parameters of one request
	maxSortKeys  = 8
)

// The parameters that exist on every type and are columns of the store.
var (
	ID          = &Param{Code: "_id", Type: Token, URL: "http://hl7.org/fhir/SearchParameter/Resource-id", Expression: "Resource.id"}
	LastUpdated = &Param{Code: "_lastUpdated", Type: Date, URL: "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", Expression: "Resource.meta.lastUpdated"}
)

// lookup finds a parameter; _id and _lastUpdated are the same on every type.
func lookup(t Table, typ, code string) *Param {
	switch code {
	case "_id":
		return ID
	case "_lastUpdated":
		return LastUpdated
	}
	return t.Lookup(typ, code)
}
