package validate

import "chartwright/internal/fhir"

// binding checks a value against the value set of a required binding. A primitive without value and a concept that is only
// text with an extension saying why can't be checked.
// https://hl7.org/fhir/R4/terminologies.html#required
func (v *validator) binding(set *fhir.ValueSet, n fhir.Node) {
	switch n.Type.Name {
	case "CodeableConcept":
		coding := field(n.Type, "coding")
		if coding == nil {
			return
		}
		count := n.Len(coding)
		for i := range count {
			if v.codingIn(set, n.Item(coding, i)) {
				return
			}
		}
		v.report("code-invalid", "", "a code of the value set "+set.URL+" is required")
	case "Coding", "Quantity":
		if !v.codingIn(set, n) {
			v.report("code-invalid", "", "a code of the value set "+set.URL+" is required")
		}
	default:
		if n.HasValue() && !set.Has("", n.Text()) {
			v.report("code-invalid", "", "not a code of the value set "+set.URL)
		}
	}
}

// codingIn reports whether a Coding, or the unit of a Quantity, is in the set.
func (v *validator) codingIn(set *fhir.ValueSet, n fhir.Node) bool {
	system, code := child(n, "system"), child(n, "code")
	return code != "" && system != "" && set.Has(system, code)
}

// child returns the text of the primitive element called name.
func child(n fhir.Node, name string) string {
	f := field(n.Type, name)
	if f == nil || n.Len(f) == 0 {
		return ""
	}
	return n.Item(f, 0).Text()
}

func field(t *fhir.Type, name string) *fhir.Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}
