package interaction

import (
	"context"
	"slices"
	"strings"

	"chartwright/gen/r4search"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// everything answers with a patient or encounter, everything in its compartment and what that refers to, page by page. The
// caller sees of it the types that he may search. The root stands before the first page, which may so hold one more than _count;
// what belongs to the compartment comes once, on its own page, and what it refers to on each page that does.
//
// Errors: NotFound; Invalid for a parameter that is not offered.
//
// https://hl7.org/fhir/R4/patient-operation-everything.html, https://hl7.org/fhir/R4/encounter-operation-everything.html
func (e *Engine) everything(ctx context.Context, c *Call) (*Answer, error) {
	path := c.Type + "/" + c.ID + "/$everything"
	if err := c.formParams(); err != nil {
		return nil, err
	}
	params, link, err := e.turn(c, path)
	if err != nil {
		return nil, err
	}
	c.Params = params
	wanted, dates, kept, err := everythingParams(c.Type, params)
	if err != nil {
		return nil, err
	}
	root, err := c.book.Read(ctx, c.key())
	if err != nil {
		return nil, err
	}
	book, members, err := e.membersOf(ctx, c, r4search.CompartmentOf(c.Type), wanted)
	if err != nil {
		return nil, err
	}
	first := link.after == "" && (wanted == nil || wanted[c.Type])
	table, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(table, "", kept, search.Options{Base: c.Base, Now: e.now()})
	if err != nil {
		return nil, err
	}
	q.Types = typesIn(members)
	q.Clauses = append(q.Clauses, e.membership(c, members))
	q.Span = dates.span(members, table)
	page := chart.Page{After: link.after, Count: q.Count, NarrowOf: book.Grant().DecideType}
	if wanted == nil && q.Count > 0 {
		q.Include, q.Apart = []search.Include{{}}, true
		if first {
			page.Around = []*chart.Version{root}
		}
	}
	result := &chart.Result{}
	if len(members) > 0 {
		if result, err = book.Search(ctx, q, page); err != nil {
			return nil, err
		}
	}
	if first && result.Total >= 0 {
		result.Total++
	}
	if first && q.Count > 0 {
		result.Matches = slices.Insert(result.Matches, 0, root)
	}
	// Nearly everything refers to the root, which is on the first page; and what refers to several patients, such as a Group,
	// must not bring the others.
	result.Included = slices.DeleteFunc(result.Included, func(v *chart.Version) bool {
		return v.Key == root.Key || v.Owner != "" && v.Owner != root.Owner
	})
	set := &searchset{base: c.Base, self: path, query: applied(params), result: result, now: e.now()}
	set.links = e.links(c, link, params, result.Next)
	return &Answer{Status: 200, Body: set}, nil
}

// everythingParams reads _type, start and end, and turns _since into a search parameter. wanted is nil if all types are.
func everythingParams(typ string, params []search.Parameter) (wanted map[string]bool, dates careDates, kept []search.Parameter, err error) {
	const op = "interaction.everything"
	dates = always
	for _, p := range params {
		name := p.Name
		if (name == "start" || name == "end") && typ != "Patient" {
			name = "" // the operation of encounters has none
		}
		switch name {
		case "start", "end":
			if err := dates.set(name, p.Value); err != nil {
				return nil, dates, nil, err
			}
		case "_type":
			if wanted == nil {
				wanted = map[string]bool{}
			}
			for typ := range strings.SplitSeq(p.Value, ",") {
				if r4search.Of(typ) == nil {
					return nil, dates, nil, fault.AtParam(op, name, "_type: %q is no resource type", typ)
				}
				wanted[typ] = true
			}
		case "_since":
			if _, _, ok := search.DateRange(p.Value); !ok {
				return nil, dates, nil, fault.AtParam(op, name, "_since is a date or an instant")
			}
			kept = append(kept, search.Parameter{Name: "_lastUpdated", Value: "ge" + p.Value})
		case "_count":
			kept = append(kept, p)
		case "_format", "_pretty":
		default:
			return nil, dates, nil, fault.AtParam(op, p.Name, "%s is not a parameter of $everything here", p.Name)
		}
	}
	return wanted, dates, kept, nil
}

// formParams adds the parameters of a Parameters resource to those of the URL.
func (c *Call) formParams() error {
	if len(c.Body) == 0 {
		return nil
	}
	in, err := c.input()
	if err != nil {
		return err
	}
	c.Params = nil
	for name, values := range in.text {
		for _, v := range values {
			c.Params = append(c.Params, search.Parameter{Name: name, Value: v})
		}
	}
	return nil
}
