package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"chartwright/internal/e2e/demoserver"
)

// TestWriteQuota is FILE-11: one app can't fill the disk for one person. What it wrote counts, through whichever API; what was refused
// does not; reading and deleting go on; others have a quota of their own; and the trail says that somebody was refused.
func TestWriteQuota(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	const scopes = "openid api:fhir api:oemr user/Binary.cruds user/Patient.cruds user/patient.write user/patient.read"
	staff := signIn(t, s, demoserver.Admin, append(strings.Fields(scopes), "user/AuditEvent.rs")...)
	other := signIn(t, s, demoserver.Physician, "openid", "api:fhir", "user/Patient.cruds")
	if err := s.App.Admin.SetSetting(context.Background(), "default", "write_quota", "10MB"); err != nil {
		t.Fatal(err)
	}
	data := strings.Repeat("QUFB", 1_000_000) // 4 MB as JSON
	binary := object{"resourceType": "Binary", "contentType": "application/octet-stream", "data": data}
	var made struct{ ID string }
	staff.want(201, "POST", fhirAPI+"/Binary", binary, &made)
	staff.want(201, "POST", fhirAPI+"/Binary", binary, nil)
	body := []byte(`{"resourceType":"Binary","contentType":"application/octet-stream","data":"` + data + `"}`)
	for range 3 { // what is refused takes nothing
		resp, answer := send(t, s, staff.token, sent{"POST", fhirAPI + "/Binary", "application/fhir+json", body, [2]string{}})
		if resp.StatusCode != http.StatusRequestEntityTooLarge || resp.Header.Get("Retry-After") == "" || !strings.Contains(answer, "OperationOutcome") || !strings.Contains(answer, "too-costly") {
			t.Fatalf("the third: %d, Retry-After %q: %.300s", resp.StatusCode, resp.Header.Get("Retry-After"), answer)
		}
	}
	staff.want(201, "POST", fhirAPI+"/Patient", object{"resourceType": "Patient"}, nil) // there is room for small things
	var all []object
	for range 8 {
		all = append(all, object{"resource": object{"resourceType": "Binary", "contentType": "text/plain", "data": data[:1_000_000]}, "request": object{"method": "POST", "url": "Binary"}})
	}
	staff.want(413, "POST", fhirAPI, object{"resourceType": "Bundle", "type": "transaction", "entry": all}, nil)
	staff.want(201, "POST", fhirAPI+"/Binary", object{"resourceType": "Binary", "contentType": "text/plain", "data": data[:1_990_000]}, nil)
	for i := 0; ; i++ { // the same quota through another API
		resp, answer := send(t, s, staff.token, sent{"POST", "/apis/default/api/patient", "application/json", []byte(`{"fname":"Ida","lname":"Full","DOB":"1991-04-05","sex":"Female"}`), [2]string{}})
		if resp.StatusCode == http.StatusRequestEntityTooLarge && strings.Contains(answer, "may write a day") && !strings.Contains(answer, "OperationOutcome") {
			break
		}
		if resp.StatusCode != http.StatusCreated || i > 100 {
			t.Fatalf("the Standard API: %d %.300s", resp.StatusCode, answer)
		}
	}
	staff.want(200, "GET", fhirAPI+"/Patient?_count=1", nil, nil)
	staff.want(204, "DELETE", fhirAPI+"/Binary/"+made.ID, nil, nil)
	other.want(201, "POST", fhirAPI+"/Patient", object{"resourceType": "Patient"}, nil)
	if _, events := staff.do("GET", fhirAPI+"/AuditEvent?_count=50", "", nil); !strings.Contains(string(events), "may write a day") {
		t.Errorf("the trail does not say that somebody was refused: %.900s", events)
	}
	if err := s.App.Admin.SetSetting(context.Background(), "default", "write_quota", "off"); err != nil {
		t.Fatal(err)
	}
	staff.want(201, "POST", fhirAPI+"/Binary", binary, nil)
}
