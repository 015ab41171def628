package access

import (
	"strings"

	table "chartwright/gen/scope"
	"chartwright/internal/access/scope"
)

// Decide answers one request: scope ∩ role ∩ compartment ∩ the site's settings. It is pure, allocates nothing when it allows,
// and denies whatever no rule allows.
//
// Which scopes count depends on who asks. A portal patient acts through patient/ scopes, a client for itself through system/
// scopes, a member of staff through user/ scopes and, where none permits the action, through patient/ scopes: those narrow the
// view to the patient in context, so that of two scopes for one type and action the wider context wins (as in OpenEMR). Within
// one context scopes add up.
//
// Members of staff need the right of their role as well, whichever scope they use. Patients need none: the compartment is their
// rule. A client for itself has no role; an administrator approved its scopes.
func Decide(s *Subject, r Request, p Policy) Decision { return decide(s, r, p, 0) }

// rule names one rule of the decision, so that a test can switch it off and prove that others notice.
type rule uint32

const (
	ruleSignedIn     rule = 1 << iota // nobody may do nothing
	ruleSwitch                        // the API is switched on at the site
	ruleSystemSwitch                  // clients may act for themselves at the site
	ruleRole                          // staff on Standard, patients on Portal
	ruleFamily                        // the token holds the scope of the API
	rulePerson                        // staff and patients are persons of the record
	ruleSelf                          // a portal patient acts on his own record
	ruleAPI                           // an operation belongs to one API
	ruleScope                         // a data scope of a context that fits the actor permits the action
	ruleWildcard                      // wildcards count only where the site allows them
	ruleGranular                      // granular scopes narrow
	ruleContext                       // patient/ scopes need a patient in context
	ruleSight                         // types that patient/ scopes never see
	ruleLetters                       // what patient/ scopes can do with a type
	ruleOwnLetters                    // what a patient himself can do with a type
	ruleNarrow                        // patient/ scopes see one patient's rows
	ruleRight                         // staff need the right of their role
	ruleNever                         // records that only the server writes
	ruleOwnScope                      // operations with a scope of their own
	rulePlace                         // contexts in which an operation may be called
	lastRule
)

// call is one decision under way.
type call struct {
	s   *Subject
	p   *Policy
	off rule // rules that do not hold; only tests switch any off
	all bool // the token holds cdr_all_user_authorities
}

// holds evaluates one rule: it is broken if the condition is, unless the rule is off.
func (c *call) holds(r rule, condition bool) bool { return condition || c.off&r != 0 }

func deny(missing, reason string) Decision { return Decision{Missing: missing, Reason: reason} }

func decide(s *Subject, r Request, p Policy, off rule) Decision {
	if s == nil {
		return Decision{Unauthenticated: true, Reason: "nobody is signed in"}
	}
	c := call{s: s, p: &p, off: off}
	if !c.holds(ruleSignedIn, s.Actor != Anonymous) {
		return Decision{Unauthenticated: true, Reason: "nobody is signed in"}
	}
	c.all = s.Actor != System && s.Scopes.index.holds(cdrAll)
	if d, ok := c.admitted(r.API); !ok {
		return d
	}
	switch {
	case r.API != FHIR:
		return c.route(r)
	case r.Operation != "":
		return c.operation(r)
	}
	return c.data(r.Type, r.Action, allContexts)
}

// admitted checks what every request to an API needs: that the site offers the API and who asks may use it at all.
func (c *call) admitted(api API) (Decision, bool) {
	s := c.s
	if !c.holds(ruleSwitch, c.p.on(api)) {
		return deny("", "the API is switched off"), false
	}
	if !c.holds(ruleSystemSwitch, s.Actor != System || c.p.System) {
		return deny("", "clients may not act for themselves at this site"), false
	}
	if !c.holds(ruleRole, api == FHIR || api == Standard && s.Actor == User || api == Portal && s.Actor == Patient) {
		return deny("", "the API is not for this kind of user"), false
	}
	family := apiFHIR
	switch api {
	case Standard:
		family = apiOEMR
	case Portal:
		family = apiPort
	}
	// SMART apps do not know the scopes of API families: a token that names none at all is one for the FHIR API.
	implied := api == FHIR && s.Scopes.index != nil && !s.Scopes.index.family
	if !c.holds(ruleFamily, implied || s.Scopes.index.holds(family)) {
		return deny(family.String(), "the token is not for this API"), false
	}
	if !c.holds(rulePerson, s.Actor == System || s.FHIRUser != "") {
		return deny("", "the account is no person of the record"), false
	}
	if s.Actor == Patient && !c.holds(ruleSelf, isSelf(s)) {
		return deny("", "a patient acts on his own record alone"), false
	}
	return Decision{}, true
}

// isSelf reports whether the patient in context is the portal patient.
func isSelf(s *Subject) bool {
	id, ok := strings.CutPrefix(s.FHIRUser, "Patient/")
	return !ok || id == s.Patient
}

// allContexts is the set for interactions that every kind of scope may permit.
const allContexts = table.InPatient | table.InUser | table.InSystem

// data decides about an action on the resources of a type.
func (c *call) data(typ string, action Action, in table.Contexts) Decision {
	t := table.TypeOf(typ)
	letter := strings.IndexByte("cruds", byte(action))
	if t == nil || letter < 0 {
		return deny("", "there is no such type or action")
	}
	ctx, filters, ok := c.scope(typ, letter, in)
	if !ok {
		return deny(c.wanted(typ, letter, in), "no scope permits it")
	}
	d := Decision{Allowed: true}
	if c.off&ruleGranular == 0 {
		d.Narrow.Filters = filters
	}
	if ctx == scope.Patient {
		if refused, ok := c.patient(t, letter, &d.Narrow); !ok {
			return refused
		}
	}
	if refused, ok := c.right(t.Needs[letter]); !ok {
		return refused
	}
	return d
}

// scope finds the widest context whose scopes permit the letter for the type.
func (c *call) scope(typ string, letter int, in table.Contexts) (scope.Context, map[string][]string, bool) {
	for _, ctx := range c.contexts() {
		if ctx == scope.NoContext || !c.holds(rulePlace, within(ctx, in)) {
			continue
		}
		if c.all {
			return ctx, nil, true
		}
		if filters, ok := c.s.Scopes.index.permits(ctx, typ, letter, c.p.Wildcards || c.off&ruleWildcard != 0); ok {
			return ctx, filters, true
		}
		if c.off&ruleScope != 0 {
			return ctx, nil, true
		}
	}
	return scope.NoContext, nil, false
}

// contexts returns the contexts of scopes that the actor can use, widest first.
func (c *call) contexts() [2]scope.Context {
	switch c.s.Actor {
	case Patient:
		return [2]scope.Context{scope.Patient}
	case User:
		return [2]scope.Context{scope.User, scope.Patient}
	case System:
		return [2]scope.Context{scope.System}
	}
	return [2]scope.Context{}
}

// within reports whether a context is in the set.
func within(ctx scope.Context, in table.Contexts) bool { return in&(1<<(ctx-scope.Patient)) != 0 }

// widest returns the widest of the actor's contexts that is in the set; false if none is.
func (c *call) widest(in table.Contexts) (scope.Context, bool) {
	for _, ctx := range c.contexts() {
		if ctx != scope.NoContext && within(ctx, in) {
			return ctx, true
		}
	}
	return scope.NoContext, false
}

// wanted names the scope that would permit a letter; empty if none would.
func (c *call) wanted(typ string, letter int, in table.Contexts) string {
	ctx, ok := c.widest(in)
	if !ok {
		return ""
	}
	return ctx.String() + "/" + typ + "." + "cruds"[letter:letter+1]
}

// patient applies what holds for patient/ scopes, and narrows the view to the patient in context.
func (c *call) patient(t *table.Type, letter int, n *Narrow) (Decision, bool) {
	bit := table.Letters(1) << letter
	switch {
	case !c.holds(ruleContext, c.s.Patient != ""):
		return deny("launch/patient", "no patient is in context"), false
	case !c.holds(ruleSight, t.Sight != table.Denied):
		return deny("", "the type is outside of every patient's record"), false
	case !c.holds(ruleLetters, t.Patient&bit != 0 || t.Sight == table.Denied):
		return deny("", "the action is outside of one patient's record"), false
	case c.s.Actor == Patient && !c.holds(ruleOwnLetters, t.Self&bit != 0 || t.Patient&bit == 0):
		return deny("", "patients read these records and do not write them"), false
	}
	if c.off&ruleNarrow == 0 {
		n.Patient = c.s.Patient
	}
	return Decision{}, true
}

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
