package interaction

import (
	"context"
	"slices"
	"strconv"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// HistoryInstance lists the versions of one resource, newest first.
//
// Errors: NotFound if it never existed or lies outside the caller's view; Invalid for a bad parameter.
//
// https://hl7.org/fhir/R4/http.html#history
func (e *Engine) HistoryInstance(ctx context.Context, c *Call) (*Answer, error) {
	return e.history(ctx, c, c.Type+"/"+c.ID+"/_history", chart.HistoryQuery{Key: c.key()})
}

// HistoryType lists the versions of all resources of one type, newest first. Errors: as [Engine.HistoryInstance].
func (e *Engine) HistoryType(ctx context.Context, c *Call) (*Answer, error) {
	return e.history(ctx, c, c.Type+"/_history", chart.HistoryQuery{Key: chart.Key{Type: c.Type}})
}

// HistorySystem lists the versions of the resources of several types, newest first: those of _type, each of which the caller
// must be allowed to search; else all that he is. A type that his scopes open by a query which old versions can't be held against
// is passed over unless he names it.
//
// Errors: as [Engine.HistoryInstance]; Forbidden.
func (e *Engine) HistorySystem(ctx context.Context, c *Call) (*Answer, error) {
	const path = "_history"
	params, _, err := e.turn(c, path)
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
	if wanted == nil && len(book.Grant().Narrow.Filters) > 0 {
		if types == nil {
			types = slices.Clone(typeNames)
		}
		types = slices.DeleteFunc(types, func(typ string) bool { return !book.CoversHistory(ctx, typ) })
	}
	c.book = book
	return e.history(ctx, c, path, chart.HistoryQuery{Types: types})
}

const (
	// defaultHistory and maxHistory bound the versions on a page.
	defaultHistory = 100
	maxHistory     = 1000
	// maxPageBytes ends a page of large versions early.
	maxPageBytes = 16 << 20
)

func (e *Engine) history(ctx context.Context, c *Call, path string, q chart.HistoryQuery) (*Answer, error) {
	params, after, err := e.turn(c, path)
	if err != nil {
		return nil, err
	}
	q.Limit = defaultHistory
	if err := historyParams(&q, params); err != nil {
		return nil, err
	}
	if after != "" {
		if q.Before, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, fault.AtParam("interaction.history", pageParam, "the page link is not valid for this request")
		}
	}
	types := q.Types
	if c.Type != "" {
		types = []string{c.Type}
	}
	if err := c.fitting(&c.Shape, types...); err != nil {
		return nil, err
	}
	if c.foreseen {
		return &Answer{Status: 200}, nil
	}
	page, before, err := c.book.History(ctx, q, maxPageBytes)
	if err != nil {
		return nil, err
	}
	b := &historyBundle{base: c.Base, self: path, query: applied(params), page: page, shape: c.Shape, now: e.now()}
	if before > 0 {
		cursor := strconv.FormatInt(before, 10)
		b.next = path + "?" + pageParam + "=" + e.pages.seal(c, pageLink{path: path, params: applied(params), after: cursor}, e.now())
	}
	return &Answer{Status: 200, Body: b}, nil
}

// historyParams reads _since, _at and _count. Errors: Invalid, also for any other parameter that bears on the result.
func historyParams(q *chart.HistoryQuery, params []search.Parameter) error {
	const op = "interaction.history"
	for _, p := range params {
		var err error
		switch p.Name {
		case "_since":
			var since chart.Period
			since, err = period(p.Value)
			q.Since = since.From
		case "_at":
			q.At, err = period(p.Value)
		case "_count":
			var n int
			if n, err = strconv.Atoi(p.Value); err == nil && n < 1 {
				err = strconv.ErrRange
			}
			q.Limit = min(n, maxHistory)
		case "_format", "_pretty", "_summary", "_elements":
		case "_type":
			if q.Key.Type != "" {
				return fault.AtParam(op, p.Name, "_type is for the history of the whole system")
			}
		default:
			return fault.AtParam(op, p.Name, "%s is not a parameter of history", p.Name)
		}
		if err != nil {
			return fault.AtParam(op, p.Name, "%s does not have the form that it needs", p.Name)
		}
	}
	return nil
}

// period reads a date, a time or an instant as all the time that its precision covers.
func period(s string) (chart.Period, error) {
	lo, hi, ok := search.DateRange(s)
	if !ok {
		return chart.Period{}, strconv.ErrSyntax
	}
	return chart.Period{From: time.UnixMicro(lo).UTC(), Until: time.UnixMicro(hi).UTC()}, nil
}
