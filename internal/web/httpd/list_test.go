package httpd_test

import (
	"fmt"
	"testing"
)

func TestFunctionalLists(t *testing.T) { onEachStore(t, testFunctionalLists) }

func testFunctionalLists(t *testing.T, w *world) {
	w.twoPatients()
	status := func(system, code string) string {
		return fmt.Sprintf(`{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/%s","code":%q}]}`, system, code)
	}
	for i, c := range []struct{ patient, clinical, verification string }{
		{"ann", "active", "confirmed"}, {"ann", "relapse", "unconfirmed"}, {"ann", "resolved", "confirmed"}, {"ann", "active", "refuted"}, {"bob", "active", "confirmed"},
	} {
		id := fmt.Sprintf("c%d", i)
		w.must(201, ask{method: "PUT", path: "Condition/" + id, body: fmt.Sprintf(`{"resourceType":"Condition","id":%q,"clinicalStatus":%s,"verificationStatus":%s,"subject":{"reference":"Patient/%s"}}`,
			id, status("condition-clinical", c.clinical), status("condition-ver-status", c.verification), c.patient)})
	}
	for i, c := range []struct{ patient, clinical, category string }{{"ann", "active", "medication"}, {"ann", "active", "food"}, {"ann", "inactive", "food"}, {"bob", "active", "food"}} {
		id := fmt.Sprintf("a%d", i)
		w.must(201, ask{method: "PUT", path: "AllergyIntolerance/" + id, body: fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":%q,"clinicalStatus":%s,"category":[%q],"patient":{"reference":"Patient/%s"}}`,
			id, status("allergyintolerance-clinical", c.clinical), c.category, c.patient)})
	}
	for i, c := range []string{"active", "completed"} {
		id := fmt.Sprintf("m%d", i)
		w.must(201, ask{method: "PUT", path: "MedicationStatement/" + id, body: fmt.Sprintf(`{"resourceType":"MedicationStatement","id":%q,"status":%q,"medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/ann"}}`, id, c)})
	}
	for i, c := range [][2]string{{"active", "order"}, {"stopped", "order"}, {"active", "proposal"}} {
		id := fmt.Sprintf("r%d", i)
		w.must(201, ask{method: "PUT", path: "MedicationRequest/" + id, body: fmt.Sprintf(`{"resourceType":"MedicationRequest","id":%q,"status":%q,"intent":%q,"medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/ann"}}`, id, c[0], c[1])})
	}
	get := func(path string) ask { return ask{method: "GET", path: path} }
	w.play(t, []scenario{
		{"problems", get("Condition?patient=ann&_list=$current-problems"), 200, []string{"Condition/c0", "Condition/c1", `"total":2`, "_list=%24current-problems"}, nil},
		{"and nothing but what else is asked for", get("Condition?patient=ann&_list=$current-problems&clinical-status=relapse"), 200, []string{"Condition/c1", `"total":1`}, nil},
		{"allergies", get("AllergyIntolerance?patient=Patient/ann&_list=$current-allergies"), 200, []string{"AllergyIntolerance/a0", "AllergyIntolerance/a1", `"total":2`}, nil},
		{"to drugs", get("AllergyIntolerance?patient=ann&_list=$current-drug-allergies"), 200, []string{"AllergyIntolerance/a0", `"total":1`}, nil},
		{"medications that are taken", get("MedicationStatement?subject=Patient/ann&_list=$current-medications"), 200, []string{"MedicationStatement/m0", `"total":1`}, nil},
		{"and ordered", get("MedicationRequest?patient=ann&_list=$current-medications"), 200, []string{"MedicationRequest/r0", `"total":1`}, nil},
		{"of a compartment", get("Patient/bob/Condition?_list=$current-problems"), 200, []string{"Condition/c4", `"total":1`}, nil},
		{"a patient's own need not name her", ask{method: "GET", path: "Condition?_list=$current-problems", token: "ann"}, 200, []string{"Condition/c0", `"total":2`}, []string{"Condition/c4"}},
		{"nor are another's shown", ask{method: "GET", path: "Condition?patient=bob&_list=$current-problems", token: "ann"}, 200, []string{`"total":0`}, []string{"Condition/c4"}},
		{"whose", get("Condition?_list=$current-problems"), 400, []string{"patient"}, []string{"Condition/c0"}},
		{"by a name that several may have", get("Condition?patient.name=a&_list=$current-problems"), 400, []string{"patient"}, []string{"Condition/c0"}},
		{"of several", get("Condition?patient=ann,bob&_list=$current-problems"), 400, []string{"patient"}, []string{"Condition/c0"}},
		{"however lenient", ask{method: "GET", path: "Condition?_list=$current-problems", header: map[string]string{"Prefer": "handling=lenient"}}, 400, []string{"patient"}, []string{"Condition/c0"}},
		{"a list that there is not", get("Condition?patient=ann&_list=$current-worries"), 400, []string{"$current-problems"}, []string{"Condition/c0"}},
		{"of another type", get("Observation?patient=ann&_list=$current-problems"), 400, []string{"Condition"}, []string{"secret"}},
		{"of no type", get("?_list=$current-problems"), 400, []string{"_list"}, []string{"Condition/c0"}},
	})
}
