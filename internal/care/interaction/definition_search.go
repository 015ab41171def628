package interaction

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// definitionCursor begins the cursor of a page that goes on among the definitions of this program; how many were shown follows.
const definitionCursor = "program:"

// find searches the record, and before it the OperationDefinitions that are parts of the program.
func (e *Engine) find(ctx context.Context, c *Call, book *record.Book, q *search.Query, page chart.Page) (*chart.Result, error) {
	if len(q.Types) != 1 || q.Types[0] != definitionType || q.Contained == search.OnlyContained {
		return book.Search(ctx, q, page)
	}
	list, err := e.definitions(c, q)
	if err != nil {
		return nil, err
	}
	all, shown := len(list), len(list)
	after, inProgram := strings.CutPrefix(page.After, definitionCursor)
	switch {
	case inProgram:
		if shown, err = strconv.Atoi(after); err != nil || shown < 0 || shown > all {
			return nil, fault.AtParam("interaction.page", pageParam, "the page link is not valid for this request")
		}
		page.After = ""
	case page.After == "":
		shown = 0
	}
	list = list[shown:]
	list = list[:min(len(list), page.Count)]
	shown += len(list)
	rest := *q
	if rest.Count = page.Count - len(list); rest.Count == 0 { // what is in the record is for another page, if there is anything
		rest.Total = search.TotalAccurate
	}
	page.Count = rest.Count
	result, err := book.Search(ctx, &rest, page)
	if err != nil {
		return nil, err
	}
	if q.Count > 0 && rest.Count == 0 && (shown < all || result.Total > 0) {
		if result.Next = definitionCursor + strconv.Itoa(shown); q.Total != search.TotalAccurate {
			result.Total = -1
		}
	}
	if result.Total >= 0 {
		result.Total += int64(all)
	}
	if result.Places != nil {
		result.Places = append(make([]int, len(list)), result.Places...)
	}
	result.Matches = append(list, result.Matches...)
	return result, nil
}

// definitions are the OperationDefinitions of the program that a query asks for. A query that looks beyond them finds none.
func (e *Engine) definitions(c *Call, q *search.Query) (list []*chart.Version, err error) {
	if slices.ContainsFunc(q.Clauses, func(clause search.Clause) bool { return !clause.Judged() }) {
		return nil, nil
	}
	for i := range r4route.Operations {
		id := r4route.Operations[i].ID
		body, err := definition(c.Base, id)
		if err != nil {
			return nil, err
		}
		r, err := r4.Unmarshal(body)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "interaction.definition", err)
		}
		v := &chart.Version{Key: chart.Key{Type: definitionType, ID: id}, VID: 1, Updated: e.software.Released, Method: chart.Create, Body: body}
		x := search.Candidate{ID: id, Rows: &index.Rows{Words: &index.Words{}}, From: v.Updated.UnixMicro(), To: v.Updated.UnixMicro() + 1000}
		record.Extract(r, x.Rows)
		if !slices.ContainsFunc(q.Clauses, func(clause search.Clause) bool { return !clause.Holds(&x) }) {
			list = append(list, v)
		}
	}
	return list, nil
}
