package e2e

import (
	"context"
	"encoding/json"
	"testing"

	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
)

// TestCoreDefinitionsStay is FILE-09: whoever stores a definition under the canonical URL of one of the standard's, as a package that is
// loaded would, changes neither what is valid nor whose record something belongs to, nor what the standard's search parameters find, nor which rows a
// scope opens. (What :in makes of a value set in a search is the site's to say: see package terminology.)
func TestCoreDefinitionsStay(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	staff := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/Patient.cruds", "user/Observation.cruds", "user/ValueSet.cruds", "user/CodeSystem.cruds",
		"user/StructureDefinition.cruds", "user/SearchParameter.cruds", "user/CompartmentDefinition.cruds")
	if err := s.App.Admin.SetSetting(context.Background(), "default", "validation", "full"); err != nil {
		t.Fatal(err)
	}
	phil := signIn(t, s, demoserver.Phil, "openid", "api:fhir", "patient/Patient.rs", "patient/Observation.rs")
	narrow := signIn(t, s, demoserver.Physician, "openid", "api:fhir", "user/Observation.rs?category:in=http://hl7.org/fhir/ValueSet/observation-category")
	const genders = "http://hl7.org/fhir/ValueSet/administrative-gender"
	searches := []struct {
		who  *caller
		path string
	}{
		{staff, "/Observation?_summary=count&patient=" + demo.PortalPatient},
		{phil, "/Observation?_summary=count"},
		{phil, "/Patient?_summary=count"},
		{narrow, "/Observation?_summary=count"},
	}
	totals := func() (all [4]int) {
		t.Helper()
		for i, q := range searches {
			var found struct{ Total int }
			q.who.want(200, "GET", fhirAPI+q.path, nil, &found)
			all[i] = found.Total
		}
		return all
	}
	before := totals()
	if before[0] == 0 || before[1] == 0 || before[2] != 1 || before[3] == 0 {
		t.Fatalf("the demonstration has %v", before)
	}
	robot := object{"system": "http://hl7.org/fhir/administrative-gender", "concept": []object{{"code": "robot"}}}
	for _, d := range []object{
		{"resourceType": "ValueSet", "url": genders, "status": "active", "compose": object{"include": []object{robot}}},
		{"resourceType": "ValueSet", "url": "http://hl7.org/fhir/ValueSet/observation-category", "status": "active", "compose": object{"include": []object{robot}}},
		{"resourceType": "CodeSystem", "url": "http://hl7.org/fhir/administrative-gender", "status": "active", "content": "complete", "concept": []object{{"code": "robot"}}},
		{
			"resourceType": "StructureDefinition", "url": "http://hl7.org/fhir/StructureDefinition/Patient", "name": "Patient", "status": "active", "kind": "resource", "abstract": false,
			"type": "Patient", "derivation": "specialization", "baseDefinition": "http://hl7.org/fhir/StructureDefinition/DomainResource", "differential": object{"element": []object{{"id": "Patient", "path": "Patient"}}},
		},
		{
			"resourceType": "SearchParameter", "url": "http://hl7.org/fhir/SearchParameter/clinical-patient", "name": "patient", "status": "active", "description": "another",
			"code": "patient", "base": []string{"Observation"}, "type": "reference", "expression": "Observation.device", "target": []string{"Patient"},
		},
		{
			"resourceType": "CompartmentDefinition", "url": "http://hl7.org/fhir/CompartmentDefinition/patient", "name": "Patient", "status": "active", "code": "Patient", "search": true,
			"resource": []object{{"code": "Observation", "param": []string{"device"}}},
		},
	} {
		status, answer := staff.do("POST", fhirAPI+"/"+d["resourceType"].(string), "application/fhir+json", encoded(t, d))
		if status != 201 && (status < 400 || status > 499) {
			t.Errorf("%s: %d %.300s", d["url"], status, answer)
		}
		t.Logf("%s: %d", d["url"], status)
	}
	if after := totals(); after != before {
		t.Errorf("%v found before, %v afterwards", before, after)
	}
	if status, _ := staff.do("POST", fhirAPI+"/Patient", "application/fhir+json", encoded(t, object{"resourceType": "Patient", "gender": "robot"})); status < 400 || status > 499 {
		t.Errorf("a code that the standard does not have is stored: %d", status)
	}
	staff.want(201, "POST", fhirAPI+"/Patient", object{"resourceType": "Patient", "gender": "female"}, nil)
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
