package searchsql

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// Dialect is a database's way of saying things.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota + 1
	PostgreSQL
)

// Querier runs one SELECT: *sql.DB, *sql.Tx, *sql.Conn, or [Statements], which keeps prepared statements by their text.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Env is what a search needs beside the query: the same for all searches of a site.
type Env struct {
	// Table is the parameter table with which granular scope filters are parsed and reverse chains resolved.
	Table search.Table
	// Base is the FHIR base URL of the site, without a slash at the end; absolute references below it are local.
	Base string
	// OpenTypes reports whether a patient's view holds the resources of a type that belong to no patient (Practitioner,
	// Organization …). Nil means none.
	OpenTypes func(typ string) bool
	// Extract computes the search index of a stored body, to follow the canonicals in it. Nil = includes follow none.
	Extract func(typ string, body []byte, rows *index.Rows) error
	// Own adds to these rows those of the parameters that the site has of its own in a standing table, by which a search is sorted or
	// includes. Nil = orders of their tokens and URIs sort all that matches, and includes follow no canonicals of theirs.
	Own func(t search.Table, body []byte, rows *index.Rows) error
	// Codes says what the value sets and hierarchies mean that a granular scope names, from all definitions of the site. Nil = such a
	// scope cannot be checked, and so grants nothing.
	Codes search.Codes
	// Types are all resource types of the server: those that a reference may name where its parameter does not say.
	Types []string
	// Settled tells that the index of words has all that the search sees, so that it need not be compared.
	Settled bool
}

// Run answers one page of a query as narrow and page allow, in one statement; totals, includes and a plan probe for sorted
// searches take one more each. Bodies are returned as stored.
//
// A search for words fails with [ErrBehind] when their index does not have all that was committed before.
//
// Errors: Invalid for a cursor that is not one of this query, Forbidden for a chain through a type that the caller may not
// search, TooCostly when a limit is passed, Unavailable when the database does not answer.
func Run(ctx context.Context, q Querier, d Dialect, env Env, query *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	result, err := run(ctx, q, d, env, query, narrow, page, true)
	if errors.Is(err, ErrBehind) && !asksForWords(query) { // somebody wrote between the statements
		return run(ctx, q, d, env, query, narrow, page, false)
	}
	return result, err
}

// AsksPostings reports whether a search asks for words or for parts of texts, the index of which is made behind the writes.
func AsksPostings(q *search.Query) bool {
	asks := asksForWords(q)
	eachClause(q.Clauses, func(cl *search.Clause) { asks = asks || partial(cl) })
	return asks
}

// asksForWords reports whether a search asks for words, which nothing else has.
func asksForWords(q *search.Query) bool {
	return slices.ContainsFunc(q.Clauses, func(c search.Clause) bool { return c.FullText() })
}

// run is Run, with or without the help of grams.
func run(ctx context.Context, q Querier, d Dialect, env Env, query *search.Query, narrow access.Narrow, page chart.Page, grams bool) (*chart.Result, error) {
	n := page.Count
	if n <= 0 {
		n = query.Count
	}
	if slices.ContainsFunc(query.Clauses, func(c search.Clause) bool { return c.NeedsCodes() }) {
		return nil, fault.New(fault.Internal, "search.run", "the codes of a value set or hierarchy were not resolved")
	}
	if query.Stray() { // the rows of a parameter are taken for what the types searched have
		return nil, fault.New(fault.Internal, "search.run", "a condition is about a type that is not searched")
	}
	if t, ok := env.Table.(search.Changing); ok {
		env.Table = t.Standing()
	}
	c := &compiler{d: d, env: &env, views: newViews(ctx, &env, query, narrow, &page)}
	if page.Explain {
		c.explain = &explainer{Querier: q, d: d}
		q = c.explain
	}
	var cur *cursor
	var err error
	if page.After != "" {
		if cur, err = decode(page.After, query); err != nil {
			return nil, err
		}
	}
	r := &runner{compiler: c, q: q, query: query}
	asked := query // what is found out beforehand is about resources of their own where there are such
	if query.Contained != search.NotContained {
		r.within = query.Within(env.Types)
	}
	if query.Contained == search.OnlyContained {
		asked = r.within
	}
	words := asksForWords(query)
	if words {
		if err := c.countWords(ctx, q, asked); err != nil {
			return nil, err
		}
	}
	c.walk = walks(query, cur, grams)
	if grams {
		if err := c.findTexts(ctx, q, asked); err != nil {
			return nil, err
		}
	}
	c.later = cur != nil
	if err := c.findPresence(ctx, q, c.sparse(asked)); err != nil {
		return nil, err
	}
	if cur == nil {
		if err := c.unambiguous(ctx, q, query); err != nil {
			return nil, err
		}
	}
	if err := c.findLeads(ctx, q, asked); err != nil {
		return nil, err
	}
	if cur == nil {
		if err := c.findWideHas(ctx, q, query); err != nil {
			return nil, err
		}
	}
	r.words = words || len(c.texts) > 0
	result := &chart.Result{Total: -1}
	countOnly := n <= 0 || query.Summary == "count"
	if query.Contained != search.NotContained && len(query.Sort) > 0 && !countOnly {
		if err := r.sortedContained(ctx, result, cur, n); err != nil {
			return nil, err
		}
		return r.finish(ctx, result, cur, page.Around)
	}
	if query.Contained != search.OnlyContained && (cur == nil || cur.mode != byContainer) {
		if err := r.own(ctx, result, cur, n, countOnly); err != nil {
			return nil, err
		}
	}
	if query.Contained != search.NotContained {
		if err := r.contained(ctx, result, cur, n, countOnly); err != nil {
			return nil, err
		}
	}
	return r.finish(ctx, result, cur, page.Around)
}

// finish adds to a page what goes with it: the cursor of the next one, what the matches and those of around include, and how it all
// came about.
func (r *runner) finish(ctx context.Context, result *chart.Result, cur *cursor, around []*chart.Version) (*chart.Result, error) {
	r.seal(result)
	around, inside := r.shown(result, around)
	if len(around)+len(inside.numbers) > 0 && len(r.query.Include)+len(r.query.RevInclude) > 0 {
		if err := r.include(ctx, around, inside, cur, result); err != nil {
			return nil, err
		}
	}
	if r.explain != nil {
		var err error
		if result.Explained, err = r.explain.explained(ctx); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// runner answers one query.
type runner struct {
	*compiler
	q     Querier
	query *search.Query
	// within is the query as it is asked of contained resources, if they are searched.
	within *search.Query
	plan   *plan
	next   *cursor // of the next page, before its total is known
	now    int64   // the instant of the page in an order of values; 0 = not known
	words  bool    // what is found depends on postings, which may be behind, whatever drives
}

// own answers with resources of their own, which no other contains.
func (r *runner) own(ctx context.Context, result *chart.Result, cur *cursor, n int, countOnly bool) error {
	var err error
	if r.plan, err = r.choose(ctx, r.q, r.query, cur); err != nil {
		return err
	}
	if !countOnly {
		if err := r.page(ctx, result, cur, n); err != nil {
			return err
		}
	}
	return r.total(ctx, result, cur, countOnly)
}

// row is one row of a page.
type row struct {
	version *chart.Version
	number  int64 // of the version's resource, or of the one in it that the row stands for
	keys    []any
	late    bool // in the tail of the order
	// elsewhere tells that the resource has its place by another row of it, as only its body can tell.
	elsewhere bool
}

// page fills the matches. It reads one row more than asked for, to know whether there is another page. Where the order has a
// tail, it is read when what comes before it does not fill the page.
func (r *runner) page(ctx context.Context, result *chart.Result, cur *cursor, n int) error {
	tail := cur != nil && cur.tail
	rows, bound, err := r.begin(ctx, cur, n+1, tail)
	if err != nil {
		return err
	}
	if cur != nil {
		bound = cur.bound
	}
	early := len(rows)
	if !tail && early <= n && r.plan.hasTail(r.query) {
		var from *cursor // from its beginning, and at the instant of what was read before
		if cur != nil || early > 0 {
			from = &cursor{bound: bound}
		}
		more, snapshot, err := r.fetch(ctx, r.plan, from, n+1-early, true)
		if err != nil {
			return err
		}
		if from == nil {
			bound = snapshot
		}
		rows = append(rows, more...)
	}
	for i := range rows {
		rows[i].late = tail || i >= early
	}
	if rows, err = r.rejoin(ctx, rows, cur, bound, n+1); err != nil {
		return err
	}
	if len(rows) > n {
		rows = rows[:n]
		last := rows[n-1]
		r.next = &cursor{mode: r.plan.mode, tail: last.late, driver: r.plan.driver, bound: bound, total: -1, rid: last.version.Number, keys: last.keys}
	}
	for i := range rows {
		result.Matches = append(result.Matches, rows[i].version)
	}
	return nil
}

// begin runs the statement of a page. To ask for each row whether another one of its resource stands before it costs as much as
// reading the page. Nothing stands before the first page, so there it is enough to pass over what came already; where that
// leaves too few, what follows the last row is read as any later page.
func (r *runner) begin(ctx context.Context, cur *cursor, limit int, tail bool) (list []row, bound int64, err error) {
	if r.plan.mode == byGroup {
		return r.walkGroups(ctx, cur, limit)
	}
	if r.plan.mode == bySet {
		if list, bound, ok, err := r.sortFew(ctx, cur, limit); ok || err != nil {
			return list, bound, err
		}
	}
	if !tail && r.plan.sources[0].blind {
		return r.walkTokens(ctx, cur, limit)
	}
	open := *r.plan
	open.repeats = cur == nil && slices.ContainsFunc(open.sources, func(s source) bool { return open.several(r.query, &s) })
	all, bound, err := r.fetch(ctx, &open, cur, limit, tail)
	if err != nil || !open.repeats {
		return all, bound, err
	}
	met := make(map[int64]struct{}, len(all))
	for _, one := range all {
		if _, again := met[one.version.Number]; !again {
			met[one.version.Number] = struct{}{}
			list = append(list, one)
		}
	}
	if len(all) < limit || len(list) == limit {
		return list, bound, nil
	}
	last := all[len(all)-1]
	more, _, err := r.fetch(ctx, r.plan, &cursor{bound: bound, rid: last.version.Number, keys: last.keys}, limit-len(list), false)
	return append(list, more...), bound, err
}

// fetch runs one page statement and returns its rows in order, with the bound of the snapshot if this is the first page.
func (r *runner) fetch(ctx context.Context, p *plan, cur *cursor, limit int, tail bool) (list []row, bound int64, err error) {
	if tail && p.mode != byKey {
		if none, err := r.findUnsorted(ctx); err != nil || none {
			return nil, 0, err
		}
	}
	e, err := r.pageSQL(p, r.query, cur, limit, tail)
	if err != nil {
		return nil, 0, err
	}
	list, bound, err = r.rows(ctx, e, len(keyNames(p, r.query)), cur, nil)
	desc, ridDesc := directions(p, r.query)
	slices.SortFunc(list, func(a, b row) int { return compareKeys(&a, &b, desc, ridDesc) })
	return list, bound, err
}

// rows runs a statement whose columns are those of a page and some keys, and returns its rows as they come. Each, if there is one, hears of
// every row while it comes.
func (r *runner) rows(ctx context.Context, e expr, keys int, cur *cursor, each func(*row) error) (list []row, bound int64, err error) {
	e, watched := r.watched(e, 2+keys, cur)
	var lag int64
	text, args := r.d.finish(e)
	err = query(ctx, r.q, text, args, func(rows *sql.Rows) error {
		one := row{keys: make([]any, keys)}
		var s scan
		if watched {
			s.lag = &lag
		}
		for i := range one.keys {
			s.keys = append(s.keys, &one.keys[i])
		}
		var err error
		var at int64
		if one.version, at, err = s.read(rows); err != nil || one.version == nil {
			return err
		}
		bound, one.number = at, one.version.Number
		r.now = max(r.now, at)
		one.texts()
		if each != nil {
			err = each(&one)
		}
		list = append(list, one)
		return err
	})
	if err == nil {
		err = behind(lag)
	}
	return list, bound, err
}

// texts makes strings of the keys that the driver hands out as bytes.
func (r *row) texts() {
	for i, k := range r.keys {
		if b, ok := k.([]byte); ok {
			r.keys[i] = string(b)
		}
	}
}

// total counts the matches when the search asks for it, or says how many there are when one page shows them all.
func (r *runner) total(ctx context.Context, result *chart.Result, cur *cursor, countOnly bool) error {
	switch want := r.query.Total; {
	case cur != nil:
		result.Total = cur.total
	case !countOnly && want == search.TotalNone:
	case !countOnly && r.next == nil:
		result.Total = int64(len(result.Matches))
	case countOnly || want != search.TotalDefault:
		if n, ok, err := r.kept(ctx); err != nil || ok {
			result.Total = n
			return err
		}
		e, err := r.countable(ctx)
		if err != nil {
			return err
		}
		result.Total, err = r.countRows(ctx, e)
		return err
	}
	return nil
}

// countable selects all matches. The index of a sort key does not have those without a value, so another driver counts.
func (r *runner) countable(ctx context.Context) (expr, error) {
	p, q := r.plan, r.query
	if p.driver == driveSort {
		unsorted := *q
		unsorted.Sort = nil
		q = &unsorted
		var err error
		if p, err = r.choose(ctx, r.q, q, nil); err != nil {
			return expr{}, err
		}
	}
	return r.matches(p, q, nil)
}

// seal writes the cursor of the next page, which carries the total so that it is counted once.
func (r *runner) seal(result *chart.Result) {
	if r.next != nil {
		r.next.total = result.Total
		result.Next = r.next.encode(r.query)
	}
}

// query runs a statement and hands out its rows. Errors of the database are Unavailable; those of each pass through.
func query(ctx context.Context, q Querier, text string, args []any, each func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "search.query", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			if ctx.Err() != nil { // the rows were taken away while they were read
				return fault.Wrap(fault.Unavailable, "search.query", err)
			}
			return fault.Wrap(fault.Internal, "search.scan", err)
		}
	}
	return fault.Wrap(fault.Unavailable, "search.query", rows.Err())
}
