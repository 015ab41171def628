package httpd_test

import "testing"

func TestBareID(t *testing.T) { onEachStore(t, testBareID) }

// testBareID asks for references by an id alone, which several types of resources may have.
//
// https://hl7.org/fhir/R4/search.html#reference
func testBareID(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Group/bob", body: `{"resourceType":"Group","id":"bob","type":"person","actual":true}`})
	w.must(201, ask{method: "PUT", path: "Device/gone", body: `{"resourceType":"Device","id":"gone"}`})
	w.must(201, ask{method: "PUT", path: "Patient/gone", body: `{"resourceType":"Patient","id":"gone"}`})
	w.must(201, ask{method: "PUT", path: "Observation/of-gone", body: `{"resourceType":"Observation","id":"of-gone","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/gone"}}`})
	w.must(204, ask{method: "DELETE", path: "Device/gone"})
	both := []string{`"code":"multiple-matches"`, "http.subject", "Group", "Patient"}
	w.play(t, []scenario{
		{"of one resource", ask{method: "GET", path: "Observation?subject=ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"of nothing", ask{method: "GET", path: "Observation?subject=nobody"}, 200, nil, []string{"secret"}},
		{"of two", ask{method: "GET", path: "Observation?subject=bob"}, 400, both, []string{"secret"}},
		{"of two, among others", ask{method: "GET", path: "Observation?subject=ann,bob"}, 400, both, []string{"secret"}},
		{"with the type", ask{method: "GET", path: "Observation?subject=Patient/bob"}, 200, []string{"secret of bob"}, nil},
		{"by a modifier", ask{method: "GET", path: "Observation?subject:Patient=bob"}, 200, []string{"secret of bob"}, nil},
		{"of a parameter with one type", ask{method: "GET", path: "Observation?patient=bob"}, 200, []string{"secret of bob"}, nil},
		{"at the end of a chain", ask{method: "GET", path: "Observation?has-member:Observation.subject=bob"}, 400, []string{"multiple-matches"}, nil},
		{"behind _has", ask{method: "GET", path: "Patient?_has:Observation:patient:subject=bob"}, 400, []string{"multiple-matches"}, nil},
		{"of which one is deleted", ask{method: "GET", path: "Observation?subject=gone"}, 200, []string{"of-gone"}, nil},
		{"of which the caller may see neither", ask{method: "GET", path: "Observation?subject=bob", token: "ann"}, 200, nil, []string{"secret", "Group"}},
		{"of which the caller may search neither type", ask{method: "GET", path: "Observation?subject=bob", token: "observations"}, 200, []string{"secret of bob"}, []string{"Group"}},
		{"as a condition of a write", ask{method: "PUT", path: "Observation?subject=bob", body: `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`}, 400, []string{"multiple-matches"}, nil},
	})
}

func TestReferencesOfSeveralTypes(t *testing.T) { onEachStore(t, testReferencesOfSeveralTypes) }

// testReferencesOfSeveralTypes asks several types for what one of them alone can refer to, whichever is named first.
//
// https://hl7.org/fhir/R4/search.html#reference
func testReferencesOfSeveralTypes(t *testing.T, w *world) {
	w.twoPatients()
	w.must(201, ask{method: "PUT", path: "Organization/org", body: `{"resourceType":"Organization","id":"org","name":"Org"}`})
	w.must(201, ask{method: "PUT", path: "Group/few", body: `{"resourceType":"Group","id":"few","type":"person","actual":true}`})
	w.must(201, ask{method: "PUT", path: "Task/of-org", body: `{"resourceType":"Task","id":"of-org","status":"draft","intent":"plan","for":{"reference":"Organization/org"}}`})
	w.must(201, ask{method: "PUT", path: "Goal/of-org", body: `{"resourceType":"Goal","id":"of-org","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Organization/org"}}`})
	w.must(201, ask{method: "PUT", path: "Observation/of-few", body: `{"resourceType":"Observation","id":"of-few","status":"final","code":{"text":"x"},"subject":{"reference":"Group/few"}}`})
	of := []string{"Task/of-org", `"total":1`}
	var list []scenario
	for _, types := range []string{"Task,Observation", "Observation,Task", "Condition,Observation,Task"} {
		for name, query := range map[string]string{"by id": "subject=org", "by type and id": "subject=Organization/org", "by a modifier": "subject:Organization=org",
			"among others": "subject=Organization/org,Patient/nobody"} {
			list = append(list, scenario{types + " " + name, ask{method: "GET", path: "?_total=accurate&_type=" + types + "&" + query}, 200, of, nil})
		}
	}
	w.play(t, append(list, []scenario{
		{"of two types that can", ask{method: "GET", path: "?_total=accurate&_type=Observation,Goal,Task&subject=org"}, 200, []string{`"total":2`, "Task/of-org", "Goal/of-org"}, nil},
		{"of none that can", ask{method: "GET", path: "?_type=Observation,Condition&subject=Organization/org"}, 400, []string{"does not refer to Organization"}, nil},
		{"of none that can, by a modifier", ask{method: "GET", path: "?_type=Observation,Condition&subject:Organization=org"}, 400, []string{"does not refer to Organization"}, nil},
		{"of one alone", ask{method: "GET", path: "Observation?subject=Organization/org"}, 400, []string{"does not refer to Organization"}, nil},
		{"of two", ask{method: "GET", path: "?_type=Observation,Task&subject=bob&_summary=count"}, 200, []string{`"total"`}, nil},
	}...))
	w.must(201, ask{method: "PUT", path: "Practitioner/bob", body: `{"resourceType":"Practitioner","id":"bob"}`})
	w.play(t, []scenario{
		{"that one of them could name", ask{method: "GET", path: "?_type=Observation,Task&subject=bob"}, 400, []string{"multiple-matches"}, nil},
		{"that none of them could", ask{method: "GET", path: "?_type=Observation,Condition&subject=bob"}, 200, nil, nil},
	})
}
