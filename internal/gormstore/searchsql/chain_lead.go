package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/fhir/search"
)

// A search through a chain first asks which resources the chain leads to, where an index tells at once. If these are few, what is
// left of the chain is a reference to them, which gives its rows in order and is checked in one look: the search costs what its page
// has, however many resources the conditions beside the chain find. If they are a good part of their type, the chain is checked
// while something else is read until the page is full, rather than all that it leads to be collected and sorted.
//
// What can only be found by reading all resources of a type remains part of the search's own statement.

const (
	// maxMet is up to how many resources of a chain are counted.
	maxMet = 512
	// maxTargets is how many of them are asked for by their numbers.
	maxTargets = 64
	// maxOrdered is how many of these are read one by one, each in order.
	maxOrdered = 4
)

// lead is what is known of where a chain leads.
type lead struct {
	targets []int64 // the numbers of all resources it leads to, where known is set
	known   bool
	// wide tells that they are so many that each page is full sooner by trying. The records of a patient lie together, so of n
	// targets among N the first is met after N/n records; to collect what refers to the targets is to read n.
	wide bool
}

// findLeads fills c.leads for the chains of q.
func (c *compiler) findLeads(ctx context.Context, db Querier, q *search.Query) error {
	var asked []*search.Clause
	var parts []expr
	for i := range q.Clauses {
		cl := &q.Clauses[i]
		if cl.Chain == nil || cl.Has != nil || len(asked) == maxBranches {
			continue
		}
		far, types, err := c.farEnd(cl)
		if err != nil {
			return err
		}
		if far.empty() {
			continue
		}
		parts = append(parts, sq("SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (?) f ?) p", len(asked), far, c.d.limit(maxTargets+1)),
			sq("SELECT ? + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (?) f ?) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND ? AND t.system = 0",
				len(asked), far, c.d.limit(maxMet), c.d.inTexts("t.code", types)))
		asked = append(asked, cl)
	}
	if len(parts) == 0 {
		return nil
	}
	met := make([]int64, len(asked))
	among := make([]int64, len(asked))
	found := make([][]int64, len(asked))
	text, args := c.d.finish(join(parts, " UNION ALL "))
	err := query(ctx, db, text, args, func(rows *sql.Rows) error {
		var i, rid, counted, n int64
		if err := rows.Scan(&i, &rid, &counted, &n); err != nil {
			return err
		}
		met[i], among[i] = max(met[i], counted), among[i]+n
		if rid != 0 {
			found[i] = append(found[i], rid)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.leads = map[*search.Clause]lead{}
	for i, list := range found {
		l := lead{known: len(list) <= maxTargets, wide: met[i] > maxOrdered && met[i]*met[i] > 4*among[i]}
		if l.known {
			slices.Sort(list)
			l.targets = slices.Compact(list)
		}
		c.leads[asked[i]] = l
	}
	return nil
}

// farEnd selects the visible resources, and the contained ones, that a chain asks for, and names their types; empty where an index
// does not lead to them, or where more than references leads from them.
func (c *compiler) farEnd(cl *search.Clause) (far expr, types []string, err error) {
	var list []expr
	for i, typ := range cl.Chain.Types {
		inner := &cl.Chain.Clause[i]
		v, err := c.views.get(typ)
		if err != nil {
			return expr{}, nil, err
		}
		if v == nil {
			continue
		}
		if len(c.definitions([]string{typ})) > 0 || !c.pointed(inner, typ, v) {
			return expr{}, nil, nil
		}
		outside, err := c.set(inner, typ)
		if err != nil {
			return expr{}, nil, err
		}
		within, err := c.setInside(inner, typ)
		if err != nil {
			return expr{}, nil, err
		}
		list, types = append(list, outside, within), append(types, typ)
	}
	return join(list, " UNION ALL "), types, nil
}

// pointed reports whether an index leads to what satisfies a clause, so that a few are found without reading what does not. A view
// that hides some of them lets only through what names one thing.
func (c *compiler) pointed(cl *search.Clause, typ string, v *view) bool {
	words := false
	eachClause([]search.Clause{*cl}, func(in *search.Clause) {
		words = words || in.Param != nil && in.Param.FullText() || partial(in) || in.Has != nil || in.Group != nil
	})
	d := c.candidate(cl, typ)
	if words || d == nil {
		return false
	}
	if cl.Chain != nil { // as its own end is found
		for i, far := range cl.Chain.Types {
			w, err := c.views.get(far)
			if err != nil || w == nil || !c.pointed(&cl.Chain.Clause[i], far, w) {
				return false
			}
		}
	}
	return d.rank <= rankIdentifier || d.rank < rankContains && v.patient == "" && !v.filter
}

// chainRank is the rank of a chain: that of a reference where it leads to few, behind everything where it leads to very many.
func (c *compiler) chainRank(cl *search.Clause) int {
	switch l, ok := c.leads[cl]; {
	case !ok:
		return rankChain
	case l.wide:
		return rankWideChain
	case l.known && len(l.targets) <= maxOrdered:
		return rankReference
	}
	return rankChain
}

// leadSources are the sources of a chain whose targets are known.
func (c *compiler) leadSources(cl *search.Clause, targets []int64) []source {
	base := source{from: table("idx_ref"), params: rows(cl), direct: true}
	if len(targets) == 0 || len(targets) > maxOrdered {
		base.cond = func(a string) expr { return c.d.in(a+".target", targets) }
		return []source{base}
	}
	var list []source
	for _, t := range targets {
		one := base
		one.ordered = true
		one.cond = func(a string) expr { return sq(a+".target = ?", t) }
		list = append(list, one)
	}
	return list
}

// leadFilter is the condition that the resource with rid x refers to one of the targets of a chain.
func (c *compiler) leadFilter(cl *search.Clause, targets []int64, x string) expr {
	a := c.alias()
	return c.exists(sq("idx_ref "+a+" WHERE "+a+".rid = "+x+" AND ? AND ?", c.d.in(a+".param", rows(cl)), c.d.among(a+".target", targets)))
}
