package httpd_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestLongestString holds that a string of 1,048,576 characters is stored, indexed and read, and that a longer one is refused with its
// place, however it comes. https://hl7.org/fhir/R4/datatypes.html#string
func TestLongestString(t *testing.T) { onEachStore(t, testLongestString) }

func testLongestString(t *testing.T, w *world) {
	const (
		most  = 1 << 20
		merge = "application/merge-patch+json"
	)
	patient := func(text string) string {
		return `{"resourceType":"Patient","id":"ann","name":[{"text":"` + text + `"}]}`
	}
	fits, long := strings.Repeat("a", most), strings.Repeat("a", most+1)
	at := func(place string) []string {
		return []string{`"code":"too-long"`, `"expression":["` + place + `"]`, "1048576"}
	}
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: patient(fits)})
	w.play(t, []scenario{
		{"it is read", ask{method: "GET", path: "Patient/ann"}, 200, []string{fits}, nil},
		{"an update", ask{method: "PUT", path: "Patient/ann", body: patient(long)}, 422, at("Patient.name[0].text"), nil},
		{"a create", ask{method: "POST", path: "Patient", body: patient(long)}, 422, at("Patient.name[0].text"), nil},
		{"XML", ask{method: "POST", path: "Patient", header: map[string]string{"Content-Type": "application/fhir+xml"}, body: fmt.Sprintf(`<Patient xmlns="http://hl7.org/fhir"><name><text value=%q/></name></Patient>`, long)}, 422, at("Patient.name[0].text"), nil},
		{"a patch", ask{method: "PATCH", path: "Patient/ann", header: map[string]string{"Content-Type": merge}, body: `{"contact":[{"name":{"family":"` + long + `"}}]}`}, 422, at("Patient.contact[0].name.family"), nil},
		{"markdown", ask{method: "POST", path: "Observation", body: `{"resourceType":"Observation","status":"final","code":{"text":"x"},"note":[{"text":"` + long + `"}]}`}, 422, at("Observation.note[0].text"), nil},
		{"an entry", ask{method: "POST", body: entries("transaction", entry("", patient(long), "POST", "Patient", ""))}, 422, at("Bundle.entry[0].resource.name[0].text"), nil},
		{"$validate", ask{method: "POST", path: "Patient/$validate", body: patient(long)}, 200, at("Patient.name[0].text"), nil},
	})
}
