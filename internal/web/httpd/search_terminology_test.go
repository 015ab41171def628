package httpd_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestSearchByValueSet(t *testing.T) { onEachStore(t, testSearchByValueSet) }

// testSearchByValueSet asks for tokens by value set and by hierarchy, with definitions of the standard and of the chart.
func testSearchByValueSet(t *testing.T, w *world) {
	put := func(typ, id, body string) {
		w.must(201, ask{method: "PUT", path: typ + "/" + id, body: fmt.Sprintf(`{"resourceType":%q,"id":%q,%s}`, typ, id, body)})
	}
	for id, code := range map[string]string{"amb": "AMB", "imp": "IMP", "nonac": "NONAC"} {
		put("Encounter", id, `"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"`+code+`"}`)
	}
	for id, code := range map[string]string{"cat": "cat", "dog": "dog", "fern": "fern"} {
		put("Observation", id, `"status":"final","code":{"coding":[{"system":"urn:living","code":"`+code+`"}]},"hasMember":[{"reference":"Observation/fern"}]`)
	}
	put("Observation", "loinc", `"status":"preliminary","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}`)
	put("CodeSystem", "living", `"url":"urn:living","status":"active","content":"complete","concept":[{"code":"animal","concept":[{"code":"cat"},{"code":"dog"}]},{"code":"plant","concept":[{"code":"fern"}]}]`)
	set := func(id, status, version, compose string) {
		put("ValueSet", id, fmt.Sprintf(`"url":"http://example.org/pets","version":%q,"status":%q,"compose":%s`, version, status, compose))
	}
	set("pets1", "retired", "1", `{"include":[{"system":"urn:living","concept":[{"code":"fern"}]}]}`)
	set("pets2", "active", "2", `{"include":[{"system":"urn:living","filter":[{"property":"concept","op":"is-a","value":"animal"}]}]}`)
	set("pets3", "draft", "3", `{"include":[{"system":"urn:living","concept":[{"code":"dog"}]}]}`)
	put("ValueSet", "loinc", `"url":"http://example.org/loinc","status":"active","compose":{"include":[{"system":"http://loinc.org"}]}`)
	put("ValueSet", "snomed", `"url":"http://example.org/snomed","status":"active","compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"1"}]}]}`)
	w.subject("noset", &access.Subject{Actor: access.System, UserID: "n"}, "system/Observation.rs system/Encounter.rs")
	w.subject("someset", &access.Subject{Actor: access.System, UserID: "s"}, "system/Observation.rs system/ValueSet.rs?version=3")

	get := func(typ, query string) ask { return ask{method: "GET", path: typ + "?" + query} }
	as := func(a ask, token string) ask { a.token = token; return a }
	matches := func(query string, want ...string) {
		t.Helper()
		typ, query, _ := strings.Cut(query, "?")
		ids := w.ids(get(typ, query))
		if strings.Join(ids, " ") != strings.Join(want, " ") {
			t.Errorf("%s?%s: %v, want %v", typ, query, ids, want)
		}
	}
	matches("Encounter?class:in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode", "amb", "imp", "nonac")
	matches("Encounter?class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP", "imp", "nonac")
	matches("Encounter?class:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|NONAC", "imp", "nonac")
	matches("Observation?code:in=http://example.org/pets", "cat", "dog")
	matches("Observation?code:in="+url.QueryEscape("http://example.org/pets|1"), "fern")
	matches("Observation?code:in=http://example.org/pets,http://example.org/loinc", "cat", "dog", "loinc")
	matches("Observation?code:in=ValueSet/pets3", "dog")
	matches("Observation?code:in="+base+"/apis/default/fhir/ValueSet/pets3", "dog")
	matches("Observation?code:not-in=http://example.org/pets", "fern", "loinc")
	matches("Observation?code:in=http://example.org/loinc", "loinc")
	matches("Observation?code:not-in=http://example.org/loinc", "cat", "dog", "fern")
	matches("Observation?code:below=urn:living|animal&code:not-in=ValueSet/pets3", "cat")
	matches("Observation?status:in=http://hl7.org/fhir/ValueSet/observation-status&code=8867-4", "loinc")
	matches("Observation?has-member.code:below=urn:living|plant", "cat", "dog", "fern")
	matches("Observation?_has:Observation:has-member:code:in=http://example.org/pets", "fern")
	if n := w.must(200, get("Observation", "code:in=http://example.org/pets&_summary=count"))["total"]; n != 2.0 {
		t.Errorf("total %v", n)
	}
	next := link(w.must(200, get("Observation", "code:in=http://example.org/pets&_count=1")), "next")
	if ids := w.ids(ask{method: "GET", path: next}); len(ids) != 1 {
		t.Errorf("the second page of a value set: %v", ids)
	}
	w.play(t, []scenario{
		{"a set that is not known", get("Observation", "code:in=http://example.org/nothing"), 400, []string{"http://example.org/nothing", `"code":"not-found"`}, nil},
		{"a set of another version", get("Observation", "code:in="+url.QueryEscape("http://example.org/pets|9")), 400, []string{"http://example.org/pets|9"}, nil},
		{"a set of the chart that is not there", get("Observation", "code:in=ValueSet/none"), 400, []string{"ValueSet/none"}, nil},
		{"a set that needs codes of others", get("Observation", "code:in=http://example.org/snomed"), 400, []string{"http://example.org/snomed", "http://snomed.info/sct"}, nil},
		{"no set at all", get("Observation", "code:in=pets"), 400, []string{"code:in"}, nil},
		{"below a code that is not known", get("Observation", "code:below=urn:living|stone"), 400, []string{"stone"}, nil},
		{"below a code without a system", get("Observation", "code:below=animal"), 400, []string{"code:below"}, nil},
		{"below a system that is not known", get("Observation", "code:below=urn:stones|x"), 400, []string{"urn:stones"}, nil},
		{"lenient or not", ask{method: "GET", path: "Observation?code:in=http://example.org/nothing", header: map[string]string{"Prefer": "handling=lenient"}}, 400, nil, nil},
		{"a condition by value set", ask{method: "DELETE", path: "Observation?code:in=ValueSet/pets3"}, 204, nil, nil},
		{"has done what it says", get("Observation", "_summary=count"), 200, []string{`"total":3`}, nil},

		{"the chart's sets need the right to search them", as(get("Observation", "code:in=http://example.org/pets"), "noset"), 403, []string{"system/ValueSet.s"}, nil},
		{"whether or not they exist", as(get("Observation", "code:in=http://example.org/nothing"), "noset"), 403, []string{"system/ValueSet.s"}, nil},
		{"by id as well", as(get("Observation", "code:in=ValueSet/pets1"), "noset"), 403, nil, nil},
		{"and the code systems", as(get("Observation", "code:below=urn:living|animal"), "noset"), 403, []string{"system/CodeSystem.s"}, nil},
		{"those of the standard are everybody's", as(get("Encounter", "class:in=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode&_summary=count"), "noset"), 200, []string{`"total":3`}, nil},
		{"a set in the caller's view", as(get("Observation", "code:not-in=ValueSet/pets3&_summary=count"), "someset"), 200, []string{`"total":3`}, nil},
		{"one outside looks like none", as(get("Observation", "code:in=ValueSet/pets1"), "someset"), 400, []string{"ValueSet/pets1 is not known"}, nil},
	})
}

// ids returns the logical ids of the matches of a search, sorted.
func (w *world) ids(a ask) []string {
	w.t.Helper()
	return entryIDs(w.must(200, a), "match")
}
