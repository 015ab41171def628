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
