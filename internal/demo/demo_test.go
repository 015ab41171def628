package demo_test

import (
	"bytes"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/demo"
)

func TestChartsAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for n := range demo.Patients() + 3 {
		a, b := demo.Chart(n), demo.Chart(n)
		if len(a) != len(b) {
			t.Fatalf("patient %d: %d resources, then %d", n, len(a), len(b))
		}
		for i := range a {
			x, err := r4.Marshal(a[i])
			if err != nil {
				t.Fatal(err)
			}
			y, err := r4.Marshal(b[i])
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(x, y) {
				t.Errorf("patient %d: resource %d differs from call to call", n, i)
			}
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	all := append(demo.Clinic(), demo.Office()...)
	for n := range 5 * demo.Patients() {
		all = append(all, demo.Chart(n)...)
	}
	for _, r := range all {
		key := r.Type().Name + "/" + r.IDField().V
		if seen[key] {
			t.Errorf("%s is made twice", key)
		}
		seen[key] = true
	}
}

func TestEveryPartOfTheAPIsHasSomethingToShow(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, r := range demo.Clinic() {
		count[r.Type().Name]++
	}
	for n := range demo.Patients() {
		for _, r := range demo.Chart(n) {
			count[r.Type().Name]++
		}
	}
	if count["Patient"] < 12 {
		t.Errorf("%d patients, want at least 12", count["Patient"])
	}
	for _, typ := range []string{
		"Encounter", "Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Immunization", "Procedure", "DiagnosticReport",
		"Composition", "Appointment", "Coverage", "CareTeam", "Goal", "CarePlan", "Organization", "Location", "Practitioner", "PractitionerRole",
	} {
		if count[typ] == 0 {
			t.Errorf("no %s", typ)
		}
	}
}
