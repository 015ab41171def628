package scope

import table "chartwright/gen/scope"

// Part is one kind of the records that a scope is about: a narrower scope with a name.
type Part struct {
	Scope Scope
	Text  string // in plain words: vital signs
}

// Parts returns the published ways to limit a data scope that has no granular parameter to some kinds of its records; nil if there
// are none. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
func Parts(s Scope) []Part {
	if s.Kind != Data || s.Query != "" {
		return nil
	}
	var parts []Part
	for _, g := range table.Granulars {
		if g.Type != s.Type {
			continue
		}
		narrow := s
		narrow.Query = escape(g.Parameter) + "=" + escape(g.Value)
		parts = append(parts, Part{narrow, g.Text})
	}
	return parts
}
