package access

import table "chartwright/gen/scope"

// patient applies what holds for patient/ scopes, and narrows the view to the patient in context. The type is nil for an operation on
// the whole server, of which the view says all there is.
func (c *call) patient(t *table.Type, letter int, n *Narrow) (Decision, bool) {
	if refused, ok := c.inContext(n); !ok {
		return refused, false
	}
	if t == nil {
		return Decision{}, true
	}
	bit := table.Letters(1) << letter
	switch {
	case !c.holds(ruleSight, t.Sight != table.Denied):
		return deny("", "the type is outside of every patient's record"), false
	case !c.holds(ruleLetters, t.Patient&bit != 0 || t.Sight == table.Denied):
		return deny("", "the action is outside of one patient's record"), false
	case c.s.Actor == Patient && !c.holds(ruleOwnLetters, t.Self&bit != 0 || t.Patient&bit == 0):
		return deny("", "patients read these records and do not write them"), false
	}
	return Decision{}, true
}

// inContext narrows the view to the patient in context.
func (c *call) inContext(n *Narrow) (Decision, bool) {
	if !c.holds(ruleContext, c.s.Patient != "") {
		return deny("launch/patient", "no patient is in context"), false
	}
	if c.off&ruleNarrow == 0 {
		n.Patient = c.s.Patient
	}
	return Decision{}, true
}

// reach is the view of an operation that no data scope narrows: as wide as the token's widest data scopes.
func (c *call) reach() Narrow {
	switch {
	case c.s.Actor == System, c.s.Actor == User && (c.all || c.s.Scopes.index != nil && c.s.Scopes.index.user), c.off&ruleNarrow != 0:
		return Narrow{}
	case c.s.Patient != "":
		return Narrow{Patient: c.s.Patient}
	}
	return Narrow{Patient: nobody}
}
