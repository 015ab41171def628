package searchsql

import "chartwright/internal/fhir/search"

// hierarchy selects the rids of a resource and of all that are above it or below it in the hierarchy of its type, as far as the
// caller sees them: each step goes by a reference of a resource that he may search. Whatever goes round in a circle comes once.
//
// https://hl7.org/fhir/R4/search.html#recursive
func (c *compiler) hierarchy(m search.Modifier, v *search.Value) (expr, error) {
	parent := search.Parent(c.env.Table, v.RefType)
	if view, err := c.views.get(v.RefType); err != nil || view == nil {
		return expr{}, orForbidden(err, v.RefType)
	}
	h, f := c.alias(), c.alias()
	visible, err := c.visible(v.RefType, f+".rid")
	if err != nil {
		return expr{}, err
	}
	next, known := f+".rid", f+".target"
	if m == search.Above {
		next, known = known, next
	}
	step := and(sq(known+" = "+h+".rid"), c.d.in(f+".param", rows(&search.Clause{Param: parent})), visible)
	return sq("WITH RECURSIVE "+h+" (rid) AS (SELECT rid FROM resource WHERE type = ? AND id = ? UNION SELECT "+next+" FROM "+h+" JOIN idx_ref "+f+" ON ?) SELECT rid FROM "+h,
		v.RefType, v.RefID, step), nil
}
