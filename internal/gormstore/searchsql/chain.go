package searchsql

import (
	"slices"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// chainFilter is the condition that a reference of the resource with rid x names a resource that satisfies the clause of its
// type, among those that the caller may search. https://hl7.org/fhir/R4/search.html#chaining
func (c *compiler) chainFilter(cl *search.Clause, x string) (expr, error) {
	if l := c.leads[cl.Chain]; l.known {
		return c.leadFilter(cl, &l, x), nil
	}
	a := c.alias()
	var either, canonical []expr
	var denied string
	for i, typ := range cl.Chain.Types {
		v, err := c.views.get(typ)
		if err != nil {
			return expr{}, err
		}
		if v == nil {
			denied = typ
			continue
		}
		e, err := c.holds(&cl.Chain.Clause[i], typ, a+".target")
		if err != nil {
			return expr{}, err
		}
		either = append(either, sq("(?)", e))
		if e, err = c.holdsInside(cl.Chain, i, a+".target"); err != nil {
			return expr{}, err
		} else if !e.empty() {
			either = append(either, sq("(?)", and(expr{text: a + ".target < 0"}, e)))
		}
		if e, err = c.canonicalChain(cl, &cl.Chain.Clause[i], typ); err != nil {
			return expr{}, err
		} else if !e.empty() {
			canonical = append(canonical, sq(x+" IN (?)", e))
		}
	}
	if len(either) == 0 {
		return expr{}, forbidden(denied)
	}
	refers := c.exists(sq("idx_ref "+a+" WHERE "+a+".rid = "+x+" AND ? AND ?", c.d.in(a+".param", rows(cl)), or(either...)))
	return or(append([]expr{refers}, canonical...)...), nil
}

// holds is the condition that rid x is a live, visible resource of type typ that satisfies a clause.
func (c *compiler) holds(cl *search.Clause, typ, x string) (expr, error) {
	match, err := c.filter(cl, x)
	if err != nil {
		return expr{}, err
	}
	visible, err := c.visible(typ, x)
	if err != nil {
		return expr{}, err
	}
	if c.impliesType(cl) {
		return and(match, visible), nil
	}
	r := c.alias()
	live := c.exists(sq("resource "+r+" WHERE "+r+".rid = "+x+" AND "+r+".type = ? AND "+r+".body IS NOT NULL", typ))
	return and(live, match, visible), nil
}

// impliesType reports whether only live resources of the clause's own type can satisfy it: it asks for rows of parameters,
// which belong to one type.
func (c *compiler) impliesType(cl *search.Clause) bool {
	switch {
	case cl.Has != nil, cl.Group != nil, cl.Param == search.ID, cl.Param == search.LastUpdated:
		return false
	case cl.Missing != nil:
		return !*cl.Missing
	}
	return cl.Modifier != search.Not
}

// hasFilter is the condition that a resource of h.Type, which satisfies h.Clause, refers to the resource with rid x.
// https://hl7.org/fhir/R4/search.html#has
func (c *compiler) hasFilter(h *search.Has, x string) (expr, error) {
	if v, err := c.views.get(h.Type); err != nil || v == nil {
		return expr{}, orForbidden(err, h.Type)
	}
	a := c.alias()
	e, err := c.holds(&h.Clause, h.Type, a+".rid")
	if err != nil {
		return expr{}, err
	}
	via := &search.Clause{Param: h.Via}
	local := c.exists(sq("idx_ref "+a+" WHERE ? AND "+a+".target = "+x+" AND ?", c.d.in(a+".param", rows(via)), e))
	canonical, err := c.canonicalHas(h, h.Via.Targets)
	if err != nil || canonical.empty() {
		return local, err
	}
	return or(local, sq(x+" IN (?)", canonical)), nil
}

// chainSource begins at the far end: the resources that satisfy the clause of their type, and from them back along the
// references.
func (c *compiler) chainSource(cl *search.Clause) ([]source, error) {
	if l := c.leads[cl.Chain]; l.known {
		return c.leadSources(cl, &l), nil
	}
	var list []source
	var denied string
	for i, typ := range cl.Chain.Types {
		v, err := c.views.get(typ)
		if err != nil {
			return nil, err
		}
		if v == nil {
			denied = typ
			continue
		}
		far, err := c.set(&cl.Chain.Clause[i], typ)
		if err != nil {
			return nil, err
		}
		f := c.alias()
		from := sq("(SELECT "+f+".rid FROM (?) c"+c.d.over()+"idx_ref "+f+" ON "+f+".target = c.rid AND ?)", far, c.d.in(f+".param", rows(cl)))
		list = append(list, source{from: from})
		within, err := c.setInside(cl.Chain, i)
		if err != nil {
			return nil, err
		}
		if !within.empty() {
			f := c.alias()
			list = append(list, source{from: sq("(SELECT "+f+".rid FROM (?) c"+c.d.over()+"idx_ref "+f+" ON "+f+".target = c.rid AND ?)", within, c.d.in(f+".param", rows(cl)))})
		}
		named, err := c.canonicalChain(cl, &cl.Chain.Clause[i], typ)
		if err != nil {
			return nil, err
		}
		if !named.empty() {
			list = append(list, source{from: sq("(?)", named)})
		}
	}
	if len(list) == 0 {
		return nil, forbidden(denied)
	}
	return list, nil
}

// hasSource begins at the resources that satisfy h.Clause and goes to those that they refer to.
func (c *compiler) hasSource(h *search.Has, typ string) ([]source, error) {
	if v, err := c.views.get(h.Type); err != nil || v == nil {
		return nil, orForbidden(err, h.Type)
	}
	near, err := c.set(&h.Clause, h.Type)
	if err != nil {
		return nil, err
	}
	f, r := c.alias(), c.alias()
	from := sq("(SELECT "+f+".target AS rid FROM (?) c"+c.d.over()+"idx_ref "+f+" ON "+f+".rid = c.rid AND ?"+c.d.over()+
		"resource "+r+" ON "+r+".rid = "+f+".target AND "+r+".type = ? AND "+r+".body IS NOT NULL)",
		near, c.d.in(f+".param", rows(&search.Clause{Param: h.Via})), typ)
	list := []source{{from: from}}
	types := h.Via.Targets
	if typ != "" {
		types = slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t != typ })
	}
	named, err := c.canonicalHas(h, types)
	if err == nil && !named.empty() {
		list = append(list, source{from: sq("(?)", named)})
	}
	return list, err
}

// set selects the rids of all visible resources of type typ that satisfy one clause; some may come twice.
func (c *compiler) set(cl *search.Clause, typ string) (expr, error) {
	d := c.candidate(cl, typ)
	if d == nil {
		a := c.alias()
		match, err := c.filter(cl, a+".rid")
		if err != nil {
			return expr{}, err
		}
		visible, err := c.visible(typ, a+".rid")
		return sq("SELECT "+a+".rid FROM resource "+a+" WHERE ?", and(sq(a+".type = ? AND "+a+".body IS NOT NULL", typ), match, visible)), err
	}
	list, err := d.sources()
	if err != nil {
		return expr{}, err
	}
	var parts []expr
	for i := range list {
		a := c.alias()
		var rest expr
		if d.partial {
			if rest, err = c.filter(cl, a+".rid"); err != nil {
				return expr{}, err
			}
		}
		visible, err := c.visible(typ, a+".rid")
		if err != nil {
			return expr{}, err
		}
		where := and(c.sourceRows(&list[i], a, []string{typ}), rest, visible)
		parts = append(parts, sq("SELECT "+a+".rid FROM ? "+a+" WHERE ?", list[i].from, where))
	}
	return join(parts, " UNION ALL "), nil
}

func forbidden(typ string) error {
	return fault.New(fault.Forbidden, "search.chain", "searching through %s needs the right to search %s", typ, typ)
}

func orForbidden(err error, typ string) error {
	if err != nil {
		return err
	}
	return forbidden(typ)
}
