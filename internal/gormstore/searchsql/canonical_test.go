package searchsql

import "testing"

func TestLastElement(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"CarePlan.instantiatesCanonical":                                      "instantiatesCanonical",
		"Measure.relatedArtifact.where(type='composed-of').resource":          "relatedArtifact",
		" (ConceptMap.source as canonical)":                                   "source",
		"Observation.focus":                                                   "focus",
		"StructureDefinition.snapshot.element.binding.valueSet":               "valueSet",
		"Encounter.participant.individual.where(resolve() is Practitioner)":   "individual",
		"Provenance.entity.where(role = 'derivation').what.ofType(Reference)": "entity",
		"PlanDefinition.action.definition.ofType(canonical)":                  "definition",
		"Resource.descendants()":                                              "",
		"extension('http://example.org/definition').value":                    "",
		"Task.focus.union(Task.for)":                                          "",
		"%resource.x":                                                         "",
		"":                                                                    "",
	} {
		if got := lastElement(expression); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}
