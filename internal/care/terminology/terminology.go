// Package terminology answers what value sets and code systems mean, from the definitions in a site's chart and, behind them,
// those of FHIR R4. What the chart defines under a URL counts before what the standard does.
//
// A caller knows the definitions that he may search. Others look to him like those that do not exist; without the right to
// search their type, what the standard defines is all he can use.
package terminology

import (
	"context"
	"slices"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/term"
)

// Codes says which codes a value of a token search means: those of the value set that :in and :not-in name, those below or above
// the code of :below and :above. It fits record.Config.Codes.
//
// Errors: Invalid, naming the URL, for what is not known or can't be expanded; TooCostly for a set that is too large; Forbidden
// if only definitions that the caller has no right to search could tell.
//
// https://hl7.org/fhir/R4/search.html#token
func Codes(ctx context.Context, b *record.Book, m search.Modifier, v search.Value) ([]search.Coding, error) {
	return codes(ctx, &definitions{shelf: func(typ string) (shelf, error) {
		grant, err := b.Grant().For(access.Request{API: access.FHIR, Action: access.Search, Type: typ})
		if err != nil {
			return nil, err
		}
		return b.With(grant), nil
	}}, m, v)
}

func codes(ctx context.Context, d *definitions, m search.Modifier, v search.Value) ([]search.Coding, error) {
	var codes []term.Code
	var err error
	switch m {
	case search.Above:
		codes, err = term.Above(ctx, d, v.System, v.Code)
	case search.Below:
		codes, err = term.Below(ctx, d, v.System, v.Code)
	default:
		var set *term.Set
		if id, local := strings.CutPrefix(v.Text, "ValueSet/"); local {
			set, err = d.expandLocal(ctx, id)
		} else {
			set, err = term.Expand(ctx, d, v.Text)
		}
		if err == nil {
			codes = set.Codes
			for _, url := range set.Systems {
				codes = append(codes, term.Code{System: url})
			}
		}
	}
	if err != nil {
		return nil, err
	}
	out := make([]search.Coding, len(codes))
	for i, c := range codes {
		out[i] = search.Coding(c)
	}
	return out, nil
}

// shelf is where stored definitions of a type are looked up: a [record.Book] under the caller's grant, or the whole site.
type shelf interface {
	Match(ctx context.Context, q *search.Query) ([]*chart.Version, error)
}

// definitions are those that the shelves of the types have. They are made for one answer.
type definitions struct {
	shelf         func(typ string) (shelf, error)
	standardFirst bool // the chart says only what the standard does not
}

var _ term.Definitions = (*definitions)(nil)

// ValueSet implements [term.Definitions].
func (d *definitions) ValueSet(ctx context.Context, canonical string) (*term.ValueSet, error) {
	if d.standardFirst {
		if v, err := term.Standard.ValueSet(ctx, canonical); v != nil || err != nil {
			return v, err
		}
	}
	r, denied, err := d.find(ctx, "ValueSet", canonical)
	if err != nil {
		return nil, err
	}
	if set, ok := r.(*r4.ValueSet); ok {
		return term.NewValueSet(set), nil
	}
	v, err := term.Standard.ValueSet(ctx, canonical)
	if v == nil && err == nil {
		err = denied
	}
	return v, err
}

// CodeSystem implements [term.Definitions].
func (d *definitions) CodeSystem(ctx context.Context, canonical string) (*term.CodeSystem, error) {
	if d.standardFirst {
		if c, err := term.Standard.CodeSystem(ctx, canonical); err != nil || c != nil && c.Complete { // of others the chart has more
			return c, err
		}
	}
	r, denied, err := d.find(ctx, "CodeSystem", canonical)
	if err != nil {
		return nil, err
	}
	if system, ok := r.(*r4.CodeSystem); ok {
		return term.NewCodeSystem(system), nil
	}
	c, err := term.Standard.CodeSystem(ctx, canonical)
	if c == nil && err == nil {
		err = denied
	}
	return c, err
}

// expandLocal expands the ValueSet of the chart with a logical id.
func (d *definitions) expandLocal(ctx context.Context, id string) (*term.Set, error) {
	book, err := d.shelf("ValueSet")
	if err != nil {
		return nil, err
	}
	r, err := first(ctx, book, "ValueSet", search.Clause{Param: search.ID, Values: []search.Value{{Code: id}}})
	if err != nil {
		return nil, err
	}
	set, ok := r.(*r4.ValueSet)
	if !ok {
		e := fault.New(fault.Invalid, "terminology.codes", "the value set ValueSet/%s is not known here", id)
		e.Issues = []fault.Issue{{Code: "not-found", Detail: e.Detail}}
		return nil, e
	}
	return term.ExpandSet(ctx, d, term.NewValueSet(set))
}

// find returns the definition that the chart has under a canonical URL: an active one before others, then the one that was
// changed last; nil if there is none. Denied says why the chart was not asked.
func (d *definitions) find(ctx context.Context, typ, canonical string) (r r4.Resource, denied, err error) {
	book, denied := d.shelf(typ)
	if denied != nil {
		return nil, denied, nil
	}
	url, version, _ := strings.Cut(canonical, "|")
	params := record.StandardParams
	clauses := []search.Clause{{Param: params.Lookup(typ, "url"), Values: []search.Value{{Text: url}}}}
	if version != "" {
		clauses = append(clauses, search.Clause{Param: params.Lookup(typ, "version"), Values: []search.Value{{Code: version}}})
	}
	active := search.Clause{Param: params.Lookup(typ, "status"), Values: []search.Value{{Code: "active"}}}
	if r, err = first(ctx, book, typ, append(slices.Clip(clauses), active)...); r == nil && err == nil {
		r, err = first(ctx, book, typ, clauses...)
	}
	return r, nil, err
}

// first returns the match of a search that was changed last, nil if there is none. It leaves no audit event: definitions are
// nobody's data, and what uses them is recorded as what it does.
func first(ctx context.Context, b shelf, typ string, clauses ...search.Clause) (r4.Resource, error) {
	found, err := b.Match(ctx, &search.Query{
		Types: []string{typ}, Clauses: clauses, Count: 2, Total: search.TotalNone, Sort: []search.Sort{{Param: search.LastUpdated, Descending: true}},
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return decode(found[0])
}

func decode(v *chart.Version) (r4.Resource, error) {
	r, err := r4.Unmarshal(v.Body)
	return r, fault.Wrap(fault.Internal, "terminology.decode", err)
}
