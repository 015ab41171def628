package httpd_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestFullURLAndID holds that a fullUrl in the form of a resource's address has the id of the resource, in a batch and in a transaction alike, and
// that what real clients send is taken. https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl
func TestFullURLAndID(t *testing.T) { onEachStore(t, testFullURLAndID) }

func testFullURLAndID(t *testing.T, w *world) {
	patient := func(id string) string {
		if id != "" {
			id = `"id":"` + id + `",`
		}
		return `{"resourceType":"Patient",` + id + `"active":true}`
	}
	for name, c := range map[string]struct {
		fullURL, resource, method, url string
		taken                          bool
	}{
		"an update":                          {base + "/apis/default/fhir/Patient/1", patient("2"), "PUT", "Patient/2", false},
		"of another server":                  {"https://other.example/r4/Patient/1", patient("2"), "PUT", "Patient/2", false},
		"a create":                           {"http://other.example/Patient/1", patient("2"), "POST", "Patient", false},
		"by criteria":                        {"http://other.example/Patient/1", patient("2"), "PUT", "Patient?identifier=urn:x|2", false},
		"relative":                           {"Patient/1", patient("2"), "PUT", "Patient/2", false},
		"a version":                          {"http://other.example/Patient/1/_history/2", patient("2"), "PUT", "Patient/2", false},
		"another type":                       {"http://other.example/Group/1", patient("2"), "PUT", "Patient/2", false},
		"the same":                           {"http://other.example/Patient/3", patient("3"), "PUT", "Patient/3", true},
		"the same on a create":               {"http://other.example/Patient/3", patient("3"), "POST", "Patient", true},
		"the same, of a version":             {"http://other.example/Patient/3/_history/7", patient("3"), "PUT", "Patient/3", true},
		"relative and the same":              {"Patient/3", patient("3"), "PUT", "Patient/3", true},
		"a create without an id":             {"http://other.example/Patient/1", patient(""), "POST", "Patient", true},
		"a urn:uuid, as Synthea has it":      {urnAnn, patient(strings.TrimPrefix(urnAnn, "urn:uuid:")), "POST", "Patient", true},
		"a urn:uuid of another id":           {urnAnn, patient("3"), "PUT", "Patient/3", true},
		"a urn:oid":                          {"urn:oid:1.2.3", patient("3"), "PUT", "Patient/3", true},
		"no address of a resource":           {"http://other.example/people/1", patient("3"), "PUT", "Patient/3", true},
		"no type of R4":                      {"http://other.example/Person2/1", patient("3"), "PUT", "Patient/3", true},
		"an id behind a prefix":              {"http://other.example/Patient/lri-3", patient("3"), "PUT", "Patient/3", true}, // as in HL7's examples
		"a patch, which is no such resource": {"http://other.example/Patient/3", `{"resourceType":"Parameters","id":"p"}`, "PATCH", "Patient/3", true},
	} {
		w.must(200, ask{method: "POST", body: entries("batch", entry("", patient("3"), "PUT", "Patient/3", ""))})
		for _, kind := range []string{"batch", "transaction"} {
			rec := w.do(ask{method: "POST", body: entries(kind, entry("", "", "GET", "metadata", ""), entry(c.fullURL, c.resource, c.method, c.url, ""))})
			status, body := fmt.Sprint(rec.Code), rec.Body.String()
			if kind == "batch" {
				if status = "400"; !strings.Contains(body, `"status":"400`) {
					status = "200"
				}
			}
			refused := status == "400" && strings.Contains(body, `"expression":["Bundle.entry[1].fullUrl"]`)
			if refused == c.taken || !refused && status != "200" {
				t.Errorf("%s in a %s: status %s: %s", name, kind, status, body)
			}
		}
	}
}
