package interaction

import (
	"context"
	"maps"
	"strings"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// SearchSystem searches resources of several types: those of _type, each of which the caller must be allowed to search; else
// all that he is.
//
// https://hl7.org/fhir/R4/http.html#search
func (e *Engine) SearchSystem(ctx context.Context, c *Call) (*Answer, error) {
	params, _, err := e.turn(c, "")
	if err != nil {
		return nil, err
	}
	wanted, err := typesOf(params)
	if err != nil {
		return nil, err
	}
	book, types, err := e.over(ctx, c, wanted)
	if err != nil {
		return nil, err
	}
	return e.search(ctx, c, hunt{book: book, within: func(q *search.Query) error {
		q.Of(types)
		return nil
	}})
}

// typesOf reads _type; nil if the parameters have none. Errors: Invalid for what is no resource type.
func typesOf(params []search.Parameter) ([]string, error) {
	for _, p := range params {
		if p.Name != "_type" {
			continue
		}
		types := strings.Split(p.Value, ",")
		for _, typ := range types {
			if r4route.Lookup(typ) == nil {
				return nil, fault.AtParam("interaction.types", "_type", "_type: resource types, joined by commas, are expected")
			}
		}
		return types, nil
	}
	return nil, nil
}

// over returns the record as the caller may search it over several types: over all of wanted, or over every type that he may
// search if wanted is empty.
//
// Errors: Forbidden if one of wanted is not allowed, or nothing is.
func (e *Engine) over(ctx context.Context, c *Call, wanted []string) (*record.Book, []string, error) {
	candidates := wanted
	if len(wanted) == 0 {
		candidates = typeNames
	}
	var merged *access.Grant
	var types []string
	var denied error
	for _, typ := range candidates {
		g, err := decide(c, access.Search, typ)
		if err != nil {
			if denied == nil || len(wanted) > 0 {
				denied = err
			}
			if len(wanted) > 0 {
				break
			}
			continue
		}
		types = append(types, typ)
		merged = merge(merged, g)
	}
	if denied != nil && (len(wanted) > 0 || merged == nil) {
		return nil, nil, e.refuse(ctx, c, access.Search, strings.Join(wanted, ","), denied)
	}
	if len(types) == len(typeNames) {
		types = nil
	}
	return c.book.With(merged), types, nil
}

// merge returns a grant for the types of both: what narrows one narrows the other, so the result never shows more than
// either. Filters are by type and stand side by side.
func merge(a, b *access.Grant) *access.Grant {
	if a == nil {
		g := *b
		g.Request.Type = ""
		g.Narrow.Filters = maps.Clone(b.Narrow.Filters)
		return &g
	}
	if a.Narrow.Patient == "" {
		a.Narrow.Patient = b.Narrow.Patient
	}
	for typ, filters := range b.Narrow.Filters {
		if a.Narrow.Filters == nil {
			a.Narrow.Filters = map[string][]string{}
		}
		a.Narrow.Filters[typ] = filters
	}
	return a
}
