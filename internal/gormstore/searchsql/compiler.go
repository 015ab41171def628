package searchsql

import (
	"strconv"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// compiler turns the clauses of one query into SQL.
type compiler struct {
	d     Dialect
	env   *Env
	views *views
	n     int // aliases given out
	// frequency tells how many documents have a word, of those that a search reads one of.
	frequency map[word]int64
	// texts are the values whose texts may have a part, as of the sequence number at; see findTexts.
	texts map[part][]string
	at    int64
	// leads tell where the chains of the query lead to; see findLeads.
	leads map[*search.Chain]lead
	// inside tells which chains lead to contained resources; nil = all may. See findInside.
	inside map[*search.Chain]bool
	// wideHas tells which reverse chains lead to so many that a page is full sooner by trying; see findWideHas.
	wideHas map[*search.Has]bool
	// presence is what is known of the parameters of which the query asks what lacks them, or a code of theirs; see findPresence.
	presence map[*search.Param]*presence
	// later tells that the page is not the first, and goes on as that began.
	later bool
	// walk tells which strings are found by their texts.
	walk  textWalk
	fence bool
	// spread tells that the driver of a page is compiled, of which as many values are read side by side as a parameter takes.
	spread bool
	// explain keeps what is chosen, for a search that says how it is answered; else nil.
	explain *explainer
}

// alias returns a new table alias. Numbers go up in the order of compilation, so a query shape always has the same text.
func (c *compiler) alias() string {
	c.n++
	return "t" + strconv.Itoa(c.n)
}

// source is a set of index rows that satisfy a clause: rows of one table, with one of params, for which cond holds. A clause
// is satisfied by a resource that has a row in any of its sources.
type source struct {
	from   expr // table, or a subquery with a column rid
	params []int64
	types  []string            // of resource: those of the query that the source has; nil = all of them
	cond   func(a string) expr // on alias a; nil = none
	// direct tells that an index leads from a rid to the rows.
	direct bool
	// ordered tells that the index by which one of params is read gives the rids in order; unique, that it gives none twice.
	ordered, unique bool
	// key is the column in whose order the index gives the rows of one param, empty if there is none. Then are the columns that
	// follow it there before rid: an order without them would make the database read and sort all rows of one value, however
	// many these are. Ties are the columns that tell what is equal in those apart; desc tells that the index is better read backwards.
	// Loose tells that the rows are few and not in that order, so that sorting them is better than another index.
	key   string
	then  []string
	ties  []string
	desc  bool
	loose bool
	// blind tells that no index leads from a rid to the rows: which of several rows of a resource stands first is told by its body.
	blind bool
	// postings are read in order where the index does not give rows in that of the key; nil = the index does.
	postings *postings
	// first is the condition that no other row of the same resource stands before alias a's, where the source knows better than
	// [compiler.first].
	first func(a string) expr
	// late tells that the source has few rows, none of them in another source of the clause, so that a search without an
	// order reads it last.
	late bool
}

// where is the condition on alias a for all params.
func (s *source) where(d Dialect, a string) expr {
	var param, cond expr
	if s.params != nil {
		param = d.in(a+".param", s.params)
	}
	if s.cond != nil {
		cond = s.cond(a)
	}
	return and(param, cond)
}

// found is where, for rows that their rid leads to.
func (s *source) found(d Dialect, a string) expr {
	var cond expr
	if s.cond != nil {
		cond = s.cond(a)
	}
	if s.params == nil {
		return cond
	}
	return and(d.among(a+".param", s.params), cond)
}

// each splits s into sources of one param, which an index reads in order.
func (s source) each() []source {
	if len(s.params) < 2 {
		return []source{s}
	}
	var list []source
	for _, p := range s.params {
		one := s
		one.params = []int64{p}
		list = append(list, one)
	}
	return list
}

// eachType splits a source of resource into sources of one type, which an index reads in order.
func (s source) eachType(types []string) []source {
	if s.from.text != "resource" || s.key == "" || len(types) < 2 || len(types) > maxBranches {
		return []source{s}
	}
	list := make([]source, len(types))
	for i := range types {
		list[i] = s
		list[i].types = types[i : i+1]
	}
	return list
}

func table(name string) expr { return expr{text: name} }

// rows are the numbers under which the values of the clause's parameters lie.
func rows(cl *search.Clause) []int64 {
	var list []int64
	for _, r := range cl.Param.Rows {
		list = append(list, int64(r))
	}
	for _, p := range cl.Also {
		for _, r := range p.Rows {
			list = append(list, int64(r))
		}
	}
	return list
}

// filter is the condition that the live resource with rid x satisfies a clause.
func (c *compiler) filter(cl *search.Clause, x string) (expr, error) {
	switch {
	case cl.Has != nil:
		return c.hasFilter(cl.Has, x)
	case cl.Chain != nil:
		return c.chainFilter(cl, x)
	case cl.Group != nil:
		return c.groupFilter(cl.Group, x)
	case cl.Missing != nil:
		return c.missing(cl, x), nil
	case cl.Param.FullText():
		return c.wordFilter(cl, x), nil
	case cl.Param == search.ContainerUpdated:
		o := c.alias()
		return c.exists(sq("resource "+o+" WHERE "+o+".rid = "+container(x)+" AND ?", c.lastUpdatedSources(cl)[0].cond(o))), nil
	}
	list, err := c.sources(cl, false)
	if err != nil {
		return expr{}, err
	}
	var either []expr
	for i := range list {
		a := c.alias()
		cond := list[i].where
		if list[i].direct {
			cond = list[i].found
		}
		either = append(either, c.member(x, list[i].from.text, a, cond(c.d, a), list[i].direct))
	}
	e := or(either...)
	if cl.Modifier == search.Not {
		return sq("NOT (?)", e), nil
	}
	return e, nil
}

// sources are the sets of rows that satisfy a clause without chain, _has and :missing; with :not, those that contradict it.
// Driving asks for sources that an index reads in order, where there are such; otherwise for as few as possible.
func (c *compiler) sources(cl *search.Clause, driving bool) ([]source, error) {
	switch {
	case cl.Param == search.ID:
		return c.idSources(cl), nil
	case cl.Param == search.LastUpdated:
		return c.lastUpdatedSources(cl), nil
	case cl.Param.FullText():
		return c.wordSources(cl), nil
	}
	switch cl.Param.Type {
	case search.Token:
		return c.tokenSources(cl, driving), nil
	case search.String:
		return c.stringSources(cl, driving), nil
	case search.Reference:
		return c.referenceSources(cl, driving)
	case search.Date:
		return c.dateSources(cl, driving), nil
	case search.Number:
		return c.numberSources(cl, driving), nil
	case search.Quantity:
		return c.quantitySources(cl, driving), nil
	case search.URI:
		return c.uriSources(cl, driving), nil
	case search.Composite:
		return c.compositeSources(cl, driving)
	case search.Special:
		return c.nearSources(cl), nil
	}
	return nil, fault.New(fault.Invalid, "search.compile", "%s is not supported", cl.Param.Code)
}

// anyOf makes one source out of conditions on the rows of one table.
func anyOf(s source, conds []func(a string) expr) source {
	s.cond = func(a string) expr {
		var list []expr
		for _, cond := range conds {
			list = append(list, sq("(?)", cond(a)))
		}
		if len(list) == 1 {
			return conds[0](a)
		}
		return or(list...)
	}
	return s
}
