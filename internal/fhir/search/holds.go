package search

import (
	"slices"
	"strings"

	"chartwright/internal/fhir/index"
)

// Candidate is one version of a resource that the store's index may not have: an old one, or one that is no row of it.
type Candidate struct {
	ID   string
	Rows *index.Rows // with its words
	// LastUpdated is a half-open range in microseconds.
	From, To int64
}

// Judged reports whether [Clause.Holds] can tell of a candidate whether it satisfies c, as the index would: c looks at the
// resource alone, by a parameter of any type but special, without a modifier or by :missing, :not, :exact or :contains, or for words. What
// needs codes is judged when it has them ([Query.Resolve]).
func (c *Clause) Judged() bool {
	if c.Group != nil {
		return !slices.ContainsFunc(c.Group.Clauses, func(inner Clause) bool { return !inner.Judged() })
	}
	if c.Chain != nil || c.Has != nil {
		return false
	}
	if c.Param == ID || c.Param == LastUpdated {
		return c.Modifier == NoModifier || c.Modifier == Not
	}
	switch c.Modifier {
	case NoModifier, MissingModif:
	case Not:
		return c.Param.Type == Token
	case Exact, Contains:
		return c.Param.Type == String
	default:
		return false
	}
	switch c.Param.Type {
	case Token, String, Reference, Date, URI, Number, Quantity, Composite:
		return c.TypeMod == ""
	}
	return false
}

// Holds reports whether the candidate satisfies a clause that is [Clause.Judged].
func (c *Clause) Holds(x *Candidate) bool {
	if c.Group != nil {
		return c.Group.holds(x)
	}
	params := append([]*Param{c.Param}, c.Also...) // of one compartment: alternatives
	has := func(v *Value) bool {
		return slices.ContainsFunc(params, func(p *Param) bool { return x.has(p, c.Modifier, v) })
	}
	if c.Missing != nil {
		return has(nil) != *c.Missing
	}
	return slices.ContainsFunc(c.Values, func(v Value) bool { return has(&v) }) != (c.Modifier == Not)
}

func (g *Group) holds(x *Candidate) bool {
	each := func(c Clause) bool { return c.Holds(x) }
	switch g.Op {
	case Or:
		return slices.ContainsFunc(g.Clauses, each)
	case Nor:
		return !each(g.Clauses[0])
	}
	return !slices.ContainsFunc(g.Clauses, func(c Clause) bool { return !each(c) })
}

// has reports whether the candidate has value v for the parameter, or any value if v is nil.
func (x *Candidate) has(p *Param, m Modifier, v *Value) bool {
	switch p {
	case ID:
		return v == nil || v.Code == x.ID
	case LastUpdated:
		return v == nil || inRange(v, x.From, x.To)
	}
	if p.FullText() {
		return v != nil && x.Rows.Words.Have(v.Words, p.Code == Narrative)
	}
	of := func(row int32) bool { return slices.Contains(p.Rows, row) }
	switch p.Type {
	case Token:
		return slices.ContainsFunc(x.Rows.Tokens, func(t index.Token) bool { return of(t.Param) && (v == nil || sameToken(v, &t)) })
	case String:
		return slices.ContainsFunc(x.Rows.Strings, func(s index.String) bool { return of(s.Param) && (v == nil || sameString(m, v, &s)) })
	case URI:
		return slices.ContainsFunc(x.Rows.URIs, func(u index.URI) bool { return of(u.Param) && (v == nil || u.URI == v.Text) })
	case Reference:
		identified := v == nil && slices.ContainsFunc(x.Rows.Tokens, func(t index.Token) bool { return t.Param == p.IdentifierRow() })
		return identified || slices.ContainsFunc(x.Rows.References, func(r index.Reference) bool {
			return of(r.Param) && (len(p.RowTypes) == 0 || slices.Contains(p.RowTypes, r.Type)) && (v == nil || sameReference(p, v, &r))
		})
	case Number:
		return slices.ContainsFunc(x.Rows.Numbers, func(n index.Number) bool { return of(n.Param) && (v == nil || sameNumber(v, &n)) })
	case Quantity:
		return slices.ContainsFunc(x.Rows.Quantities, func(q index.Quantity) bool { return of(q.Param) && (v == nil || sameQuantity(v, &q)) })
	case Composite:
		return slices.ContainsFunc(x.Rows.Composites, func(k index.Composite) bool { return of(k.Param) && (v == nil || sameComposite(p, v, &k)) })
	case Date:
		return slices.ContainsFunc(x.Rows.Dates, func(d index.Date) bool { return of(d.Param) && (v == nil || inRange(v, d.Lo, d.Hi)) })
	}
	return false
}

func sameToken(v *Value, t *index.Token) bool {
	return (v.NoCode || v.Code == t.Code) && (!v.HasSystem || v.System == t.System)
}

func sameString(m Modifier, v *Value, x *index.String) bool {
	switch m {
	case Exact:
		return x.Exact == v.Text
	case Contains:
		return strings.Contains(x.Norm, v.Norm)
	}
	return strings.HasPrefix(x.Norm, v.Norm)
}

func sameReference(p *Param, v *Value, r *index.Reference) bool {
	if v.URL != "" {
		return r.URL == v.URL && (v.RefVersion == "" || r.Version == v.RefVersion)
	}
	if v.RefType == "" && len(p.Targets) > 0 && !slices.Contains(p.Targets, r.Type) {
		return false
	}
	return r.ID == v.RefID && (v.RefType == "" || r.Type == v.RefType) && (v.RefVersion == "" || r.Version == v.RefVersion)
}

// inRange compares the half-open range of a resource with that of a value. https://hl7.org/fhir/R4/search.html#prefix
func inRange(v *Value, lo, hi int64) bool {
	switch v.Prefix {
	case NE:
		return lo < v.Lo || hi > v.Hi
	case GT:
		return hi > v.Hi
	case LT:
		return lo < v.Lo
	case GE:
		return hi > v.Hi || lo >= v.Lo && hi <= v.Hi
	case LE:
		return lo < v.Lo || lo >= v.Lo && hi <= v.Hi
	case SA:
		return lo >= v.Hi
	case EB:
		return hi <= v.Lo
	case AP:
		return lo < v.Hi && hi > v.Lo
	case Covers:
		return lo <= v.Lo && hi >= v.Hi
	}
	return lo >= v.Lo && hi <= v.Hi
}
