package e2e

import (
	"fmt"
	"testing"

	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
)

type object = map[string]any

var staffScopes = []string{
	"openid", "api:oemr", "api:fhir", "user/patient.read", "user/patient.write", "user/encounter.read", "user/encounter.write", "user/vital.read",
	"user/vital.write", "user/medical_problem.read", "user/medical_problem.write", "user/Patient.cruds", "user/Encounter.cruds", "user/Observation.cruds",
	"user/Condition.cruds", "user/Bundle.cruds",
}

// What one dialect writes, the others read at once, with one history.
func TestOneChartThreeDialects(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	staff := signIn(t, s, demoserver.Admin, staffScopes...)
	phil := signIn(t, s, demoserver.Phil, "openid", "api:port", "api:fhir", "patient/patient.read", "patient/encounter.read", "patient/Patient.rs", "patient/Condition.rs")
	const std, fhir, portal = "/apis/default/api", "/apis/default/fhir", "/apis/default/portal"
	id := demo.PortalPatient

	t.Run("the same patient through all three", func(t *testing.T) {
		var row struct{ Data object }
		var resource object
		staff.want(200, "GET", std+"/patient/"+id, nil, &row)
		staff.want(200, "GET", fhir+"/Patient/"+id, nil, &resource)
		family := resource["name"].([]any)[0].(object)["family"]
		if row.Data["lname"] != family || row.Data["uuid"] != id {
			t.Errorf("the Standard API shows %v %v, FHIR %v %v", row.Data["uuid"], row.Data["lname"], id, family)
		}
		status, body := phil.do("GET", portal+"/patient", "", nil)
		if status != 200 || !contains(body, fmt.Sprint(family)) || !contains(body, id) {
			t.Errorf("the portal answers %d %.200s", status, body)
		}
	})

	t.Run("written by Standard, read and changed by FHIR, read by Standard", func(t *testing.T) {
		var made struct{ Data object }
		staff.want(201, "POST", std+"/patient", object{"title": "Ms.", "fname": "Ottoline", "lname": "Quill", "DOB": "1991-04-05", "sex": "Female", "city": "Fernhollow", "mothersname": "Agatha"}, &made)
		uuid := fmt.Sprint(made.Data["uuid"])
		var resource object
		staff.want(200, "GET", fhir+"/Patient/"+uuid, nil, &resource)
		if resource["gender"] != "female" || resource["birthDate"] != "1991-04-05" {
			t.Fatalf("FHIR shows %v %v", resource["gender"], resource["birthDate"])
		}
		resource["name"].([]any)[0].(object)["family"] = "Quill-Harrow"
		staff.want(200, "PUT", fhir+"/Patient/"+uuid, resource, nil)
		var row struct{ Data object }
		staff.want(200, "GET", std+"/patient/"+uuid, nil, &row)
		if row.Data["lname"] != "Quill-Harrow" || row.Data["mothersname"] != "Agatha" || row.Data["city"] != "Fernhollow" {
			t.Errorf("after the change the Standard API shows lname %v, mothersname %v, city %v", row.Data["lname"], row.Data["mothersname"], row.Data["city"])
		}
		var history struct{ Entry []object }
		staff.want(200, "GET", fhir+"/Patient/"+uuid+"/_history", nil, &history)
		if len(history.Entry) != 2 {
			t.Errorf("the history has %d versions, want 2", len(history.Entry))
		}
	})

	t.Run("a problem written by FHIR is a medical problem, and the patient sees it", func(t *testing.T) {
		var made object
		staff.want(201, "POST", fhir+"/Condition", object{
			"resourceType": "Condition", "subject": object{"reference": "Patient/" + id},
			"clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
			"category":       []any{coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")},
			"code":           object{"text": "Tendinitis of elbow"}, "onsetDateTime": "2025-08-01",
		}, &made)
		status, body := staff.do("GET", std+"/patient/"+id+"/medical_problem", "", nil)
		if status != 200 || !contains(body, "Tendinitis of elbow") {
			t.Errorf("the Standard API answers %d without the problem: %.300s", status, body)
		}
		phil.want(200, "GET", fhir+"/Condition/"+fmt.Sprint(made["id"]), nil, nil)
	})

	t.Run("vitals written by Standard are observations of FHIR", func(t *testing.T) {
		var encounters struct{ Data []object }
		staff.want(200, "GET", std+"/patient/"+id+"/encounter", nil, &encounters)
		if len(encounters.Data) == 0 {
			t.Fatal("the patient has no encounter")
		}
		pid, eid := encounters.Data[0]["pid"], encounters.Data[0]["eid"]
		staff.want(201, "POST", fmt.Sprintf("%s/patient/%v/encounter/%v/vital", std, pid, eid), object{"bps": "141", "bpd": "91", "pulse": "77", "weight": "190"}, nil)
		var found struct{ Entry []object }
		staff.want(200, "GET", fhir+"/Observation?patient="+id+"&combo-code-value-quantity=http://loinc.org%7C8480-6$141", nil, &found)
		if len(found.Entry) != 1 {
			t.Errorf("%d observations with a systolic pressure of 141, want 1", len(found.Entry))
		}
	})

	t.Run("the patient sees nobody else", func(t *testing.T) {
		var others struct{ Entry []object }
		phil.want(200, "GET", fhir+"/Patient", nil, &others)
		if len(others.Entry) != 1 {
			t.Errorf("the patient's search finds %d patients, want 1", len(others.Entry))
		}
		phil.want(404, "GET", fhir+"/Patient/9a1b6c1e-0002-4c57-9d10-5f2a6e0c0002", nil, nil)
		if status, _ := phil.do("GET", std+"/patient", "", nil); status != 401 && status != 403 {
			t.Errorf("the Standard API answers a patient with %d", status)
		}
	})
}

func coded(system, code string) object {
	return object{"coding": []any{object{"system": system, "code": code}}}
}
