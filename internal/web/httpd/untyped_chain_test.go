package httpd_test

import (
	"net/url"
	"testing"

	"chartwright/internal/access"
)

// TestUntypedChains: a chain to types of which the caller may not search all is refused, and says which he can name.
func TestUntypedChains(t *testing.T) { onEachStore(t, testUntypedChains) }

func testUntypedChains(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Encounter/e", body: `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`})
	w.must(201, ask{method: "PUT", path: "Observation/met", body: `{"resourceType":"Observation","id":"met","status":"final","code":{"text":"x"},"encounter":{"reference":"Encounter/e"}}`})
	w.subject("some", &access.Subject{Actor: access.System, UserID: "s"}, "system/Observation.rs system/Patient.rs system/Encounter.rs")
	get := func(query string) ask { return ask{method: "GET", path: "Observation?" + query, token: "some"} }
	hint := []string{`"code":"forbidden"`, "subject may lead to a Location, which you may not search: the access token lacks the scope system/Location.s; name the type, as in subject:Patient", "insufficient_scope"}
	filter := func(text string) string { return "_filter=" + url.QueryEscape(text) }
	w.play(t, []scenario{
		{"every type may be searched", ask{method: "GET", path: "Observation?subject.name=ofann"}, 200, []string{"ann-laboratory"}, []string{"bob-"}},
		{"some may", get("subject.name=ofann"), 403, hint, []string{"ann-laboratory"}},
		{"the one that is named", get("subject:Patient.name=ofann"), 200, []string{"ann-laboratory"}, []string{"bob-"}},
		{"another that is named", get("subject:Location.name=ofann"), 403, []string{"lacks the scope system/Location.s"}, []string{"may lead", "ann-laboratory"}},
		{"further along", get("encounter.subject.identifier=ann"), 403, []string{"subject may lead to a Group", "subject:Patient"}, []string{"Observation/met"}},
		{"a parameter that one of the types has", get("subject.birthdate=1980"), 200, nil, nil},
		{"negated", get("subject.identifier:not=ann"), 403, []string{"name the type, as in subject:Patient"}, []string{"laboratory"}},
		{"in a filter", get(filter(`subject.name co "ofann"`)), 403, hint, []string{"ann-laboratory"}},
		{"in a negation", get(filter(`not (subject.name co "ofann")`)), 403, hint, []string{"bob-laboratory"}},
		{"where none may be searched", ask{method: "GET", path: "Observation?subject.name=x", token: "observations"}, 403, []string{"which you may not search"}, []string{"name the type"}},
	})
}
