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
	params, link, err := e.turn(c, path)
	if err != nil {
		return nil, err
	}
	c.Params = params // of which the shape, too, is what a page link holds
	if err := c.ReadShape(); err != nil {
		return nil, err
	}
	q.Limit = defaultHistory
	counted, err := historyParams(&q, params)
	if err != nil {
		return nil, err
	}
	if link.after != "" {
		if q.Before, err = strconv.ParseInt(link.after, 10, 64); err != nil {
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
	if counted {
		total, err := c.book.CountHistory(ctx, q)
		if err != nil {
			return nil, err
		}
		return &Answer{Status: 200, Body: &historyBundle{base: c.Base, self: path, query: applied(params), total: &total, now: e.now()}}, nil
	}
	page, before, err := c.book.History(ctx, q, maxPageBytes)
	if err != nil {
		return nil, err
	}
	b := &historyBundle{base: c.Base, self: path, query: applied(params), page: page, shape: c.Shape, now: e.now()}
	after := ""
	if before > 0 {
		after = strconv.FormatInt(before, 10)
	}
	b.links = e.links(c, link, params, after)
	return &Answer{Status: 200, Body: b}, nil
}

// historyParams reads _since, _at and _count. Counted tells that the number of versions is asked for alone: by _summary=count, or by a
// _count of 0, as in a search.
//
// Errors: Invalid, also for any other parameter that bears on the result.
func historyParams(q *chart.HistoryQuery, params []search.Parameter) (counted bool, err error) {
	const op = "interaction.history"
	for i, p := range params {
		switch p.Name {
		case "_since", "_at", "_count", "_summary", "_sort":
			if slices.ContainsFunc(params[:i], func(before search.Parameter) bool { return before.Name == p.Name }) {
				return false, fault.AtParam(op, p.Name, "%s is given more than once", p.Name)
			}
		}
		switch p.Name {
		case "_since":
			var since chart.Period
			since, err = period(p.Value)
			q.Since = since.From
		case "_at":
			q.At, err = period(p.Value)
		case "_count":
			var n int
			if n, err = strconv.Atoi(p.Value); err == nil && n < 0 {
				err = strconv.ErrRange
			}
			q.Limit, counted = min(n, maxHistory), counted || n == 0
		case "_summary":
			counted = counted || p.Value == "count"
		case "_sort": // of R5, where these are the two that ask for what a history is in any case
			if p.Value != "-_lastUpdated" && p.Value != "none" {
				return false, fault.AtParam(op, p.Name, "_sort: the newest version comes first in a history (-_lastUpdated)")
			}
		case "_format", "_pretty", "_elements":
		case "_type":
			if q.Key.Type != "" {
				return false, fault.AtParam(op, p.Name, "_type is for the history of the whole system")
			}
		default:
			return false, fault.AtParam(op, p.Name, "%s is not a parameter of history", p.Name)
		}
		if err != nil {
			return false, fault.AtParam(op, p.Name, "%s does not have the form that it needs", p.Name)
		}
	}
	return counted, nil
}

// period reads a date, a time or an instant as all the time that its precision covers.
func period(s string) (chart.Period, error) {
	lo, hi, ok := search.DateRange(s)
	if !ok {
		return chart.Period{}, strconv.ErrSyntax
	}
	return chart.Period{From: time.UnixMicro(lo).UTC(), Until: time.UnixMicro(hi).UTC()}, nil
}
