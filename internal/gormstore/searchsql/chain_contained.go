package searchsql

import "chartwright/internal/fhir/search"

// A chain leads into what the resource itself contains: idx_ref has a row for a #fragment, whose target is the negative number of
// the contained resource. That is seen with its container, which the search has to find; of its own type only the right to search it
// is asked, as of every type on the way.
//
// https://hl7.org/fhir/R4/search.html#contained

// holdsInside is the condition that x is a contained resource of the i-th type of a chain that satisfies its clause; empty if none
// can.
func (c *compiler) holdsInside(chain *search.Chain, i int, x string) (expr, error) {
	inner, typ, ok := c.insideOf(chain, i)
	if !ok {
		return expr{}, nil
	}
	match, err := c.filter(inner, x)
	if err != nil || c.impliesType(inner) {
		return match, err
	}
	a := c.alias()
	return and(c.exists(sq("idx_token "+a+" WHERE ? AND "+a+".rid = "+x, c.d.in(a+".param", allContained([]string{typ})[0].params))), match), nil
}

// insideOf is the clause of the i-th type of a chain, as it is asked of contained resources; false if none can satisfy it.
func (c *compiler) insideOf(chain *search.Chain, i int) (cl *search.Clause, typ string, ok bool) {
	typ = chain.Types[i]
	if c.inside != nil && !c.inside[chain] {
		return nil, typ, false
	}
	cl, ok = chain.Clause[i].Inside(typ)
	return cl, typ, ok
}

// setInside selects the numbers of all contained resources of the i-th type of a chain that satisfy its clause; empty if none can.
func (c *compiler) setInside(chain *search.Chain, i int) (expr, error) {
	inner, typ, ok := c.insideOf(chain, i)
	if !ok {
		return expr{}, nil
	}
	list, partial := allContained([]string{typ}), true
	if d := c.candidate(inner, typ); d != nil {
		var err error
		if list, err = d.sources(); err != nil {
			return expr{}, err
		}
		partial = d.partial
	}
	var parts []expr
	for n := range list {
		a := c.alias()
		var rest expr
		if partial {
			var err error
			if rest, err = c.filter(inner, a+".rid"); err != nil {
				return expr{}, err
			}
		}
		where := and(list[n].where(c.d, a), expr{text: a + ".rid < 0"}, rest)
		parts = append(parts, sq("SELECT "+a+".rid FROM ? "+a+" WHERE ?", list[n].from, where))
	}
	return join(parts, " UNION ALL "), nil
}
