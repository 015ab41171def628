package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// A search through a chain first asks which resources the chain leads to, where an index tells at once. If these are few, what is
// left of the chain is a reference to them, which gives its rows in order and is checked in one look: the search costs what its page
// has, however many resources the conditions beside the chain find. If they are a good part of their type, the chain is checked
// while something else is read until the page is full, rather than all that it leads to be collected and sorted.
//
// A chain of several references is followed from its far end, a statement for each reference. In one statement every reference would
// have to be said twice, once more for what is contained, and PostgreSQL would plan a chain of six for seconds.
//
// What can only be found by reading all resources of a type remains part of the search's own statement. How many a chain to :not leads
// to is told by how many have the code.

const (
	// maxMet is up to how many resources of a chain are counted, and with how many the next reference of a longer one is followed.
	maxMet = 512
	// maxTargets is how many resources a search asks for by their numbers.
	maxTargets = 64
	// maxOrdered is how many of these are read one by one, each in order.
	maxOrdered = 4
)

// lead is what is known of where a chain leads.
type lead struct {
	targets []int64 // the numbers of all resources it leads to, where known is set
	known   bool
	// named are the resources that the chain names by their logical ids, which needs no asking, and inside those that are contained;
	// then known is set.
	named  []chart.Key
	inside expr
	// wide tells that they are so many that each page is full sooner by trying. The records of a patient lie together, so of n
	// targets among N the first is met after N/n records; to collect what refers to the targets is to read n.
	wide bool
}

// findLeads fills c.leads for the chains of q.
func (c *compiler) findLeads(ctx context.Context, db Querier, q *search.Query) error {
	var levels [][]*search.Clause // by how many references lead to the far end
	for i := range q.Clauses {
		chainLevels(&q.Clauses[i], &levels)
	}
	if len(levels) > 0 {
		c.leads = map[*search.Chain]lead{}
	}
	for _, level := range levels {
		if err := c.askLeads(ctx, db, q, level); err != nil {
			return err
		}
	}
	return c.findInside(ctx, db, q, levels)
}

// findInside fills c.inside if the search has to follow several references of a chain in its own statement: each that may lead to
// contained resources doubles what follows it there.
func (c *compiler) findInside(ctx context.Context, db Querier, q *search.Query, levels [][]*search.Clause) error {
	long := slices.ContainsFunc(q.Clauses, func(cl search.Clause) bool {
		return cl.Chain != nil && !c.leads[cl.Chain].known && slices.ContainsFunc(cl.Chain.Clause, func(in search.Clause) bool { return in.Chain != nil && !c.leads[in.Chain].known })
	})
	if !long {
		return nil
	}
	chains := slices.Concat(levels...)
	parts := make([]expr, len(chains))
	for i, cl := range chains {
		a, params := c.alias(), rows(cl)
		for _, n := range rows(cl) {
			params = append(params, int64(index.ContainedParam(int32(n)))) // it is one
		}
		parts[i] = sq("SELECT ? + 0 AS i WHERE ?", i, c.exists(sq("idx_ref "+a+" WHERE ? AND "+a+".target < 0", c.d.in(a+".param", params))))
	}
	c.inside = map[*search.Chain]bool{}
	for some := range slices.Chunk(parts, maxCounted) {
		text, args := c.d.finish(join(some, " UNION ALL "))
		err := query(ctx, db, text, args, func(rows *sql.Rows) error {
			var i int
			err := rows.Scan(&i)
			if err == nil {
				c.inside[chains[i].Chain] = true
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chainLevels adds the chains of a clause to levels, and returns how many references it follows.
func chainLevels(cl *search.Clause, levels *[][]*search.Clause) int {
	if cl.Chain == nil || cl.Has != nil {
		return 0
	}
	n := 0
	for i := range cl.Chain.Clause {
		n = max(n, chainLevels(&cl.Chain.Clause[i], levels))
	}
	for len(*levels) <= n {
		*levels = append(*levels, nil)
	}
	(*levels)[n] = append((*levels)[n], cl)
	return n + 1
}

// askLeads asks where chains lead, given where those behind their first references do.
func (c *compiler) askLeads(ctx context.Context, db Querier, q *search.Query, level []*search.Clause) error {
	var asked []*search.Clause
	var parts []expr
	var unread []bool // the targets of the chain are not read, or only where they are few
	limits := map[*search.Chain]int{}
	for _, cl := range level {
		if l, ok, err := c.namedLead(cl.Chain); err != nil {
			return err
		} else if ok {
			c.leads[cl.Chain] = l
			continue
		}
		if l, ok := c.openLead(cl.Chain); ok {
			c.leads[cl.Chain] = l
			continue
		}
		if len(asked) == maxBranches {
			continue
		}
		far, types, err := c.farEnd(cl)
		if err != nil {
			return err
		}
		if far.empty() {
			if rest, err := c.restEnd(cl.Chain); err != nil {
				return err
			} else if !rest.empty() {
				limits[cl.Chain], unread = -1, append(unread, true)
				parts = append(parts, sq("SELECT ? + 0 AS i, 0 AS rid, n.met, n.among FROM (?) n", len(asked), rest))
				asked = append(asked, cl)
			}
			continue
		}
		limits[cl.Chain] = maxMet
		for i := range q.Clauses {
			if cl == &q.Clauses[i] {
				limits[cl.Chain] = maxTargets
			}
		}
		kept, err := c.keptEnd(cl.Chain)
		if err != nil {
			return err
		}
		counted, end := sq("(SELECT count(*) FROM (SELECT f.rid FROM (?) f ?) g)", far, c.d.limit(maxMet)), c.d.limit(limits[cl.Chain]+1)
		if !kept.empty() {
			counted, end = kept, c.d.limitIf(sq("? <= ?", kept, limits[cl.Chain]), limits[cl.Chain]+1)
		}
		unread = append(unread, !kept.empty())
		parts = append(parts, sq("SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (?) f ?) p", len(asked), far, end),
			sq("SELECT ? + 0 AS i, 0 AS rid, ? AS met, (SELECT CAST(coalesce(sum(t.n), 0) AS bigint) FROM idx_count t WHERE t.param = 0 AND ? AND t.system = 0) AS among",
				len(asked), counted, c.d.inTexts("t.code", types)))
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
		met[i], among[i] = max(met[i], counted), max(among[i], n)
		if rid != 0 {
			found[i] = append(found[i], rid)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, list := range found {
		chain := asked[i].Chain
		l := lead{known: len(list) <= limits[chain], wide: met[i] > maxOrdered && met[i]*met[i] > 4*among[i]}
		if unread[i] && met[i] > int64(limits[chain]) { // they were not asked for
			l.known = false
		}
		if l.known {
			slices.Sort(list)
			l.targets = slices.Compact(list)
		}
		c.leads[chain] = l
	}
	return nil
}

// keptEnd selects how many rows there are of what a chain asks for, codes of contained resources included; empty where idx_count does
// not tell.
func (c *compiler) keptEnd(chain *search.Chain) (expr, error) {
	var list []expr
	add := func(cl *search.Clause, typ string) bool {
		d := c.candidate(cl, typ)
		told := d != nil && d.kept != nil
		if told {
			list = append(list, d.kept())
		}
		return told
	}
	for i, typ := range chain.Types {
		v, err := c.views.get(typ)
		if err != nil {
			return expr{}, err
		}
		if v == nil {
			continue
		}
		if v.patient != "" || v.filter || !add(&chain.Clause[i], typ) {
			return expr{}, nil
		}
		if inner, typ, ok := c.insideOf(chain, i); ok {
			add(inner, typ) // whatever is not told of is found where they are read
		}
	}
	return join(list, " + "), nil
}

// restEnd selects how many resources a chain asks for that have none of some codes, as met, and how many there are of the type, as
// among: as many as these at least have none. It is empty where idx_count does not tell.
func (c *compiler) restEnd(chain *search.Chain) (expr, error) {
	if len(chain.Types) != 1 {
		return expr{}, nil
	}
	cl := &chain.Clause[0]
	if cl.Param == nil || cl.Chain != nil || cl.Has != nil || cl.Group != nil || cl.Missing != nil || cl.Modifier != search.Not || cl.Param == search.ID ||
		cl.Param.Type != search.Token || len(cl.Values) > maxBranches || slices.ContainsFunc(cl.Values, func(v search.Value) bool { return v.NoCode }) {
		return expr{}, nil
	}
	if all, err := c.unlimited(chain.Types); err != nil || !all {
		return expr{}, err
	}
	return sq("SELECT CASE WHEN t.n > ? THEN t.n - ? ELSE 0 END AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0",
		c.keptCodes(cl), c.keptCodes(cl), chain.Types[0]), nil
}

// namedLead is where a chain leads that ends in a few logical ids and that no view hides; false for any other.
func (c *compiler) namedLead(chain *search.Chain) (l lead, ok bool, err error) {
	var within []expr
	for i, typ := range chain.Types {
		inner := &chain.Clause[i]
		if inner.Param != search.ID || inner.Missing != nil || inner.Modifier != search.NoModifier || inner.Chain != nil || inner.Has != nil || inner.Group != nil ||
			len(c.definitions([]string{typ})) > 0 {
			return lead{}, false, nil
		}
		if v, err := c.views.get(typ); err != nil || v == nil || v.patient != "" || v.filter {
			return lead{}, false, err
		}
		for _, v := range inner.Values {
			l.named = append(l.named, chart.Key{Type: typ, ID: v.Code})
		}
		inside, err := c.setInside(chain, i)
		if err != nil {
			return lead{}, false, err
		}
		within = append(within, inside)
	}
	l.known, l.inside = true, join(within, " UNION ALL ")
	return l, len(l.named) > 0 && len(l.named) <= maxOrdered, nil
}

// openLead is the lead of a chain that goes on through one that leads to more than is known, or to nothing; false for any other.
func (c *compiler) openLead(chain *search.Chain) (l lead, ok bool) {
	nothing := true
	for i := range chain.Clause {
		far, asked := c.leads[chain.Clause[i].Chain]
		if asked && !far.known {
			return lead{wide: far.wide}, true
		}
		nothing = nothing && asked && len(far.targets)+len(far.named) == 0
	}
	return lead{known: nothing}, nothing
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
		within, err := c.setInside(cl.Chain, i)
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
	if cl.Chain != nil {
		l := c.leads[cl.Chain]
		return l.known && (c.chainRank(cl) <= rankIdentifier || v.patient == "" && !v.filter)
	}
	return d.rank <= rankIdentifier || (d.rank < rankContains || d.rank == rankMost) && v.patient == "" && !v.filter
}

// chainRank is the rank of a chain: that of a reference where it leads to few, behind everything where it leads to very many.
func (c *compiler) chainRank(cl *search.Clause) int {
	switch l, ok := c.leads[cl.Chain]; {
	case !ok:
		return rankChain
	case l.wide:
		return rankWideChain
	case l.known && len(l.targets)+len(l.named) <= maxOrdered:
		return rankReference
	}
	return rankChain
}

// leadSources are the sources of a chain whose targets are known.
func (c *compiler) leadSources(cl *search.Clause, l *lead) []source {
	base := source{from: table("idx_ref"), params: rows(cl), direct: true}
	var list []source
	add := func(cond func(a string) expr) {
		one := base
		one.ordered, one.cond = true, cond
		list = append(list, one)
	}
	for _, key := range l.named {
		add(func(a string) expr { return sq(a+".target = (?)", ridOf(key)) })
	}
	switch {
	case len(l.named) > 0:
		base.cond = func(a string) expr { return sq(a+".target IN (?)", l.inside) }
		if !l.inside.empty() {
			list = append(list, base)
		}
	case len(l.targets) == 0 || len(l.targets) > maxOrdered:
		base.cond = func(a string) expr { return c.d.in(a+".target", l.targets) }
		list = append(list, base)
	}
	if len(l.targets) <= maxOrdered {
		for _, t := range l.targets {
			add(func(a string) expr { return sq(a+".target = ?", t) })
		}
	}
	return list
}

// ridOf selects the number of a live resource.
func ridOf(key chart.Key) expr {
	return sq("SELECT rid FROM resource WHERE type = ? AND id = ? AND body IS NOT NULL", key.Type, key.ID)
}

// leadFilter is the condition that the resource with rid x refers to one of the targets of a chain.
func (c *compiler) leadFilter(cl *search.Clause, l *lead, x string) expr {
	a := c.alias()
	to := c.d.among(a+".target", l.targets)
	if len(l.named) > 0 {
		parts := make([]expr, 0, len(l.named)+1)
		for _, key := range l.named {
			parts = append(parts, ridOf(key))
		}
		to = sq(a+".target IN (?)", join(append(parts, l.inside), " UNION ALL "))
	}
	return c.exists(sq("idx_ref "+a+" WHERE "+a+".rid = "+x+" AND ? AND ?", c.d.in(a+".param", rows(cl)), to))
}
