package access

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

// call is one decision under way.
type call struct {
	s   *Subject
	p   *Policy
	off rule // rules that do not hold; only tests switch any off
	all bool // the token holds cdr_all_user_authorities
}

func deny(missing, reason string) Decision { return Decision{Missing: missing, Reason: reason} }

func decide(s *Subject, r Request, p Policy, off rule) Decision {
	c := call{s: s, p: &p, off: off}
	if s == nil || !c.holds(ruleSignedIn, s.Actor != Anonymous) {
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
