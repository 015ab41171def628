package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestGranularHistory(t *testing.T) { onEachStore(t, testGranularHistory) }

// testGranularHistory holds that a view which a scope narrows by a query shows a version if that version and the current one satisfy
// the query.
func testGranularHistory(t *testing.T, w *world) {
	w.twoPatients()
	w.subject("high", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/Patient.rs patient/Observation.rs?value-quantity=5")
	for id, categories := range map[string][]string{"ann-back": {"laboratory", "vital-signs", "laboratory"}, "ann-moved": {"laboratory", "vital-signs"}, "ann-gone": {"laboratory"}} {
		for i, category := range categories {
			w.do(ask{method: "PUT", path: "Observation/" + id, body: fmt.Sprintf(
				`{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":%q}]}],"code":{"text":"secret of ann, %s %d"},"subject":{"reference":"Patient/ann"}}`,
				id, category, strings.TrimPrefix(id, "ann-"), i+1)})
		}
	}
	w.must(204, ask{method: "DELETE", path: "Observation/ann-gone"})
	w.play(t, []scenario{
		{"which does not match now", ask{method: "GET", path: "Observation/ann-moved/_history", token: "lab"}, 404, nil, []string{"secret"}},
		{"in any version", ask{method: "GET", path: "Observation/ann-moved/_history/1", token: "lab"}, 404, nil, []string{"secret"}},
		{"of what matches now, the versions that do", ask{method: "GET", path: "Observation/ann-back/_history", token: "lab"}, 200, []string{"back 1", "back 3"}, []string{"back 2"}},
		{"page by page", ask{method: "GET", path: "Observation/ann-back/_history?_count=1", token: "lab"}, 200, []string{"back 3", `"next"`}, []string{"back 1", "back 2"}},
		{"an old version that matches", ask{method: "GET", path: "Observation/ann-back/_history/1", token: "lab"}, 200, []string{"back 1"}, nil},
		{"and one that does not", ask{method: "GET", path: "Observation/ann-back/_history/2", token: "lab"}, 404, nil, []string{"secret"}},
		{"nor beside another", ask{method: "GET", path: "Observation/ann-back/$diff?fromVersion=2", token: "lab"}, 404, nil, []string{"secret"}},
		{"of the type, what matches now and did then", ask{method: "GET", path: "Observation/_history", token: "lab"}, 200, []string{"back 1", "back 3", "Observation/ann-laboratory"}, []string{"back 2", "moved", "vital-signs", "bob", "ann-gone"}},
		{"of the system", ask{method: "GET", path: "_history", token: "lab"}, 200, []string{"back 1", "back 3", "Ofann"}, []string{"back 2", "moved", "vital-signs", "bob", "ann-gone"}},
		{"counted", ask{method: "GET", path: "Observation/_history?_summary=count", token: "lab"}, 200, []string{`"total":3,`}, []string{"entry"}},
		{"counted of one", ask{method: "GET", path: "Observation/ann-back/_history?_summary=count", token: "lab"}, 200, []string{`"total":2,`}, []string{"entry"}},
		{"counted of one that does not match", ask{method: "GET", path: "Observation/ann-moved/_history?_summary=count", token: "lab"}, 404, nil, []string{"total"}},
		{"counted of one patient", ask{method: "GET", path: "Patient/_history?_count=0", token: "ann"}, 200, []string{`"total":1,`}, []string{"entry"}},
		{"and of a type of it", ask{method: "GET", path: "_history?_type=Observation", token: "lab"}, 200, []string{"back 1"}, []string{"back 2", "moved", "Ofann"}},
		{"nor by a value that none has", ask{method: "GET", path: "Observation/ann-laboratory/_history", token: "high"}, 404, nil, []string{"secret"}},
		{"of the type", ask{method: "GET", path: "Observation/_history", token: "high"}, 200, nil, []string{"secret"}},
		{"which the system passes over", ask{method: "GET", path: "_history", token: "high"}, 200, []string{"Ofann"}, []string{"secret"}},
	})
}

func TestMovedHistory(t *testing.T) { onEachStore(t, testMovedHistory) }

// testMovedHistory holds that a record which has come to another patient takes its past along, whichever way a patient asks, as if it
// never had been.
func testMovedHistory(t *testing.T, w *world) {
	w.twoPatients()
	for id, owners := range map[string][]string{"lost": {"ann", "bob"}, "found": {"bob", "ann"}, "back": {"ann", "bob", "ann"}} {
		for i, owner := range owners {
			w.do(ask{method: "PUT", path: "Observation/" + id, body: fmt.Sprintf(
				`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"%s %d"},"subject":{"reference":"Patient/%s"}}`, id, id, i+1, owner)})
		}
	}
	of := func(path string) ask { return ask{method: "GET", path: path, token: "ann"} }
	seen, hidden := []string{"found 2", "back 1", "back 3"}, []string{"lost 1", "lost 2", "found 1", "back 2"}
	w.play(t, []scenario{
		{"its own", of("Observation/lost/_history"), 404, nil, hidden},
		{"a version", of("Observation/lost/_history/1"), 404, nil, hidden},
		{"that of the type", of("Observation/_history"), 200, seen, hidden},
		{"counted", of("Observation/_history?_summary=count"), 200, []string{`"total":5,`}, nil},
		{"that of the system", of("_history"), 200, seen, hidden},
		{"of some types", of("_history?_type=Observation,Patient"), 200, seen, hidden},
		{"of all time", of("Observation/_history?_since=2000"), 200, seen, hidden},
	})
}
