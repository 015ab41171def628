package e2e

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"chartwright/internal/app"
	"chartwright/internal/care/bulk"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/fhir/fhirtest"
)

func contains(body []byte, text string) bool { return bytes.Contains(body, []byte(text)) }

// The whole development set of Synthea loads without a rejection, and every chart in it is served by the Standard API.
func TestSyntheaLoadsAndIsServed(t *testing.T) {
	t.Parallel()
	dir := fhirtest.Folder(t, "synthea")
	s := demoserver.Start(t)
	files, err := bulk.Files([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	loader, err := s.App.Loader(context.Background(), app.DefaultSite, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	report, err := loader.Load(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Rejected {
		t.Errorf("rejected: %s %s: %s", r.Path, r.Place, r.Reason)
	}
	var total int64
	for _, n := range report.Loaded {
		total += n
	}
	if total != 17337 {
		t.Errorf("%d resources were loaded, want 17337", total)
	}

	staff := signIn(t, s, demoserver.Admin,
		"openid", "api:oemr", "api:fhir", "user/patient.read", "user/encounter.read", "user/vital.read", "user/soap_note.read", "user/medical_problem.read",
		"user/allergy.read", "user/medication.read", "user/surgery.read", "user/dental_issue.read", "user/appointment.read", "user/insurance.read",
		"user/immunization.read", "user/procedure.read", "user/prescription.read", "user/drug.read", "user/practitioner.read", "user/facility.read")
	const std = "/apis/default/api"
	var patients struct{ Data []object }
	staff.want(200, "GET", std+"/patient?_limit=200", nil, &patients)
	if len(patients.Data) < 34 {
		t.Fatalf("%d patients are listed", len(patients.Data))
	}
	for _, p := range patients.Data {
		uuid, pid := fmt.Sprint(p["uuid"]), fmt.Sprint(p["pid"])
		staff.want(200, "GET", std+"/patient/"+uuid, nil, nil)
		for _, list := range []string{"medical_problem", "allergy", "insurance"} {
			staff.want(200, "GET", std+"/patient/"+uuid+"/"+list, nil, nil)
		}
		for _, list := range []string{"medication", "surgery", "dental_issue", "appointment"} {
			staff.want(200, "GET", std+"/patient/"+pid+"/"+list, nil, nil)
		}
		var encounters struct{ Data []object }
		staff.want(200, "GET", std+"/patient/"+uuid+"/encounter", nil, &encounters)
		for i, e := range encounters.Data {
			if i == 3 { // the shape is the same in all; the time of the test is not
				break
			}
			staff.want(200, "GET", std+"/patient/"+uuid+"/encounter/"+uuidOf(e), nil, nil)
			staff.want(200, "GET", fmt.Sprintf("%s/patient/%v/encounter/%v/vital", std, pid, e["eid"]), nil, nil)
			staff.want(200, "GET", fmt.Sprintf("%s/patient/%v/encounter/%v/soap_note", std, pid, e["eid"]), nil, nil)
		}
	}
	for _, list := range []string{"immunization", "procedure", "prescription", "drug", "practitioner", "facility", "allergy", "medical_problem"} {
		staff.want(200, "GET", std+"/"+list, nil, nil)
	}
}

func uuidOf(e object) string {
	if u, ok := e["euuid"].(string); ok {
		return u
	}
	return fmt.Sprint(e["uuid"])
}
