package httpd_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRelativeReferencesOfSeveralServers holds that a relative reference means a resource of the server that its entry says it comes from.
// https://hl7.org/fhir/R4/bundle.html#references
func TestRelativeReferencesOfSeveralServers(t *testing.T) {
	onEachStore(t, testRelativeReferencesOfSeveralServers)
}

func testRelativeReferencesOfSeveralServers(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/9", body: `{"resourceType":"Patient","id":"9","language":"fr"}`})
	patient := func(fullURL, language string) string {
		return entry(fullURL, `{"resourceType":"Patient","language":"`+language+`"}`, "POST", "Patient", "")
	}
	german, english := patient("http://a.example/fhir/Patient/9", "de"), patient("http://b.example/fhir/Patient/9", "en")
	version := patient("http://b.example/fhir/Patient/9/_history/3", "en")
	for i, c := range []struct {
		name, fullURL string
		patients      []string
		language      string // of the patient that is meant; empty = the transaction is refused
	}{
		{"of the first", "http://a.example/fhir/Observation/1", []string{german, english}, "de"},
		{"of the second", "http://b.example/fhir/Observation/1", []string{german, english}, "en"},
		{"of a version", "http://b.example/fhir/Observation/1/_history/2", []string{version, german}, "en"},
		{"of neither", "http://c.example/fhir/Observation/1", []string{german, english}, "fr"},
		{"of this one", base + "/apis/default/fhir/Observation/1", []string{english}, "fr"},
		{"of none that is told, to the only one", urnAnn, []string{german}, "de"},
		{"of none that is told, to several", urnAnn, []string{german, english}, ""},
	} {
		mark := fmt.Sprintf("urn:case|%d", i)
		observation := fmt.Sprintf(`{"resourceType":"Observation","identifier":[{"system":"urn:case","value":"%d"}],"status":"final",
			"code":{"text":"pulse"},"subject":{"reference":"Patient/9"}}`, i)
		rec := w.do(ask{method: "POST", body: entries("transaction", append(c.patients, entry(c.fullURL, observation, "POST", "Observation", ""))...)})
		if c.language == "" {
			if place := fmt.Sprintf("Bundle.entry[%d].resource.subject.reference", len(c.patients)); rec.Code != 400 || !strings.Contains(rec.Body.String(), place) {
				t.Errorf("%s: %d %s, want 400 at %s", c.name, rec.Code, rec.Body, place)
			}
			continue
		}
		found := w.do(ask{method: "GET", path: "Observation?_include=Observation:subject&identifier=" + mark}).Body.String()
		if rec.Code != 200 || !strings.Contains(found, `"language":"`+c.language+`"`) {
			t.Errorf("%s: %d, %s is not the patient of %s", c.name, rec.Code, c.language, found)
		}
	}
}
