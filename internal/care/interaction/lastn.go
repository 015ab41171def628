package interaction

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
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

// lastN answers with the newest observations of each code among those that a search finds.
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
	groups := newest{limit: limit, count: map[string]int{}}
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
	return &Answer{Status: 200, Body: &searchset{
		base: c.Base, self: c.Type + "/$lastn", query: applied(c.Params), now: e.now(), result: &chart.Result{Matches: groups.kept, Total: int64(len(groups.kept))},
	}}, nil
}

// lastNParams takes max from the parameters and checks that the others choose one patient's observations.
func lastNParams(all []search.Parameter) (limit int, params []search.Parameter, err error) {
	const op = "interaction.lastn"
	limit = 1
	subject, kind := false, false
	for _, p := range all {
		name, _, _ := strings.Cut(p.Name, ":")
		switch name {
		case "max":
			if limit, err = strconv.Atoi(p.Value); err != nil || limit < 1 || limit > maxLastN {
				return 0, nil, fault.AtParam(op, "max", "max is a number from 1 to %d", maxLastN)
			}
			continue
		case "patient", "subject":
			subject = true
		case "category", "code":
			kind = true
		case "_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_elements":
			return 0, nil, fault.AtParam(op, name, "%s is not a parameter of $lastn", name)
		}
		params = append(params, p)
	}
	if !subject || !kind {
		return 0, nil, fault.New(fault.Invalid, op, "$lastn needs patient or subject, and category or code")
	}
	return limit, params, nil
}

// newest keeps the first observations of each code that it is shown.
type newest struct {
	limit int
	count map[string]int
	kept  []*chart.Version
}

func (n *newest) add(v *chart.Version) error {
	r, err := r4.Unmarshal(v.Body)
	if err != nil {
		return fault.Wrap(fault.Internal, "interaction.lastn", err)
	}
	o, ok := r.(*r4.Observation)
	if !ok {
		return nil
	}
	key := codeKey(o.Code)
	if n.count[key] < n.limit {
		n.count[key]++
		n.kept = append(n.kept, v)
	}
	return nil
}

// codeKey names a code: by its codings, whatever their order, or by its text if it has none.
func codeKey(c *r4.CodeableConcept) string {
	if c == nil {
		return ""
	}
	if len(c.Coding) == 0 {
		return "text " + c.Text.V
	}
	keys := make([]string, len(c.Coding))
	for i := range c.Coding {
		keys[i] = c.Coding[i].System.V + "|" + c.Coding[i].Code.V
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}
