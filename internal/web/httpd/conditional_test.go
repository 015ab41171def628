package httpd_test

import (
	"fmt"
	"testing"
)

// person is a Patient of one record number; more is put behind it, with a comma before.
func person(number, more string) string {
	return `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"` + number + `"}]` + more + `}`
}

// Conditional writes by the tables of https://hl7.org/fhir/R4/http.html#cond-update.
func TestConditionalTables(t *testing.T) { onEachStore(t, testConditionalTables) }

func testConditionalTables(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/one", body: person("1", `,"id":"one"`)})
	w.must(201, ask{method: "PUT", path: "Patient/other", body: person("2", `,"id":"other"`)})
	unless := func(criteria string) map[string]string { return map[string]string{"If-None-Exist": criteria} }
	ifMatch := func(tag string) map[string]string { return map[string]string{"If-Match": tag} }
	w.play(t, []scenario{
		{"a create that finds one says where it is", ask{method: "POST", path: "Patient", body: person("1", ""), header: unless("identifier=urn:mrn|1")}, 200, []string{"Location: " + base + "/apis/default/fhir/Patient/one/_history/1", `Etag: W/"1"`}, nil},
		{"criteria may name the type", ask{method: "POST", path: "Patient", body: person("1", ""), header: unless("Patient?identifier=urn:mrn|1")}, 200, []string{"Patient/one"}, nil},
		{"criteria that choose nothing in particular", ask{method: "POST", path: "Patient", body: person("1", ""), header: unless("")}, 412, []string{"http.If-None-Exist"}, nil},
		{"criteria about another type", ask{method: "POST", path: "Patient", body: person("1", ""), header: unless("Observation?identifier=urn:mrn|1")}, 400, []string{"http.If-None-Exist"}, nil},
		{"an update that finds one says where it is", ask{method: "PUT", path: "Patient?identifier=urn:mrn|1", body: person("1", "")}, 200, []string{"Location: " + base + "/apis/default/fhir/Patient/one/_history/2"}, nil},
		{"an update that finds none does not replace a stranger", ask{method: "PUT", path: "Patient?identifier=urn:mrn|3", body: person("3", `,"id":"other"`)}, 409, []string{"conflict"}, nil},
		{"so the stranger is as it was", ask{method: "GET", path: "Patient/other"}, 200, []string{`Etag: W/"1"`, `"2"`}, nil},
		{"an update of a version that finds none", ask{method: "PUT", path: "Patient?identifier=urn:mrn|4", body: person("4", ""), header: ifMatch(`W/"1"`)}, 412, nil, nil},
		{"a deletion of a version that finds none", ask{method: "DELETE", path: "Patient?identifier=urn:mrn|4", header: ifMatch(`W/"1"`)}, 412, nil, nil},
		{"nothing was made", ask{method: "GET", path: "Patient?identifier=urn:mrn|3,urn:mrn|4&_summary=count"}, 200, []string{`"total":0`}, nil},
		{"a tag of somebody else's", ask{method: "PUT", path: "Patient/one", body: person("1", `,"id":"one"`), header: ifMatch(`"abc"`)}, 412, nil, nil},
		{"a tag that is none", ask{method: "PUT", path: "Patient/one", body: person("1", `,"id":"one"`), header: ifMatch(`abc`)}, 400, []string{"http.If-Match"}, nil},
		{"what a summary showed is not stored", ask{method: "PUT", path: "Patient/one", body: person("1", `,"id":"one","meta":{"tag":[{"system":"urn:x","code":"y"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}`)}, 422, []string{"Patient.meta.tag[1]"}, nil},
		{"one version has one number", ask{method: "GET", path: "Patient/one/_history/01"}, 404, nil, nil},
	})
}

// The verbs of a transaction in the standard's order, and what each sees of the others.
//
// https://hl7.org/fhir/R4/http.html#trules
func TestTransactionOrder(t *testing.T) { onEachStore(t, testTransactionOrder) }

func testTransactionOrder(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/old", body: person("1", `,"id":"old"`)})
	w.must(201, ask{method: "PUT", path: "Patient/twin", body: person("1", `,"id":"twin"`)})
	unless := func(criteria string) string { return fmt.Sprintf(`,"ifNoneExist":%q`, criteria) }
	about := func(reference string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"subject":{"reference":"` + reference + `"}}`
	}
	send := func(name string, status int, want string, list ...string) map[string]any {
		t.Helper()
		v := w.must(status, ask{method: "POST", path: "", body: entries("transaction", list...)})
		if got := statuses(v); got != want {
			t.Errorf("%s: statuses %s, want %s", name, got, want)
		}
		return v
	}
	count := func(name, search string, want float64) {
		t.Helper()
		if got := w.must(200, ask{method: "GET", path: search + "&_summary=count"})["total"]; got != want {
			t.Errorf("%s: %v match %s, want %v", name, got, search, want)
		}
	}
	send("a create does not find what the transaction deletes", 200, "201 204 204",
		entry("", person("1", ""), "POST", "Patient", unless("identifier=urn:mrn|1")), entry("", "", "DELETE", "Patient/old", ""), entry("", "", "DELETE", "Patient/twin", ""))
	count("after deletions", "Patient?identifier=urn:mrn|1", 1)

	refused := func(name, place string, list ...string) {
		t.Helper()
		w.play(t, []scenario{{name, ask{method: "POST", path: "", body: entries("transaction", list...)}, 400, []string{place}, nil}})
	}
	twice := entry("", person("2", ""), "POST", "Patient", unless("identifier=urn:mrn|2"))
	refused("two creates under one condition", "Bundle.entry[1]", twice, twice)
	twice = entry("", person("2", ""), "PUT", "Patient?identifier=urn:mrn|2", "")
	refused("two updates under one condition", "Bundle.entry[1]", twice, twice)
	refused("an update of what is created", "Bundle.entry[0]", twice, entry("", person("2", ""), "POST", "Patient", ""))
	refused("two of one address", "Bundle.entry[1].fullUrl", entry(urnAnn, person("2", ""), "POST", "Patient", ""), entry(urnAnn, person("3", ""), "POST", "Patient", ""))
	refused("no url", "Bundle.entry[0].request.url", `{"request":{"method":"GET"}}`)
	refused("a time that is none", "Bundle.entry[0].request.ifModifiedSince", entry("", "", "GET", "Patient?_id=x", `,"ifModifiedSince":"yesterday"`))
	count("after refusals", "Patient?identifier=urn:mrn|2,urn:mrn|3", 0)

	made := send("a reference by search finds what the transaction makes", 200, "201 201",
		entry("", about("Patient?identifier=urn:mrn|5"), "POST", "Observation", ""), entry(urnAnn, person("5", ""), "POST", "Patient", ""))
	count("by search", "Observation?subject:Patient.identifier=urn:mrn|5", 1)
	w.play(t, []scenario{
		{"a reference by search that nobody matches", ask{method: "POST", path: "", body: entries("transaction",
			entry("", person("6", ""), "POST", "Patient", ""), entry("", about("Patient?identifier=urn:mrn|7"), "POST", "Observation", ""))}, 412, []string{"Bundle.entry[1]"}, nil},
		{"one that several match afterwards", ask{method: "POST", path: "", body: entries("transaction",
			entry("", person("5", ""), "POST", "Patient", ""), entry("", about("Patient?identifier=urn:mrn|5"), "POST", "Observation", ""))}, 412, []string{"Bundle.entry[1]"}, nil},
	})
	count("after those", "Patient?identifier=urn:mrn|5,urn:mrn|6", 1)

	place := made["entry"].([]any)[1].(map[string]any)["fullUrl"].(string)
	v := send("HEAD, and a time that has passed or not", 200, "200 304 200", entry("", "", "HEAD", place, ""),
		entry("", "", "GET", place, `,"ifModifiedSince":"2999-01-01T00:00:00Z"`), entry("", "", "GET", place, `,"ifModifiedSince":"1999-01-01T00:00:00+01:00"`))
	if list := v["entry"].([]any); list[0].(map[string]any)["resource"] != nil || list[2].(map[string]any)["resource"] == nil {
		t.Errorf("GET has a resource and HEAD has none: %v", list)
	}

	w.settings.ConditionalDelete = "multiple"
	w.must(201, ask{method: "POST", path: "Patient", body: person("1", "")})
	send("all that match are deleted first", 200, "201 204", entry("", person("1", ""), "POST", "Patient", unless("identifier=urn:mrn|1")), entry("", "", "DELETE", "Patient?identifier=urn:mrn|1", ""))
	count("after a deletion of several", "Patient?identifier=urn:mrn|1", 1)
	testDeletionsBeforeConditions(t, w, func(name, want string, list ...string) { t.Helper(); send(name, 200, want, list...) })
	left := w.must(200, ask{method: "GET", path: "Patient?identifier=urn:mrn|1"})["entry"].([]any)[0].(map[string]any)["resource"].(map[string]any)["id"].(string)
	refused("a deletion by search of what another entry updates", "Bundle.entry[0]",
		entry("", "", "DELETE", "Patient?identifier=urn:mrn|1", ""), entry("", person("1", `,"id":"`+left+`"`), "PUT", "Patient/"+left, ""))
}

// testDeletionsBeforeConditions holds that criteria which find several find the one that the deletions leave.
func testDeletionsBeforeConditions(t *testing.T, w *world, send func(name, want string, list ...string)) {
	t.Helper()
	patch := `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},
		{"name":"path","valueString":"Patient"},{"name":"name","valueString":"language"},{"name":"value","valueCode":"de"}]}]}`
	n := 0
	for _, gone := range []string{"first", "second"} {
		for _, by := range []string{"Patient/%s%d", "Patient?_id=%s%d"} {
			for _, change := range []string{
				entry(urnAnn, patch, "PATCH", "Patient?identifier=urn:mrn|twins", ""),
				entry(urnAnn, person("twins", `,"language":"de"`), "PUT", "Patient?identifier=urn:mrn|twins", ""),
			} {
				n++
				for _, id := range []string{"first", "second"} {
					w.must(201, ask{method: "PUT", path: fmt.Sprintf("Patient/%s%d", id, n), body: person("twins", fmt.Sprintf(`,"id":"%s%d"`, id, n))})
				}
				refers := `{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"subject":{"reference":"` + urnAnn + `"}}`
				send("what stays is changed", "204 200 201", entry("", "", "DELETE", fmt.Sprintf(by, gone, n), ""), change, entry("", refers, "POST", "Observation", ""))
				stays := map[string]string{"first": "second", "second": "first"}[gone] + fmt.Sprint(n)
				if v := w.must(200, ask{method: "GET", path: "Patient/" + stays}); v["language"] != "de" {
					t.Errorf("%s was not changed: %v", stays, v)
				}
				if v := w.must(200, ask{method: "GET", path: "Observation?subject=Patient/" + stays + "&_summary=count"}); v["total"] != 1.0 {
					t.Errorf("%v observations are of %s", v["total"], stays)
				}
				w.must(204, ask{method: "DELETE", path: "Patient/" + stays})
			}
		}
	}
	list := []string{entry("", person("many", `,"language":"de"`), "PUT", "Patient?identifier=urn:mrn|many", "")}
	for i := range 5 {
		id := fmt.Sprintf("many%d", i)
		w.must(201, ask{method: "PUT", path: "Patient/" + id, body: person("many", `,"id":"`+id+`"`)})
		if i != 3 {
			list = append(list, entry("", "", "DELETE", "Patient/"+id, ""))
		}
	}
	send("the one of five that stays is changed", "200 204 204 204 204", list...)
	if v := w.must(200, ask{method: "GET", path: "Patient/many3"}); v["language"] != "de" {
		t.Errorf("many3 was not changed: %v", v)
	}
}
