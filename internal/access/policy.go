package access

import "chartwright/internal/setting"

// Policy is what a site has settled: the switches and the access control list that the decision takes into account. The zero
// value switches everything off.
type Policy struct {
	FHIR      bool    // the FHIR API answers
	Standard  bool    // the Standard API answers
	Portal    bool    // the Portal API answers
	System    bool    // clients may act for themselves
	Wildcards bool    // scopes for all types at once count
	Operator  bool    // the operator at the command line asks: what only the server writes is his to bring in
	Grants    *Grants // nil = those of a new site
}

// PolicyOf returns the policy of a site's settings, with the rights of a new site. Nil settings switch everything off.
func PolicyOf(v *setting.Values) Policy {
	if v == nil {
		return Policy{}
	}
	return Policy{FHIR: v.APIFHIR, Standard: v.APIStandard, Portal: v.APIPortal, System: v.APISystemScopes, Wildcards: v.WildcardScopes}
}

func (p Policy) on(api API) bool {
	switch api {
	case FHIR:
		return p.FHIR
	case Standard:
		return p.Standard
	case Portal:
		return p.Portal
	}
	return false
}

func (p Policy) grants() *Grants {
	if p.Grants == nil {
		return defaults
	}
	return p.Grants
}
