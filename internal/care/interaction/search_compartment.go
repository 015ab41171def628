package interaction

import (
	"context"

	"chartwright/gen/r4search"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// SearchCompartment searches the resources of one type, or of all (*), that are about one patient, encounter, practitioner,
// related person or device.
//
// Errors: NotFound if resources of the type have no compartment, or the member type does not belong to it; else as
// [Engine.SearchType].
//
// https://hl7.org/fhir/R4/http.html#vsearch, https://hl7.org/fhir/R4/compartmentdefinition.html
func (e *Engine) SearchCompartment(ctx context.Context, c *Call) (*Answer, error) {
	const op = "interaction.compartment"
	compartment := r4search.CompartmentOf(c.Type)
	if compartment == nil {
		return nil, fault.New(fault.NotFound, op, "%s has no compartment", c.Type)
	}
	h := hunt{path: c.Type + "/" + c.ID + "/" + c.Member}
	var members []r4search.Member
	var err error
	if c.Member == "*" {
		h.book, members, err = e.membersWanted(ctx, c, h.path, compartment)
	} else {
		h.typ = c.Member
		if members = only(compartment, c.Member); members == nil {
			return nil, fault.New(fault.NotFound, op, "%s does not belong to the compartment of %s", c.Member, c.Type)
		}
		var grant *access.Grant
		if grant, err = e.grant(ctx, c, access.Search, c.Member); err == nil {
			h.book = c.book.With(grant)
		}
	}
	if err != nil {
		return nil, err
	}
	h.within = func(q *search.Query) error {
		if h.typ == "" {
			q.Of(typesIn(members))
		}
		member := e.membership(c.key(), members)
		if isSelf(c.key(), members) {
			member = orItself(c.key(), member, q)
		}
		q.Clauses = append(q.Clauses, member)
		return nil
	}
	return e.search(ctx, c, h)
}

// membersWanted returns the members that a search of the whole compartment is of: those of _type, else all that the caller may search.
//
// Errors: Invalid for a type that does not belong to the compartment; Forbidden for one that the caller may not search.
func (e *Engine) membersWanted(ctx context.Context, c *Call, path string, compartment *r4search.Compartment) (*record.Book, []r4search.Member, error) {
	params, _, err := e.turn(c, path)
	if err != nil {
		return nil, nil, err
	}
	types, err := typesOf(params)
	if err != nil {
		return nil, nil, err
	}
	var wanted map[string]bool
	for _, typ := range types {
		m := only(compartment, typ)
		if m == nil || len(m[0].Params) == 0 {
			return nil, nil, fault.AtParam("interaction.compartment", "_type", "_type: %s does not belong to the compartment of %s", typ, c.Type)
		}
		grant, err := e.grant(ctx, c, access.Search, typ)
		if err != nil {
			return nil, nil, err
		}
		if len(types) == 1 && isSelf(c.key(), m) {
			return c.book.With(grant), m, nil
		}
		if wanted == nil {
			wanted = map[string]bool{}
		}
		wanted[typ] = true
	}
	return e.membersOf(ctx, c, compartment, wanted)
}

// membersOf returns the members that the caller may search, for a search of the whole compartment: of the types that are
// wanted, of all if that is nil.
func (e *Engine) membersOf(ctx context.Context, c *Call, compartment *r4search.Compartment, wanted map[string]bool) (*record.Book, []r4search.Member, error) {
	var merged *access.Grant
	var members []r4search.Member
	var denied error
	for _, m := range compartment.Members {
		if len(m.Params) == 0 || m.Type == c.Type && m.Self || wanted != nil && !wanted[m.Type] {
			continue
		}
		g, err := decide(c, access.Search, m.Type)
		if err != nil {
			denied = err
			continue
		}
		members, merged = append(members, m), merge(merged, g)
	}
	if merged == nil && denied != nil {
		return nil, nil, e.refuse(ctx, c, access.Search, c.Type, denied)
	}
	return c.book.With(merged), members, nil
}

// only returns the member of one type, nil if the type does not belong to the compartment.
func only(compartment *r4search.Compartment, typ string) []r4search.Member {
	for _, m := range compartment.Members {
		if m.Type == typ && (m.Self || len(m.Params) > 0) {
			return []r4search.Member{m}
		}
	}
	return nil
}

func typesIn(members []r4search.Member) []string {
	types := make([]string, len(members))
	for i, m := range members {
		types[i] = m.Type
	}
	return types
}

// isSelf reports whether the members of a compartment that are searched are of the compartment's own type alone.
func isSelf(root chart.Key, members []r4search.Member) bool {
	return len(members) == 1 && members[0].Self && members[0].Type == root.Type
}

// orItself is the condition that a resource satisfies member, which is empty where nothing of its type can, or is the compartment's own.
// That lies in no other resource, though what does may have the same local id: q is made to look past it.
func orItself(root chart.Key, member search.Clause, q *search.Query) search.Clause {
	itself := search.Clause{Param: search.ID, Values: []search.Value{{Code: root.ID}}}
	named := member.Param != nil
	switch q.Contained {
	case search.OnlyContained:
		if named {
			return member
		}
		itself.Values = nil
		return itself
	case search.BothContained:
		q.Contained = search.NotContained
	}
	if !named {
		return itself
	}
	return search.Clause{Group: &search.Group{Op: search.Or, Clauses: []search.Clause{itself, member}}}
}

// membership is the condition that one of the members' parameters names root, the compartment's resource. Parameters of one clause
// are alternatives. What is contained in another resource belongs to those that its own parameters name, whosever its container is.
//
// https://hl7.org/fhir/R4/compartmentdefinition.html
func (e *Engine) membership(root chart.Key, members []r4search.Member) search.Clause {
	var clause search.Clause
	for _, m := range members {
		for _, code := range m.Params {
			p := e.records.Params().Lookup(m.Type, code)
			if p == nil || p.Type != search.Reference {
				continue
			}
			if clause.Param == nil {
				clause.Param = p
			} else {
				clause.Also = append(clause.Also, p)
			}
		}
	}
	clause.Values = []search.Value{{RefType: root.Type, RefID: root.ID}}
	return clause
}
