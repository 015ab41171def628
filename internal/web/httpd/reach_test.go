package httpd_test

import (
	"fmt"
	"net/url"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/setting"
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

func TestOperationsLookThroughNothingHidden(t *testing.T) {
	onEachStore(t, testOperationsLookThroughNothingHidden)
}

// testOperationsLookThroughNothingHidden holds that a chain finds its way through what the caller may see alone, in $lastn and in a delete by
// criteria of several as in a search.
func testOperationsLookThroughNothingHidden(t *testing.T, w *world) {
	w.twoPatients()
	for _, class := range []string{"AMB", "IMP"} {
		w.must(201, ask{method: "PUT", path: "Encounter/" + class, body: fmt.Sprintf(`{"resourceType":"Encounter","id":%q,"status":"finished","class":{"code":%q},"subject":{"reference":"Patient/ann"}}`, class, class)})
		w.must(201, ask{method: "PUT", path: "Observation/in-" + class, body: fmt.Sprintf(
			`{"resourceType":"Observation","id":"in-%s","status":"final","category":[{"coding":[{"code":"survey"}]}],"code":{"text":"made in %s"},"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/%s"}}`, class, class, class)})
		w.must(201, ask{method: "PUT", path: "Condition/of-" + class, body: fmt.Sprintf(
			`{"resourceType":"Condition","id":"of-%s","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"subject":{"reference":"Patient/ann"},"code":{"text":"%s"},"evidence":[{"detail":[{"reference":"Observation/in-%s"}]}]}`, class, class, class)})
	}
	w.subject("outpatients", &access.Subject{Actor: access.System, UserID: "o"}, "system/Observation.cruds system/Encounter.rs?class=AMB system/Condition.rs?_id=of-AMB system/Patient.rs?_id=nobody")
	last := func(query string) ask {
		return ask{method: "GET", path: "Observation/$lastn?max=9&category=survey&patient=ann&" + query, token: "outpatients"}
	}
	w.play(t, []scenario{
		{"what is seen", last("encounter.class=AMB"), 200, []string{"made in AMB"}, []string{"made in IMP"}},
		{"what is not", last("encounter.class=IMP"), 200, []string{`"total":0`}, []string{"made"}},
		{"whatever it is", last("encounter:Encounter.status=finished"), 200, []string{"made in AMB"}, []string{"made in IMP"}},
		{"from the other side", last("_has:Condition:evidence-detail:clinical-status=active"), 200, []string{"made in AMB"}, []string{"made in IMP"}},
		{"through a patient", last("subject:Patient.family=Ofann"), 200, []string{`"total":0`}, []string{"made"}},
		{"by a filter", last("_filter=" + url.QueryEscape("encounter.class eq IMP")), 200, []string{`"total":0`}, []string{"made"}},
	})
	w.settings.ConditionalDelete = setting.Multiple
	for _, query := range []string{"encounter.class=IMP", "encounter.class:not=AMB", "_has:Condition:evidence-detail:_id=of-IMP", "subject:Patient.family=Ofann"} {
		w.must(204, ask{method: "DELETE", path: "Observation?" + query, token: "outpatients"})
		w.must(200, ask{method: "GET", path: "Observation/in-IMP"})
		entry := `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Observation?` + query + `"}}]}`
		w.must(200, ask{method: "POST", path: "", token: "outpatients", body: entry})
		w.must(200, ask{method: "GET", path: "Observation/in-IMP"})
	}
	w.must(204, ask{method: "DELETE", path: "Observation?encounter.class=AMB,IMP", token: "outpatients"})
	for id, status := range map[string]int{"in-AMB": 410, "in-IMP": 200} {
		w.must(status, ask{method: "GET", path: "Observation/" + id})
	}
}

func TestValidatingShowsNothingStored(t *testing.T) { onEachStore(t, testValidatingShowsNothingStored) }

// testValidatingShowsNothingStored holds that $validate of what is stored is answered to whoever may read it, whatever else opens the operation, and that
// what is hidden is answered like what does not exist.
func testValidatingShowsNothingStored(t *testing.T, w *world) {
	observation := func(id, status string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":%q,"code":{"text":"x"}}`, id, status)
	}
	w.must(201, ask{method: "PUT", path: "Observation/seen", body: observation("seen", "final")})
	w.must(201, ask{method: "PUT", path: "Observation/hidden", body: observation("hidden", "amended")})
	system := func(name, scopes string) {
		w.subject(name, &access.Subject{Actor: access.System, UserID: name}, scopes)
	}
	system("writer", "system/Observation.c")
	system("checker", "system/Patient.rs cdr_fhir_validate")
	system("narrow", "system/Observation.c system/Observation.rs?status=final system/Observation.u?status=final")
	for id, status := range map[string]int{"seen": 404, "hidden": 404, "nobody": 404} {
		for _, token := range []string{"writer", "checker"} {
			w.must(status, ask{method: "GET", path: "Observation/" + id + "/$validate", token: token})
			w.must(status, ask{method: "GET", path: "Observation/" + id + "/$validate?mode=delete", token: token})
			w.must(200, ask{method: "POST", path: "Observation/$validate", body: observation(id, "final"), token: token})
		}
	}
	for id, status := range map[string]int{"seen": 200, "hidden": 404, "nobody": 404} {
		w.must(status, ask{method: "GET", path: "Observation/" + id + "/$validate", token: "narrow"})
	}
	w.settings.UpdateAsCreate = false
	for _, token := range []string{"writer", "checker", "narrow"} {
		told := map[string]string{}
		for _, id := range []string{"seen", "hidden", "nobody"} {
			r := w.do(ask{method: "POST", path: "Observation/" + id + "/$validate?mode=update", body: observation(id, "final"), token: token})
			told[id] = fmt.Sprint(r.Code, " ", r.Body)
		}
		if told["hidden"] != told["nobody"] {
			t.Errorf("%s is told of what is hidden:\n %s\nof what never was:\n %s", token, told["hidden"], told["nobody"])
		}
		if alike := told["seen"] == told["nobody"]; alike != (token != "narrow") {
			t.Errorf("%s is told of what is seen:\n %s", token, told["seen"])
		}
	}
}
