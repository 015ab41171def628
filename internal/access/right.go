package access

import table "chartwright/gen/scope"

// right checks the access control list for members of staff, and for everybody what nobody may do.
func (c *call) right(need table.Need) (Decision, bool) {
	if !c.holds(ruleNever, need.Right != table.Never || c.p.Operator) {
		return deny("", "only the server writes these records"), false
	}
	if c.s.Actor == User && need.Right != table.Never && !c.holds(ruleRight, c.p.grants().satisfy(c.s.Groups, need)) {
		return deny("", "the role lacks the right "+rightName(need.Right)), false
	}
	return Decision{}, true
}
