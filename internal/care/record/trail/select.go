package trail

import (
	"slices"
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
		if c.Group != nil || !c.Judged() {
			why = "_filter or _has" // which name no parameter
			if c.Param != nil {
				why = c.Param.Code
			}
			return nil, why, false
		}
		s.narrow(c)
	}
	return s, "", true
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
	s.rows = index.Rows{Words: &index.Words{}}
	r4search.Extract(Resource(s.site, e), &s.rows)
	at := e.Time.UnixMilli() * 1000
	x := search.Candidate{ID: ID(e.Seq), Rows: &s.rows, From: at, To: at + 1000}
	return !slices.ContainsFunc(s.clauses, func(c search.Clause) bool { return !c.Holds(&x) })
}
