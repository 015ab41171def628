package httpd_test

import (
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestExplain(t *testing.T) { onEachStore(t, testExplain) }

func testExplain(t *testing.T, w *world) {
	w.twoPatients()
	w.subject("editor", &access.Subject{Actor: access.System, UserID: "e"}, "system/*.rs system/SearchParameter.u")
	page := "Observation?status=final&subject:Patient.family=Ofann&date:missing=true&_sort=-_lastUpdated&_include=Observation:subject&_explain=true"
	w.play(t, []scenario{
		{"how it was understood", ask{method: "GET", path: page}, 200, []string{
			"search of Observation", `condition 1: status (token) code \"final\"`, `condition 2: subject refers to a Patient that has: family (string) text \"Ofann\"`,
			"condition 3: date (date) has no value", "sorted by _lastUpdated, descending", "_include: Observation, subject",
		}, nil},
		{"and how it was found", ask{method: "GET", path: page}, 200, []string{
			"candidate: condition 2, rank", "driver: condition 2", "checked for each resource: condition 1, 3", "statement 1: SELECT", "plan 1:", `"mode":"outcome"`,
		}, nil},
		{"beside what was found", ask{method: "GET", path: page}, 200, []string{"secret of ann", `"mode":"match"`, `"mode":"include"`}, []string{"secret of bob"}},
		{"the link shows that it was understood", ask{method: "GET", path: page}, 200, []string{"&_explain=true"}, nil},
		{"a page of nothing", ask{method: "GET", path: "Patient?_count=0&_explain=true"}, 200, []string{"statement 1: SELECT", `"total":2`}, nil},
		{"a search of the system", ask{method: "GET", path: "?_type=Patient,Observation&_explain=true"}, 200, []string{"search of Patient, Observation", "statement 1"}, nil},
		{"of a compartment", ask{method: "GET", path: "Patient/ann/Observation?_explain=true"}, 200, []string{"condition 1: ", `reference \"Patient/ann\"`}, nil},
		{"as an entry of a batch", ask{method: "POST", path: "", body: entries("batch", entry("", "", "GET", "Patient?_explain=true", ""))}, 200, []string{"statement 1"}, nil},
		{"not unless it is asked for", ask{method: "GET", path: "Patient?_explain=false"}, 200, []string{"Ofann"}, []string{"statement", "outcome"}},
		{"true or false", ask{method: "GET", path: "Patient?_explain=perhaps"}, 400, []string{"_explain"}, nil},
		{"not for conditions of a write", ask{method: "DELETE", path: "Patient?family=Ofann&_explain=true"}, 400, []string{"_explain"}, nil},

		{"not for a doctor", ask{method: "GET", path: "Patient?_explain=true", token: "clerk"}, 403, nil, []string{"SELECT"}},
		{"not for a patient", ask{method: "GET", path: "Patient?_explain=true", token: "ann"}, 403, nil, []string{"SELECT"}},
		{"not for a client that reads", ask{method: "GET", path: "Patient?_explain=true", token: "reader"}, 403, []string{"system/SearchParameter.u"}, []string{"SELECT"}},
		{"however lenient", ask{method: "GET", path: "Patient?_explain=true", token: "reader", header: map[string]string{"Prefer": "handling=lenient"}}, 403, nil, []string{"SELECT"}},
		{"for one that changes search parameters", ask{method: "GET", path: "Patient?_explain=true", token: "editor"}, 200, []string{"SELECT"}, nil},
	})

	// Values of the search are in no statement; what others asked for is not told.
	rec := w.do(ask{method: "GET", path: "Patient?family=Ofann&_explain=true"})
	for line := range strings.SplitSeq(rec.Body.String(), `"text":"`) {
		if strings.HasPrefix(line, "statement") && strings.Contains(line, "ofann") {
			t.Errorf("a statement holds a value: %s", line)
		}
	}
	refused := w.do(ask{method: "GET", path: "Patient?family=Ofann&_explain=true", token: "reader"})
	event := w.lastEvent(refused.Header().Get("X-Request-Id"))
	if event == nil || event.Status != 403 || event.UserID != "r" {
		t.Errorf("the refusal is recorded as %+v", event)
	}
}
