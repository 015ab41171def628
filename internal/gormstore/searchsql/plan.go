package searchsql

import (
	"cmp"
	"context"
	"slices"

	"chartwright/internal/fhir/search"
)

// mode is the order in which a query is answered, and how it comes about.
type mode byte

const (
	byRID   mode = 'r' // no order asked for: by rid, which every index of equal values gives
	byKey   mode = 'k' // no order asked for, and a range drives: in the order of its index
	byIndex mode = 'i' // one sort key: in the order of its index, what has no value last; several: see byGroup
	bySet   mode = 's' // sort keys computed for each match
)

// plan says how a query is answered. Later pages follow the plan of the first, which their cursor names.
type plan struct {
	mode    mode
	driver  int // clause that drives; or one of the numbers below
	sources []source
	late    []source // byKey: sources that are read when the others are exhausted
	full    *source  // byKey, byIndex and byGroup: all rows whose keys count, to find each resource's first
	filters []int    // clauses that are checked rid by rid
	repeats bool     // a resource comes as often as it has rows: whoever reads the page passes over what it has seen
}

// Drivers that are no clause.
const (
	driveScan    = -1 // all resources of the types
	drivePatient = -2 // all of the patient's resources of the type
	driveSort    = -3 // the index of the sort key
)

// choose makes the plan of a query. A later page follows the plan that its cursor names; for the first one the driver of the
// lowest rank is taken, or, where ranks are not enough, the one with the fewest rows.
func (c *compiler) choose(ctx context.Context, db Querier, q *search.Query, cur *cursor) (*plan, error) {
	typ := ""
	if len(q.Types) == 1 {
		typ = q.Types[0]
	}
	list, err := c.drivers(q, typ)
	if err != nil {
		return nil, err
	}
	p := &plan{mode: byRID}
	var best *driver
	switch {
	case cur != nil:
		p.mode = cur.mode
		best = &driver{clause: driveSort}
		for i := range list {
			if list[i].clause == cur.driver {
				best = &list[i]
			}
		}
		if best.clause != cur.driver {
			return nil, errCursor()
		}
	case len(q.Sort) == 0:
		if best, _, err = c.best(ctx, db, q.Types, list, probeUnsorted); err != nil {
			return nil, err
		}
	default:
		var many bool
		if best, many, err = c.best(ctx, db, q.Types, list, probeSorted); err != nil {
			return nil, err
		}
		p.mode = bySet
		if many && len(q.Sort) == 1 && c.sortable(q.Sort[0].Param) {
			p.mode, best = byIndex, &driver{clause: driveSort}
		} else if many && c.groupable(q.Sort) {
			p.mode, best = byGroup, &driver{clause: driveSort}
		}
	}
	p.driver = best.clause
	if err := c.source(p, q, best); err != nil {
		return nil, err
	}
	if cur != nil && (cur.tail && !p.hasTail(q) || !p.continues(cur)) {
		return nil, errCursor()
	}
	for i := range q.Clauses {
		if (i != p.driver || best.partial) && !slices.Contains(best.peers, i) {
			p.filters = append(p.filters, i)
		}
	}
	c.explain.chosen(p, list, cur != nil)
	return p, nil
}

// drivers are all ways to enumerate what the query asks for, by rank.
func (c *compiler) drivers(q *search.Query, typ string) ([]driver, error) {
	list := []driver{{rank: rankScan, clause: driveScan}}
	if typ != "" {
		if v, err := c.views.get(typ); err != nil {
			return nil, err
		} else if v != nil && v.closed() {
			list = append(list, driver{rank: rankPatient, clause: drivePatient})
		}
	}
	for i := range q.Clauses {
		d := c.candidate(&q.Clauses[i], typ)
		if d == nil {
			continue
		}
		d.clause = i
		if err := c.join(d, q); err != nil {
			return nil, err
		}
		list = append(list, *d)
	}
	slices.SortStableFunc(list, func(a, b driver) int { return cmp.Compare(a.rank, b.rank) })
	return list, nil
}

// join adds to a driver the other clauses about the one value that its parameter has: date=ge2020&date=lt2021 is one range.
func (c *compiler) join(d *driver, q *search.Query) error {
	var conds []func(string) expr
	for i := range q.Clauses {
		if i == d.clause || !sameValue(&q.Clauses[d.clause], &q.Clauses[i]) {
			continue
		}
		list, err := c.sources(&q.Clauses[i], false)
		if err != nil {
			return err
		}
		conds = append(conds, list[0].cond)
		d.peers = append(d.peers, i)
	}
	if len(conds) == 0 {
		return nil
	}
	inner := d.sources
	d.sources = func() ([]source, error) {
		list, err := inner()
		for i := range list {
			own := list[i].cond
			list[i].cond = func(a string) expr {
				e := own(a)
				for _, cond := range conds {
					e = and(e, sq("(?)", cond(a)))
				}
				return e
			}
		}
		return list, err
	}
	return nil
}

// sameValue reports whether two clauses ask about the one value that a parameter has.
func sameValue(one, other *search.Clause) bool {
	p := one.Param
	return p != nil && other.Param == p && one.Missing == nil && one.Chain == nil && one.Has == nil && other.Missing == nil && other.Chain == nil && other.Has == nil &&
		len(p.Rows) == 1 && !p.Multiple && (p.Type == search.Date || p.Type == search.Number)
}

// source fills the sources of the plan's driver.
func (c *compiler) source(p *plan, q *search.Query, d *driver) error {
	var err error
	switch p.driver {
	case driveSort:
		s, ok := c.sortSource(q.Sort[0].Param)
		if p.mode == byGroup && ok {
			ok = c.groupable(q.Sort)
		}
		if !ok {
			return errCursor()
		}
		p.sources, p.full = s.each(), &s
		if len(p.sources) == 1 {
			p.sources = s.eachType(q.Types)
		}
		return nil
	case driveScan, drivePatient: // the view adds the owner
		p.sources = []source{{from: table("resource"), ordered: true, unique: true, cond: live}}
	default:
		c.spread = q.Clauses[p.driver].Group == nil
		p.sources, err = d.sources()
		if c.spread = false; err != nil {
			return err
		}
	}
	key := p.sources[0].key
	for i := range p.sources {
		if p.sources[i].key != key {
			key = ""
		}
	}
	if key != "" && p.mode == byRID {
		p.mode = byKey
	}
	if p.mode == byKey {
		if key == "" {
			return errCursor()
		}
		full, err := c.sources(&q.Clauses[p.driver], false)
		if err != nil {
			return err
		}
		p.full = &full[0]
	}
	if p.mode == byRID || p.mode == byKey {
		p.split()
	}
	if p.mode == byKey && len(p.sources) == 1 {
		p.sources = p.sources[0].eachType(q.Types)
	}
	if p.mode == byKey {
		if at := slices.IndexFunc(p.sources, func(s source) bool { return s.late }); at > 0 {
			p.sources, p.late = p.sources[:at], p.sources[at:]
		}
	}
	return nil
}

// hasTail reports whether the order has a tail: resources without a value to sort by, or late sources.
func (p *plan) hasTail(q *search.Query) bool {
	if p.mode == byGroup { // which has all
		return false
	}
	if p.mode == byIndex {
		return q.Sort[0].Param != search.ID && q.Sort[0].Param != search.LastUpdated
	}
	return len(p.late) > 0
}

// split gives each row number of a shared parameter a source of its own, so that its index is read in order.
func (p *plan) split() {
	var list []source
	for _, s := range p.sources {
		if s.ordered || p.mode == byKey {
			list = append(list, s.each()...)
		} else {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b source) int { // late ones last
		switch {
		case a.late == b.late:
			return 0
		case a.late:
			return 1
		}
		return -1
	})
	if len(list) <= maxBranches {
		p.sources = list
	}
}

// single reports whether no resource comes twice from the plan's sources.
func (p *plan) single(q *search.Query) bool {
	return len(p.sources)+len(p.late) == 1 && len(p.sources[0].params) < 2 && (p.sources[0].unique || p.alone(q))
}

// alone reports whether a resource has at most one row of the parameter that orders the answer. One HumanName or Address is
// several strings, so this is known of ordered values only.
func (p *plan) alone(q *search.Query) bool {
	param := sortParam(p, q)
	return param != nil && !param.Multiple && p.full != nil && len(p.full.params) == 1 &&
		slices.Contains([]search.ParamType{search.Date, search.Number, search.Quantity, search.Reference}, param.Type)
}

// several reports whether a resource can have several rows of s, of which the order of values wants the first.
func (p *plan) several(q *search.Query, s *source) bool {
	return sortParam(p, q) != nil && !s.unique && !p.alone(q)
}

// keys are the columns by which the plan's rows are in order before their rid: the key of its sources, and what follows it.
func (p *plan) keys() []string { return append([]string{p.sources[0].key}, p.sources[0].then...) }

// continues reports whether a cursor's keys are values of the plan's columns.
func (p *plan) continues(cur *cursor) bool {
	if p.mode != byKey && p.mode != byIndex || cur.tail && len(cur.keys) == 0 {
		return true
	}
	columns := p.keys()
	if len(cur.keys) != len(columns) {
		return false
	}
	if _, number := cur.keys[0].(int64); number && columns[0] == "norm" || !number && columns[0] == "text" {
		return false
	}
	for i, column := range columns[1:] {
		ok := cur.tail && p.mode == byIndex && cur.keys[i+1] == nil
		switch cur.keys[i+1].(type) {
		case int64:
			ok = column == "hi" || column == "system"
		case float64:
			ok = column == "canon_hi"
		case string:
			ok = column == "code" || column == "b_text"
		}
		if !ok {
			return false
		}
	}
	return true
}

// sortParam is the parameter whose values order the answer, nil if it is the rid.
func sortParam(p *plan, q *search.Query) *search.Param {
	switch {
	case p.mode == byIndex, p.mode == byGroup:
		return q.Sort[0].Param
	case p.mode == byKey:
		return q.Clauses[p.driver].Param
	}
	return nil
}
