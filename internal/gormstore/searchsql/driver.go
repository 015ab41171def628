package searchsql

import (
	"slices"

	"chartwright/internal/fhir/search"
)

// driver is one way to enumerate what a query asks for: through the rows of one of its clauses, in the order of an index.
// Everything else is then checked rid by rid.
type driver struct {
	rank    int   // lower is expected to yield fewer rows
	clause  int   // number of the clause it satisfies; or driveScan and the like
	peers   []int // clauses that its sources satisfy as well
	sources func() ([]source, error)
	// kept selects how many rows the sources have, where idx_count tells; nil where they must be counted.
	kept func() expr
	// partial tells that the sources hold more than what satisfies the clause, which then remains a condition.
	partial bool
}

// Ranks say what is read first when nothing is known about the data: what usually names one thing before what names a kind,
// before ranges, before what nearly everything has.
const (
	rankID = 10 * iota
	rankReference
	rankPatient    // everything of the patient in whose view the search runs
	rankIdentifier // a token that is meant to be unique
	rankToken
	rankURI
	rankExact
	rankComposite
	rankChain
	rankHas
	rankPrefix
	rankWord
	rankRange
	rankFrom // a range that is open above
	rankTo   // a range that is open below
	rankCommonToken
	rankContains
	rankText
	rankMost // more than half of everything
	rankScan
	rankWideChain // what a chain or _has leads to is a good part of everything
)

// commonTokens are parameters whose values are few, so that one value is found in a large part of all resources.
var commonTokens = []string{
	"active", "address-use", "category", "class", "clinical-status", "deceased", "experimental", "gender", "intent", "jurisdiction",
	"kind", "language", "mode", "outcome", "priority", "severity", "status", "type", "use", "verification-status", "_security", "_tag",
}

// candidate returns the driver of a clause, nil for one that only excludes, or that says nothing of what it finds.
func (c *compiler) candidate(cl *search.Clause, typ string) *driver {
	d := &driver{clause: -1}
	switch {
	case cl.Has != nil && cl.Has.Within, cl.Param == search.ContainerUpdated: // asked of what is found by something else
		return nil
	case cl.Has != nil:
		d.rank = c.hasRank(cl.Has)
		d.sources = func() ([]source, error) { return c.hasSource(cl.Has, typ) }
		return d
	case cl.Chain != nil:
		d.rank = c.chainRank(cl)
		d.sources = func() ([]source, error) { return c.chainSource(cl) }
		return d
	case cl.Group != nil:
		return c.groupCandidate(cl.Group, typ)
	case cl.Missing != nil:
		return c.missingDriver(cl)
	case cl.Modifier == search.Not:
		return c.restDriver(cl)
	case cl.Modifier == search.Unequal:
		return nil
	}
	d.sources = func() ([]source, error) { return c.sources(cl, true) }
	if cl.Param.FullText() {
		d.rank = rankWord
		return d
	}
	switch cl.Param.Type {
	case search.Token:
		d.rank = rankToken
		switch {
		case cl.Param == search.ID:
			d.rank = rankID
		case cl.Param.Code == "identifier" && cl.Modifier == search.NoModifier:
			d.rank = rankIdentifier
		case cl.Modifier == search.Text:
			d.rank = rankText
		case slices.Contains(commonTokens, cl.Param.Code):
			d.rank = rankCommonToken
		}
		for i := range cl.Values {
			if cl.Values[i].NoCode {
				d.rank = rankText
			}
		}
		if cl.Param != search.ID && cl.Modifier == search.NoModifier && d.rank != rankText && len(cl.Values) <= maxBranches {
			d.kept = func() expr { return c.keptCodes(cl) }
		}
	case search.Reference:
		d.rank = rankReference
	case search.URI:
		d.rank = rankURI
	case search.Composite:
		d.rank = rankComposite
	case search.String:
		d.rank = rankPrefix
		switch cl.Modifier {
		case search.Exact, search.Same:
			d.rank = rankExact
		case search.Contains, search.Text, search.EndsWith:
			d.rank = rankContains
		}
	default:
		d.rank = rankRange
		for i := range cl.Values {
			switch cl.Values[i].Prefix {
			case search.EQ, search.AP:
			case search.NE:
				return nil
			case search.GT, search.GE, search.SA:
				d.rank = max(d.rank, rankFrom)
			default:
				d.rank = rankTo
			}
		}
	}
	return d
}

// sourceRows is the condition on alias a that selects the rows of s for types. It is never empty, so that a statement may say
// WHERE before it: a source that enumerates through a subquery asks nothing more of its rows.
func (c *compiler) sourceRows(s *source, a string, types []string) expr {
	if e := and(s.where(c.d, a), c.typed(s, a, types)); !e.empty() {
		return e
	}
	return expr{text: a + ".rid > 0"}
}

// typed is the condition that a row of s belongs to one of types, where the row itself does not say so.
func (c *compiler) typed(s *source, a string, types []string) expr {
	if s.from.text != "resource" {
		return expr{}
	}
	if len(types) == 0 {
		types = c.env.Types
		if s.key != "" {
			return expr{}
		}
	}
	return c.d.inTexts(a+".type", types)
}
