package trail

import (
	"slices"
	"strings"
	"time"

	"chartwright/gen/r4search"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// Selection says which events a search of AuditEvent asks for.
type Selection struct {
	// Query finds them in the trail, and more: [Selection.Match] decides.
	Query chart.AuditQuery
	// None tells that no event can match, so that the trail need not be read.
	None bool

	site    string
	clauses []search.Clause
	rows    index.Rows
}

// Select reads the conditions of a search. Ok is false when one of them is of a kind that is not evaluated over the trail:
// chains, _has, _filter, and modifiers but :not, :exact, :contains and :missing. why names it.
func Select(site string, q *search.Query) (s *Selection, why string, ok bool) {
	s = &Selection{site: site, clauses: q.Clauses}
	for i := range q.Clauses {
		c := &q.Clauses[i]
		if c.Chain != nil || c.Has != nil || c.Group != nil || !evaluated(c) {
			return nil, c.Param.Code, false
		}
		s.narrow(c)
	}
	return s, "", true
}

func evaluated(c *search.Clause) bool {
	switch c.Modifier {
	case search.NoModifier, search.MissingModif:
	case search.Not:
		return c.Param.Type == search.Token
	case search.Exact, search.Contains:
		return c.Param.Type == search.String
	default:
		return false
	}
	switch c.Param.Type {
	case search.Token, search.String, search.Reference, search.Date, search.URI:
		return c.TypeMod == ""
	}
	return c.Param == search.ID || c.Param == search.LastUpdated
}

// narrow lets the trail's own index help: with the event, the patient or the user that is asked for, and the time.
func (s *Selection) narrow(c *search.Clause) {
	if c.Missing != nil || len(c.Also) > 0 || len(c.Values) != 1 || c.Modifier != search.NoModifier {
		return
	}
	v := &c.Values[0]
	switch {
	case c.Param == search.ID:
		seq, ok := Seq(v.Code)
		s.Query.Before, s.Query.Limit, s.None = seq+1, 1, s.None || !ok
	case c.Param.Type == search.Reference && v.RefType == "Patient" && v.RefID != "" && (c.Param.Code == "patient" || c.Param.Code == "entity"):
		s.Query.Patient = v.RefID
	case c.Param.Code == "agent" && v.RefType == "Practitioner" && v.RefID != "":
		s.Query.UserID = v.RefID
	case c.Param.Type == search.Date || c.Param == search.LastUpdated:
		switch v.Prefix {
		case search.GE, search.GT, search.SA:
			s.Query.Since = later(s.Query.Since, time.UnixMicro(v.Lo))
		case search.LE, search.LT, search.EB:
			s.Query.Until = earlier(s.Query.Until, time.UnixMicro(v.Hi))
		case search.EQ, "":
			s.Query.Since, s.Query.Until = later(s.Query.Since, time.UnixMicro(v.Lo)), earlier(s.Query.Until, time.UnixMicro(v.Hi))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.IsZero() || b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Match reports whether the search asks for the event. Not for concurrent use.
func (s *Selection) Match(e *chart.AuditEvent) bool {
	if len(s.clauses) == 0 {
		return true
	}
	s.rows = index.Rows{}
	r4search.Extract(Resource(s.site, e), &s.rows)
	return !slices.ContainsFunc(s.clauses, func(c search.Clause) bool { return !s.holds(&c, e) })
}

func (s *Selection) holds(c *search.Clause, e *chart.AuditEvent) bool {
	params := append([]*search.Param{c.Param}, c.Also...) // of one compartment: alternatives
	has := func(v *search.Value) bool {
		return slices.ContainsFunc(params, func(p *search.Param) bool { return s.has(p, c.Modifier, e, v) })
	}
	if c.Missing != nil {
		return has(nil) != *c.Missing
	}
	return slices.ContainsFunc(c.Values, func(v search.Value) bool { return has(&v) }) != (c.Modifier == search.Not)
}

// has reports whether the event has value v for the parameter, or any value if v is nil.
func (s *Selection) has(p *search.Param, m search.Modifier, e *chart.AuditEvent, v *search.Value) bool {
	of := func(row int32) bool { return slices.Contains(p.Rows, row) }
	switch {
	case p == search.ID:
		return v == nil || v.Code == ID(e.Seq)
	case p == search.LastUpdated:
		at := e.Time.UnixMilli() * 1000
		return v == nil || inRange(v, at, at+1000)
	}
	switch p.Type {
	case search.Token:
		return slices.ContainsFunc(s.rows.Tokens, func(t index.Token) bool { return of(t.Param) && (v == nil || sameToken(v, &t)) })
	case search.String:
		return slices.ContainsFunc(s.rows.Strings, func(x index.String) bool { return of(x.Param) && (v == nil || sameString(m, v, &x)) })
	case search.URI:
		return slices.ContainsFunc(s.rows.URIs, func(u index.URI) bool { return of(u.Param) && (v == nil || u.URI == v.Text) })
	case search.Reference:
		return slices.ContainsFunc(s.rows.References, func(r index.Reference) bool {
			return of(r.Param) && (len(p.RowTypes) == 0 || slices.Contains(p.RowTypes, r.Type)) && (v == nil || sameReference(v, &r))
		})
	case search.Date:
		return slices.ContainsFunc(s.rows.Dates, func(d index.Date) bool { return of(d.Param) && (v == nil || inRange(v, d.Lo, d.Hi)) })
	}
	return false
}

func sameToken(v *search.Value, t *index.Token) bool {
	return (v.NoCode || v.Code == t.Code) && (!v.HasSystem || v.System == t.System)
}

func sameString(m search.Modifier, v *search.Value, x *index.String) bool {
	switch m {
	case search.Exact:
		return x.Exact == v.Text
	case search.Contains:
		return strings.Contains(x.Norm, v.Norm)
	}
	return strings.HasPrefix(x.Norm, v.Norm)
}

func sameReference(v *search.Value, r *index.Reference) bool {
	if v.URL != "" {
		return r.URL == v.URL
	}
	return r.ID == v.RefID && (v.RefType == "" || r.Type == v.RefType) && (v.RefVersion == "" || r.Version == v.RefVersion)
}

// inRange compares the half-open range of an event with that of a value. https://hl7.org/fhir/R4/search.html#prefix
func inRange(v *search.Value, lo, hi int64) bool {
	switch v.Prefix {
	case search.NE:
		return lo < v.Lo || hi > v.Hi
	case search.GT:
		return hi > v.Hi
	case search.LT:
		return lo < v.Lo
	case search.GE:
		return hi > v.Hi || lo >= v.Lo && hi <= v.Hi
	case search.LE:
		return lo < v.Lo || lo >= v.Lo && hi <= v.Hi
	case search.SA:
		return lo >= v.Hi
	case search.EB:
		return hi <= v.Lo
	case search.AP:
		return lo < v.Hi && hi > v.Lo
	}
	return lo >= v.Lo && hi <= v.Hi
}
