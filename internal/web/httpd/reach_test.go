package httpd_test

import (
	"fmt"
	"testing"

	"chartwright/internal/access"
)

func TestSystemSearchIsOfWhatMayBeSearched(t *testing.T) {
	onEachStore(t, testSystemSearchIsOfWhatMayBeSearched)
}

// testSystemSearchIsOfWhatMayBeSearched asks for what every type has in common without naming types: whoever may search some types
// whole finds nothing of the others, whichever index leads to it.
func testSystemSearchIsOfWhatMayBeSearched(t *testing.T, w *world) {
	const meta = `"meta":{"tag":[{"system":"urn:t","code":"a"}],"security":[{"code":"R"}],"profile":["http://example.org/p"],"source":"urn:s"}`
	for typ, more := range map[string]string{
		"Observation": `"status":"final","code":{"text":"open"},"subject":{"reference":"Patient/ann"}`, "Practitioner": `"active":true`,
		"Condition": `"code":{"text":"secret"},"subject":{"reference":"Patient/ann"}`, "Encounter": `"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}`,
		"Flag":  `"status":"active","code":{"text":"secret"},"subject":{"reference":"Patient/ann"}`,
		"Basic": `"code":{"text":"secret"},"contained":[{"resourceType":"Flag","id":"in",` + meta + `,"status":"active","code":{"text":"secret"},"subject":{"reference":"Patient/ann"}}]`,
	} {
		w.must(201, ask{method: "PUT", path: typ + "/x", body: fmt.Sprintf(`{"resourceType":%q,"id":"x","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">shared</div>"},%s,%s}`, typ, meta, more)})
	}
	w.subject("two", &access.Subject{Actor: access.System, UserID: "two"}, "system/Observation.rs system/Practitioner.rs")
	w.subject("one", &access.Subject{Actor: access.System, UserID: "one"}, "system/Observation.rs")
	w.subject("doctor", &access.Subject{Actor: access.User, UserID: "u-doc", FHIRUser: "Practitioner/x", Groups: []string{"doc"}}, "user/Practitioner.rs user/Observation.rs")
	hidden := []string{"secret", "Condition", "Encounter", "Flag", "Basic"}
	for _, query := range []string{
		"_tag=a", "_tag=urn:t|a", "_tag=a,b", "_tag:not=b", "_tag:missing=false", "_security=R", "_profile=http://example.org/p", "_profile:below=http://example.org", "_source=urn:s",
		"_id=x", "_lastUpdated=ge2000", "_tag=a&_security=R", "_tag=a&_lastUpdated=ge2000", "_tag=a&_sort=-_lastUpdated", "_tag=a&_sort=_id", "_tag=a&_count=1", "_tag=a&_include=*",
		"_content=shared", "_tag=a&_content=shared", "_tag=a&_contained=both", "_tag=a&_contained=both&_containedType=contained",
	} {
		for token, total := range map[string]int{"two": 2, "doctor": 2, "one": 1} {
			w.play(t, []scenario{
				{token + ", " + query, ask{method: "GET", path: "?" + query, token: token}, 200, nil, hidden},
				{token + ", counted, " + query, ask{method: "GET", path: "?_summary=count&" + query, token: token}, 200, []string{fmt.Sprintf(`"total":%d,`, total)}, nil},
			})
		}
	}
	for _, query := range []string{"_tag=a", "_security=R"} {
		w.play(t, []scenario{
			{"named, " + query, ask{method: "GET", path: "?_type=Observation&" + query, token: "two"}, 200, []string{"open"}, append(hidden, `"Practitioner"`)},
			{"a compartment, " + query, ask{method: "GET", path: "Patient/ann/*?" + query, token: "two"}, 200, []string{"open"}, hidden},
		})
	}
}
