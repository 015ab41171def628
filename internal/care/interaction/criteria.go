package interaction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// criteria are the search of a conditional interaction. They are looked up inside the transaction that depends on them, so
// that two callers with the same criteria can't both find nothing.
//
// https://hl7.org/fhir/R4/http.html#cond-update
type criteria struct {
	query *search.Query
	book  *record.Book // under the right to search
	at    string       // expression of what holds them; empty: the URL
}

// criteria parses the search of a conditional interaction. A parameter that is not understood is always an error, however
// lenient the caller is: to pass over it would match more than was meant.
//
// Errors: Invalid; PreconditionFailed if the criteria choose nothing in particular; Forbidden without the right to search.
func (e *Engine) criteria(ctx context.Context, c *Call, typ string, params []search.Parameter) (*criteria, error) {
	const op = "interaction.criteria"
	book, err := e.bookFor(c, access.Search, typ)
	if err != nil {
		return nil, err
	}
	table, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(table, typ, params, search.Options{Base: c.Base, Now: e.now()})
	if err != nil {
		return nil, err
	}
	if len(q.Clauses) == 0 {
		return nil, fault.New(fault.PreconditionFailed, op, "the criteria choose no resource in particular")
	}
	if err := e.mayAsk(c, q); err != nil {
		return nil, err
	}
	// What value sets hold is looked up here, since nothing else can be read while the writer is held.
	if q, err = book.Resolve(ctx, q); err != nil {
		return nil, err
	}
	q.Count, q.Total, q.Sort, q.Include, q.RevInclude = 2, search.TotalNone, nil, nil, nil
	return &criteria{query: q, book: book}, nil
}

// ifNoneExist are the criteria of the header If-None-Exist: name=value&…, with or without the type and question mark before it.
//
// Errors: as [Engine.criteria]; Invalid if they are about another type.
func (e *Engine) ifNoneExist(ctx context.Context, c *Call) (*criteria, error) {
	const header = "If-None-Exist"
	text := c.Header.IfNoneExist
	if path, query, found := strings.Cut(text, "?"); found {
		if path = strings.TrimPrefix(strings.TrimPrefix(path, c.Base), "/"); path != "" && path != c.Type {
			return nil, fault.AtParam("interaction.criteria", header, "If-None-Exist has the criteria alone, and they are about %s", c.Type)
		}
		text = query
	}
	return e.criteriaAt(ctx, c, fault.ParamExpression(header), c.Type, text)
}

// criteriaAt is criteria from a text that stands elsewhere than in the URL, where each error says that it lies.
func (e *Engine) criteriaAt(ctx context.Context, c *Call, at, typ, text string) (*criteria, error) {
	params, err := search.ParseForm(text)
	if err != nil {
		return nil, allAt(at, err)
	}
	m, err := e.criteria(ctx, c, typ, params)
	if err != nil {
		return nil, allAt(at, err)
	}
	m.at = at
	return m, nil
}

// now looks the criteria up outside of any transaction, to prepare for what they will probably find.
func (m *criteria) now(ctx context.Context) (*chart.Version, error) {
	return m.single(m.book.Match(ctx, m.query))
}

// probably is now for a transaction that may delete some of what matches before it asks again: the first that stays, or the first of
// all, stands for those that there are.
func (m *criteria) probably(ctx context.Context, goes map[chart.Key]bool) (*chart.Version, error) {
	found, err := m.book.Match(ctx, m.query)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	first := found[0]
	stays := func(v *chart.Version) bool { return !goes[v.Key] }
	if len(found) > 1 && !slices.ContainsFunc(found, stays) {
		q := *m.query
		q.Count = len(goes) + 1
		if found, err = m.book.MatchUpTo(ctx, &q, q.Count); err != nil {
			return nil, err
		}
	}
	if i := slices.IndexFunc(found, stays); i >= 0 {
		return found[i], nil
	}
	return first, nil
}

// in looks the criteria up inside a transaction.
func (m *criteria) in(u *record.Unit) (*chart.Version, error) {
	return m.single(u.As(m.book).Match(m.query))
}

// single returns the one match, nil if there is none. Errors: PreconditionFailed if there are several.
func (m *criteria) single(found []*chart.Version, err error) (*chart.Version, error) {
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, nil
	case len(found) == 1:
		return found[0], nil
	}
	err = fault.New(fault.PreconditionFailed, "interaction.criteria", "several resources match the criteria")
	if m.at != "" {
		err = allAt(m.at, err)
	}
	return nil, err
}

// mayAsk makes sure that the caller may search every type through which the query looks: a chain or _has reveals whether
// resources of that type exist.
func (e *Engine) mayAsk(c *Call, q *search.Query) error {
	for i := range q.Clauses {
		if err := e.mayAskClause(c, &q.Clauses[i]); err != nil {
			return err
		}
	}
	return nil
}

// ofSeveral is the refusal of a chain through typ. Where the chain names no type and may lead to several, it says so, and how to ask for
// one that the caller may search. The others are not searched alone: within a negation of a filter that would find more than there
// is, and elsewhere nobody could tell what is left out.
func ofSeveral(c *Call, clause *search.Clause, typ string, cause error) error {
	var denied *fault.Error
	if clause.Chain == nil || len(clause.Chain.Types) < 2 || !errors.As(cause, &denied) || denied.Kind != fault.Forbidden {
		return cause
	}
	told := *denied
	told.Detail = fmt.Sprintf("%s may lead to a %s, which you may not search", clause.Param.Code, typ)
	if denied.Scope != "" {
		told.Detail += ": " + denied.Detail
	}
	for _, other := range clause.Chain.Types {
		if _, err := decide(c, access.Search, other); err == nil {
			told.Detail += fmt.Sprintf("; name the type, as in %s:%s", clause.Param.Code, other)
			break
		}
	}
	return &told
}

func (e *Engine) mayAskClause(c *Call, clause *search.Clause) error {
	var types []string
	switch {
	case clause.Chain != nil:
		types = clause.Chain.Types
	case clause.Has != nil:
		types = []string{clause.Has.Type}
	}
	for _, typ := range types {
		if _, err := decide(c, access.Search, typ); err != nil {
			return ofSeveral(c, clause, typ, err)
		}
	}
	inner := clause.Inner()
	for i := range inner {
		if err := e.mayAskClause(c, &inner[i]); err != nil {
			return err
		}
	}
	return nil
}
