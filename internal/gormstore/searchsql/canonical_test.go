package searchsql

import (
	"testing"

	"chartwright/gen/r4search"
	"chartwright/internal/fhir/search"
)

type standard struct{}

func (standard) Lookup(typ, code string) *search.Param { return r4search.Lookup(typ, code) }
func (standard) Of(typ string) []*search.Param         { return r4search.Of(typ) }
func (standard) IsType(name string) bool               { return r4search.Of(name) != nil }

// TestReach holds which resources an include of everything decodes for their canonicals: each of them takes longer than all else.
func TestReach(t *testing.T) {
	t.Parallel()
	r := &runner{compiler: &compiler{d: SQLite, env: &Env{Table: standard{}}}}
	for _, c := range []struct {
		typ, body string
		want      bool
	}{
		{"Observation", `{"resourceType":"Observation","subject":{"reference":"Patient/p"},"device":{"reference":"Device/d"}}`, false},
		{"Observation", `{"resourceType":"Observation","focus":[{"reference":"http://example.org/Measure/m"}]}`, true},
		{"Observation", `{"resourceType":"Observation","note":[{"text":"out of focus, "},{"text":"refocused"}]}`, false},
		{"Patient", `{"resourceType":"Patient","link":[{"other":{"reference":"Patient/q"}}]}`, false},
		{"CarePlan", `{"resourceType":"CarePlan","instantiatesCanonical":["http://example.org/PlanDefinition/p"]}`, true},
		{"CarePlan", `{"resourceType":"CarePlan","instantiatesUri":["http://example.org/PlanDefinition/p"]}`, false},
		{"QuestionnaireResponse", `{"resourceType":"QuestionnaireResponse","questionnaire":"http://example.org/q"}`, true},
	} {
		if got := r.reach(&search.Include{}, c.typ).concerns([]byte(c.body)); got != c.want {
			t.Errorf("%s: %t, want %t", c.body, got, c.want)
		}
	}
}

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
