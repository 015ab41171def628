package interaction

import (
	"context"
	"slices"
	"strings"
	"time"

	"chartwright/gen/r4search"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// everything answers with a patient or encounter, everything in its compartment and what that refers to, page by page; called on the
// type, with those of all patients ([Engine.everyone]). The caller sees of it the types that he may search. The root stands before
// the first page, which may so hold one more than _count; what belongs to the compartment comes once, on its own page, and what it
// refers to on each page that does.
//
// Errors: NotFound; Invalid for a parameter that is not offered.
//
// https://hl7.org/fhir/R4/patient-operation-everything.html, https://hl7.org/fhir/R4/encounter-operation-everything.html
func (e *Engine) everything(ctx context.Context, c *Call) (*Answer, error) {
	path, page := c.Type+"/"+c.ID+"/$everything", e.oneWhole
	if c.ID == "" {
		path, page = c.Type+"/$everything", e.everyone
	}
	if err := c.formParams(); err != nil {
		return nil, err
	}
	params, link, err := e.turn(c, path)
	if err != nil {
		return nil, err
	}
	c.Params = params
	w, err := e.whole(ctx, c)
	if err != nil {
		return nil, err
	}
	result, err := page(ctx, c, w, link.after)
	if err != nil {
		return nil, err
	}
	set := &searchset{base: c.Base, self: path, query: applied(params), result: result, now: e.now()}
	set.links = e.links(c, link, params, result.Next)
	return &Answer{Status: 200, Body: set}, nil
}

// oneWhole is the page after a cursor of the resource that a call names and what belongs to it.
func (e *Engine) oneWhole(ctx context.Context, c *Call, w *whole, after string) (*chart.Result, error) {
	root, err := c.book.Read(ctx, c.key())
	if err != nil {
		return nil, err
	}
	if err := w.look(ctx, e, c); err != nil {
		return nil, err
	}
	first := after == "" && w.roots(c.Type)
	result, err := w.page(ctx, e, root, first, chart.Page{After: after, Count: w.ask.Count})
	if err != nil {
		return nil, err
	}
	if first && result.Total >= 0 {
		result.Total++
	}
	if first && w.ask.Count > 0 {
		result.Matches = slices.Insert(result.Matches, 0, root)
	}
	return result, nil
}

// whole is what a call of $everything asks for of each compartment.
type whole struct {
	wanted map[string]bool // types; nil = all
	dates  careDates
	since  time.Time     // of _since; zero = ever
	ask    *search.Query // of any compartment
	table  search.Table

	// What look finds.
	book    *record.Book
	members []r4search.Member
}

// whole reads the parameters of a call. Errors: Invalid.
func (e *Engine) whole(ctx context.Context, c *Call) (*whole, error) {
	w := &whole{dates: always}
	kept, err := w.read(c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	if w.table, err = e.records.ParamsOf(ctx, c.Site.Name()); err != nil {
		return nil, err
	}
	w.ask, err = search.Parse(w.table, "", kept, search.Options{Base: c.Base, Now: e.now()})
	return w, err
}

// look asks which types of the compartment the caller may search. Errors: Forbidden if there is none of those that are wanted.
func (w *whole) look(ctx context.Context, e *Engine, c *Call) (err error) {
	w.book, w.members, err = e.membersOf(ctx, c, r4search.CompartmentOf(c.Type), w.wanted)
	return err
}

// roots reports whether the resources themselves are wanted whose compartments are asked for.
func (w *whole) roots(typ string) bool { return w.wanted == nil || w.wanted[typ] }

// page is a page of what belongs to root, without root itself. Where root is on it too (around), it holds what that refers to.
func (w *whole) page(ctx context.Context, e *Engine, root *chart.Version, around bool, page chart.Page) (*chart.Result, error) {
	q := *w.ask
	q.Types, q.Count = typesIn(w.members), page.Count
	q.Clauses = append(slices.Clone(q.Clauses), e.membership(root.Key, w.members))
	q.Span = w.dates.span(w.members, w.table)
	if w.wanted == nil && page.Count > 0 {
		q.Include, q.Apart = []search.Include{{}}, true
		if around {
			page.Around = []*chart.Version{root}
		}
	}
	if len(w.members) == 0 {
		return &chart.Result{}, nil
	}
	// Nearly everything refers to the root, which is on the first page; and what refers to several patients, such as a Group,
	// must not bring the others.
	return w.book.Sift(ctx, &q, page, func(r *chart.Result) {
		r.Included = slices.DeleteFunc(r.Included, func(v *chart.Version) bool {
			return v.Key == root.Key || v.Owner != "" && v.Owner != root.Owner
		})
	})
}

// read takes _type, start and end, and turns _since into one of the search parameters that it returns.
func (w *whole) read(typ string, params []search.Parameter) (kept []search.Parameter, err error) {
	const op = "interaction.everything"
	for _, p := range params {
		name := p.Name
		if (name == "start" || name == "end") && typ != "Patient" {
			name = "" // the operation of encounters has none
		}
		switch name {
		case "start", "end":
			if err := w.dates.set(name, p.Value); err != nil {
				return nil, err
			}
		case "_type":
			if w.wanted == nil {
				w.wanted = map[string]bool{}
			}
			for typ := range strings.SplitSeq(p.Value, ",") {
				if r4search.Of(typ) == nil {
					return nil, fault.AtParam(op, name, "_type: %q is no resource type", typ)
				}
				w.wanted[typ] = true
			}
		case "_since":
			since, _, ok := search.DateRange(p.Value)
			if !ok {
				return nil, fault.AtParam(op, name, "_since is a date or an instant")
			}
			w.since = time.UnixMicro(since)
			kept = append(kept, search.Parameter{Name: "_lastUpdated", Value: "ge" + p.Value})
		case "_count":
			kept = append(kept, p)
		case "_format", "_pretty":
		default:
			return nil, fault.AtParam(op, p.Name, "%s is not a parameter of $everything here", p.Name)
		}
	}
	return kept, nil
}

// formParams adds the parameters of a Parameters resource to those of the URL. Errors: Invalid.
func (c *Call) formParams() error {
	in, err := c.anyInput()
	if err != nil {
		return err
	}
	for name, v := range in.complex {
		return fault.AtParam(opParameters, name, "%s can't be of the type %s", name, v.Type().Name)
	}
	if in.resource != nil {
		return fault.At(opParameters, "resourceType", "$%s is called with a Parameters resource", c.Operation)
	}
	c.Params = in.order
	return nil
}
