package interaction

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// maxLastN bounds the observations of one code, and maxLastNRows those that are looked through.
const (
	maxLastN     = 100
	maxLastNRows = 20_000
)

// lastN answers with the newest observations of each group of codes among those that a search finds, the newest first.
//
// Errors: Invalid without a patient or subject and a category or code, as the definition asks; TooCostly if the search finds
// too many.
//
// https://hl7.org/fhir/R4/observation-operation-lastn.html
func (e *Engine) lastN(ctx context.Context, c *Call) (*Answer, error) {
	const op = "interaction.lastn"
	if err := c.formParams(); err != nil {
		return nil, err
	}
	limit, params, err := lastNParams(c.Params)
	if err != nil {
		return nil, err
	}
	grant, err := e.grant(ctx, c, access.Search, c.Type)
	if err != nil {
		return nil, err
	}
	book := c.book.With(grant)
	table, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(table, c.Type, params, search.Options{Base: c.Base, Now: e.now()})
	if err != nil {
		return nil, err
	}
	if err := e.mayAsk(c, q); err != nil {
		return nil, err
	}
	q.Sort = []search.Sort{{Param: table.Lookup(c.Type, "date"), Descending: true}}
	q.Count, q.Total, q.Include, q.RevInclude = search.MaxCount, search.TotalNone, nil, nil
	groups := newest{limit: limit}
	page := chart.Page{Count: search.MaxCount}
	for rows := 0; ; {
		r, err := book.Search(ctx, q, page)
		if err != nil {
			return nil, err
		}
		for _, v := range r.Matches {
			if err := groups.add(v); err != nil {
				return nil, err
			}
		}
		if rows += len(r.Matches); r.Next == "" {
			break
		}
		if rows >= maxLastNRows {
			return nil, fault.New(fault.TooCostly, op, "the search finds more than %d observations; name a shorter time or fewer codes", maxLastNRows)
		}
		page.After = r.Next
	}
	found := groups.result()
	return &Answer{Status: 200, Body: &searchset{
		base: c.Base, self: c.Type + "/$lastn", query: applied(c.Params), now: e.now(), result: &chart.Result{Matches: found, Total: int64(len(found))},
	}}, nil
}

// lastNParams takes max from the parameters and checks that the others choose one patient's observations.
func lastNParams(all []search.Parameter) (limit int, params []search.Parameter, err error) {
	const op = "interaction.lastn"
	limit = 1
	subject, kind := false, false
	for _, p := range all {
		name, modifier, _ := strings.Cut(p.Name, ":")
		switch name {
		case "max":
			if limit, err = strconv.Atoi(p.Value); err != nil || limit < 1 || limit > maxLastN {
				return 0, nil, fault.AtParam(op, "max", "max is a number from 1 to %d", maxLastN)
			}
			continue
		case "patient", "subject":
			subject = subject || modifier != "missing" // which names nobody
		case "_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_elements":
			return 0, nil, fault.AtParam(op, name, "%s is not a parameter of $lastn", name)
		default:
			kind = kind || name == "category" || slices.Contains(strings.Split(name, "-"), "code")
		}
		params = append(params, p)
	}
	if !subject || !kind {
		return 0, nil, fault.New(fault.Invalid, op, "$lastn needs patient or subject, and category or a parameter of a code, such as code or code-value-concept")
	}
	return limit, params, nil
}
