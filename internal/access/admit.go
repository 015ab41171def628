package access

import "strings"

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
