package population

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/validate"
)

// TestProportions holds one patient's record against the counts and the size that the benchmark's definition gives.
func TestProportions(t *testing.T) {
	t.Parallel()
	const patients = 20
	counts, size, all := map[string]int{}, 0, 0
	for n := range patients {
		for _, r := range (Population{}).Record(n) {
			body, err := r4.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			counts[r.Type().Name]++
			size += len(body)
			all++
		}
	}
	delete(counts, "AllergyIntolerance") // three patients in five
	for typ := range counts {
		if counts[typ]%patients != 0 {
			t.Errorf("%s: %d for %d patients", typ, counts[typ], patients)
		}
		counts[typ] /= patients
	}
	want := map[string]int{
		"Observation": 352, "Claim": 106, "DiagnosticReport": 80, "MedicationRequest": 54, "DocumentReference": 52, "Encounter": 52,
		"ExplanationOfBenefit": 52, "Procedure": 34, "Immunization": 13, "Condition": 13, "SupplyDelivery": 13, "CarePlan": 5, "CareTeam": 5,
		"Location": 1, "Organization": 1, "Practitioner": 1, "PractitionerRole": 1, "Patient": 1, "Provenance": 1,
	}
	if d := cmp.Diff(want, counts); d != "" {
		t.Error(d)
	}
	if mean := size / all; mean < 2000 || mean > 2600 {
		t.Errorf("a resource has %d bytes, want about 2,300", mean)
	}
	if per := all / patients; per < 830 || per > 850 {
		t.Errorf("a patient has %d resources, want about 842", per)
	}
}

// TestValid makes sure that the server has nothing to say against any of it, that ids are unique and references lead somewhere.
func TestValid(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	var records []r4.Resource
	for n := range 3 {
		records = append(records, Population{Seed: 7}.Record(n)...)
	}
	for _, r := range records {
		key := r.Type().Name + "/" + r.IDField().V
		if ids[key] {
			t.Errorf("%s is there twice", key)
		}
		ids[key] = true
		body, err := r4.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := r4.Unmarshal(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		for _, issue := range validate.Resource(decoded, validate.Full) {
			t.Errorf("%s: %+v", key, issue)
		}
	}
	for _, r := range records {
		fhir.WalkReferences(r, func(ref *string) {
			if !ids[*ref] && !strings.HasPrefix(*ref, "ServiceRequest/") { // like Synthea, which names referrals that it has not
				t.Errorf("%s refers to %s, which is nowhere", r.IDField().V, *ref)
			}
		})
	}
}

// TestSame makes sure that a patient does not depend on who was made before, and that another seed is another patient.
func TestSame(t *testing.T) {
	t.Parallel()
	text := func(p Population, n int) []byte {
		body, err := r4.Marshal(p.Bundle(n))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	first := text(Population{1}, 3)
	(Population{1}).Record(9)
	if !bytes.Equal(first, text(Population{1}, 3)) {
		t.Error("the same patient is another one the second time")
	}
	if bytes.Equal(first, text(Population{2}, 3)) || bytes.Equal(first, text(Population{1}, 4)) {
		t.Error("seed or number make no difference")
	}
}
