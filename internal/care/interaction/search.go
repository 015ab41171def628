package interaction

import (
	"context"
	"slices"

	"chartwright/gen/r4route"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// SearchType searches resources of one type.
//
// Errors: Invalid for what is not understood (unless the caller or the site is lenient about unknown parameters); TooCostly;
// Forbidden for a search through a type that the caller may not search.
//
// https://hl7.org/fhir/R4/http.html#search
func (e *Engine) SearchType(ctx context.Context, c *Call) (*Answer, error) {
	return e.search(ctx, c, hunt{typ: c.Type, path: c.Type, book: c.book})
}

// hunt is what tells the kinds of searches apart.
type hunt struct {
	typ  string // resource type searched; empty for a search of the system
	path string // relative to the base, for links
	book *record.Book
	// within are conditions beside those of the caller, such as the membership in a compartment.
	within func(q *search.Query) error
}

// ofOnePatient reports whether what is searched is one patient's, whatever the caller asks for.
func (h *hunt) ofOnePatient(c *Call) bool {
	grant := h.book.Grant()
	return grant != nil && grant.Narrow.Patient != "" || c.Member != "" && c.Type == "Patient"
}

// pageParam carries the sealed link of another page.
const pageParam = "_page"

func (e *Engine) search(ctx context.Context, c *Call, h hunt) (*Answer, error) {
	params, link, err := e.turn(c, h.path)
	if err != nil {
		return nil, err
	}
	table, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(table, h.typ, params, search.Options{
		Base: c.Base, Now: e.now(), Lenient: c.lenient(), Types: typeNames, Explain: true, Contained: true,
		OnePatient: h.ofOnePatient(c),
	})
	if err != nil {
		return nil, err
	}
	if err := e.mayAsk(c, q); err != nil {
		return nil, err
	}
	if err := e.mayExplain(ctx, c, q); err != nil {
		return nil, err
	}
	shape, err := ShapeOf(q.Summary, q.Elements)
	if err == nil {
		err = c.fitting(&shape, q.Types...)
	}
	if err != nil {
		return nil, err
	}
	if h.within != nil {
		if err := h.within(q); err != nil {
			return nil, err
		}
	}
	if q, err = h.book.Resolve(ctx, q); err != nil {
		return nil, err
	}
	if c.foreseen {
		return &Answer{Status: 200}, nil
	}
	if q.Summary == "count" {
		q.Count = 0
	}
	if q.Count == 0 || q.Summary == "count" {
		q.Total, q.Include, q.RevInclude = search.TotalAccurate, nil, nil
	}
	record.OriginFrom(ctx).Query = names(params)
	result, err := e.find(ctx, c, h.book, q, chart.Page{After: link.after, Count: q.Count, Explain: q.Explain})
	if err != nil {
		return nil, err
	}
	e.withoutDamaged(ctx, result)
	set := &searchset{base: c.Base, self: h.path, query: search.EncodeForm(q.Applied), result: result, types: q.Types, shape: shape, ignored: q.Ignored, now: e.now()}
	if q.Explain {
		set.explained = append(q.Explained(), result.Explained...)
	}
	set.links = e.links(c, link, params, result.Next)
	return &Answer{Status: 200, Body: set}, nil
}

// turn returns the parameters of a search and where its page is: as the caller gave them, or as a page link holds them.
func (e *Engine) turn(c *Call, path string) (params []search.Parameter, link pageLink, err error) {
	for at, p := range c.Params {
		if p.Name != pageParam {
			continue
		}
		if link, err = e.pages.open(c, p.Value, e.now()); err != nil {
			return nil, link, err
		}
		if link.path != path {
			return nil, link, fault.AtParam("interaction.page", pageParam, "the page link belongs to another search")
		}
		for i, other := range c.Params {
			if !ofForm(other) && i != at { // to pass over a condition would widen the result
				return nil, link, fault.AtParam("interaction.page", other.Name, "a page link holds the whole search; only _format and _pretty can be added to it")
			}
		}
		if link.handling == lenientPages {
			c.Prefer.Lenient, c.Prefer.Strict = true, false
		}
		if params, err = search.ParseForm(link.params); err != nil {
			return nil, link, err
		}
		params = slices.DeleteFunc(params, ofForm)
		for _, other := range c.Params { // the form is what this page is asked for in
			if ofForm(other) {
				params = append(params, other)
			}
		}
		return params, link, nil
	}
	return c.Params, pageLink{path: path}, nil
}

func applied(params []search.Parameter) string {
	list := make([]search.Applied, len(params))
	for i, p := range params {
		list[i] = search.Applied(p)
	}
	return search.EncodeForm(list)
}

// names lists the names of search parameters for the audit trail, which holds no values.
func names(params []search.Parameter) string {
	var b []byte
	for i, p := range params {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, p.Name...)
		if len(b) > maxNames {
			return string(b[:maxNames])
		}
	}
	return string(b)
}

// maxNames bounds what the audit trail keeps of the names of parameters, in bytes.
const maxNames = 512

// typeNames are the names of all resource types.
var typeNames = func() []string {
	out := make([]string, len(r4route.Types))
	for i := range r4route.Types {
		out[i] = r4route.Types[i].Name
	}
	return out
}()
