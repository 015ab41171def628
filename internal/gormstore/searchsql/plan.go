package searchsql

import (
	"chartwright/internal/fhir/search"
)

// mode is the order in which a query is answered, and how it comes about.
type mode byte

const (
	byRID   mode = 'r' // no order asked for: by rid, which every index of equal values gives
	byKey   mode = 'k' // no order asked for, and a range drives: in the order of its index
	byIndex mode = 'i' // one sort key: in the order of its index, what has no value last
	bySet   mode = 's' // sort keys computed for each match
)

// plan says how a query is answered. Later pages follow the plan of the first, which their cursor names.
type plan struct {
	mode    mode
	driver  int // clause that drives; or one of the numbers below
	sources []source
	full    *source // byKey and byIndex: all rows whose keys count, to find each resource's first
	filters []int   // clauses that are checked rid by rid
}

// Drivers that are no clause.
const (
	driveScan    = -1 // all resources of the types
	drivePatient = -2 // all of the patient's resources of the type
	driveSort    = -3 // the index of the sort key
)

// choose picks the driver with the lowest rank. forced, if not nil, is the cursor whose plan is to be followed.
func (c *compiler) choose(q *search.Query, forced *cursor) (*plan, error) {
	best := &driver{rank: rankScan, clause: driveScan}
	if len(q.Types) == 1 {
		if v, err := c.views.get(q.Types[0]); err != nil {
			return nil, err
		} else if v != nil && v.closed() {
			best = &driver{rank: rankPatient, clause: drivePatient}
		}
	}
	for i := range q.Clauses {
		typ := ""
		if len(q.Types) == 1 {
			typ = q.Types[0]
		}
		d, err := c.candidate(&q.Clauses[i], typ)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		d.clause = i
		switch {
		case forced != nil && forced.driver == i:
			best, best.rank = d, -1
		case d.rank < best.rank:
			best = d
		}
	}
	p := &plan{mode: byRID, driver: best.clause}
	if forced != nil {
		p.mode, p.driver = forced.mode, forced.driver
		if p.driver >= 0 && (best.clause != p.driver) || p.driver == drivePatient && best.clause != drivePatient && best.rank != rankPatient {
			return nil, errCursor()
		}
	} else if len(q.Sort) > 0 {
		p.mode = bySet
		if len(q.Sort) == 1 && best.rank >= rankPrefix && c.sortable(q.Sort[0].Param) {
			p.mode, p.driver = byIndex, driveSort
		}
	}
	if err := c.source(p, q, best); err != nil {
		return nil, err
	}
	for i := range q.Clauses {
		if i != p.driver {
			p.filters = append(p.filters, i)
		}
	}
	return p, nil
}

// source fills the sources of the plan's driver.
func (c *compiler) source(p *plan, q *search.Query, d *driver) error {
	var err error
	switch p.driver {
	case driveSort:
		s, ok := c.sortSource(q.Sort[0].Param)
		if !ok {
			return errCursor()
		}
		p.sources, p.full = s.each(), &s
		return nil
	case drivePatient:
		v, err := c.views.get(q.Types[0])
		if err != nil {
			return err
		}
		p.sources = []source{{from: table("resource"), ordered: true, unique: true, cond: func(a string) expr {
			return and(sq(a+".owner = ?", v.patient), expr{text: a + ".body IS NOT NULL"})
		}}}
	case driveScan:
		p.sources = []source{{from: table("resource"), ordered: true, unique: true, cond: func(a string) expr {
			return expr{text: a + ".body IS NOT NULL"}
		}}}
	default:
		if p.sources, err = d.sources(); err != nil {
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
	return nil
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
	if len(list) <= maxBranches {
		p.sources = list
	}
}

// single reports whether no resource comes twice from the plan's sources, or under two keys.
func (p *plan) single(q *search.Query) bool {
	if len(p.sources) != 1 || len(p.sources[0].params) > 1 {
		return false
	}
	if p.sources[0].unique {
		return true
	}
	// One HumanName or Address is several strings, so that only ordered values are known to be alone.
	param := sortParam(p, q)
	return param != nil && !param.Multiple && len(p.full.params) == 1 &&
		(param.Type == search.Date || param.Type == search.Number || param.Type == search.Quantity)
}

// sortParam is the parameter whose values order the answer, nil if it is the rid.
func sortParam(p *plan, q *search.Query) *search.Param {
	switch {
	case p.mode == byIndex:
		return q.Sort[0].Param
	case p.mode == byKey:
		return q.Clauses[p.driver].Param
	}
	return nil
}
