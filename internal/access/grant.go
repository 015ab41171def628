package access

import (
	"chartwright/internal/fault"

	table "chartwright/gen/scope"
)

// Authorize decides about a request and returns the grant that reaches the record.
//
// Errors: Unauthenticated when nobody is signed in; Forbidden naming the scope that was missing, if a scope would have helped.
func Authorize(s *Subject, r Request, p Policy) (*Grant, error) {
	d := Decide(s, r, p)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &Grant{Subject: s, Request: r, Narrow: d.Narrow, Policy: p}, nil
}

// Err returns the error of a refusal, nil if the request is allowed.
func (d Decision) Err() error {
	switch {
	case d.Allowed:
		return nil
	case d.Unauthenticated:
		return fault.New(fault.Unauthenticated, "access.decide", "sign in first")
	}
	return fault.Denied("access.decide", d.Missing, d.Reason)
}

// For decides about another request of the same subject: an entry of a batch, the next step of an operation. Errors: as
// [Authorize].
func (g *Grant) For(r Request) (*Grant, error) { return Authorize(g.Subject, r, g.Policy) }

// DecideType returns the view of another type within the same request, for chained parameters and includes; false if there is
// none. It matches chart.Page.NarrowOf. Whoever sees a type by reference could search it too, so the permission to search is
// what it asks for. Within an operation of the Standard or Portal API, which is granted as a whole, it is that operation's view.
func (g *Grant) DecideType(typ string) (Narrow, bool) {
	if g == nil {
		return Narrow{}, false
	}
	if g.Request.API != FHIR {
		if table.TypeOf(typ) == nil || g.Narrow.Patient != "" && table.TypeOf(typ).Sight == table.Denied {
			return Narrow{}, false
		}
		return g.Narrow, true
	}
	d := Decide(g.Subject, Request{API: FHIR, Action: Search, Type: typ}, g.Policy)
	return d.Narrow, d.Allowed
}

// VisibleTypes returns the FHIR resource types that the subject may search, sorted: what a search or a history of the whole
// server, an export or $everything goes through, each with its own view.
func (g *Grant) VisibleTypes() []string {
	var list []string
	for i := range table.Types {
		if _, ok := g.DecideType(table.Types[i].Name); ok {
			list = append(list, table.Types[i].Name)
		}
	}
	return list
}
