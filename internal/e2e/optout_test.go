package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"testing"

	"chartwright/internal/app"
	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
)

// A patient who opts out of access by apps, in whichever dialect, is cut off with the next call. Opting in lets the patient
// sign in again and brings no old token back.
func TestPatientOptsOut(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	staff := signIn(t, s, demoserver.Admin, "openid", "api:oemr", "api:fhir", "user/patient.read", "user/patient.write", "user/Patient.cruds")
	// loaded loads the patient with a field changed, as the operator would from a file.
	loaded := func(name, value string) {
		t.Helper()
		body, err := json.Marshal(staff.withField(t, "/apis/default/fhir/Patient/"+demo.PortalPatient, name, value))
		if err != nil {
			t.Fatal(err)
		}
		loader, err := s.App.Loader(context.Background(), app.DefaultSite, func(int64) {})
		if err != nil {
			t.Fatal(err)
		}
		report, err := loader.Stream(context.Background(), "patients.ndjson", bytes.NewReader(body))
		if err != nil || len(report.Rejected) > 0 || report.Loaded["Patient"] != 1 {
			t.Fatalf("%+v, %v", report, err)
		}
	}
	const std, fhir = "/apis/default/api/patient/", "/apis/default/fhir/Patient/"
	id := demo.PortalPatient
	scopes := []string{"openid", "api:fhir", "patient/Patient.rs"}
	standard := func(change object) {
		t.Helper()
		var row struct{ Data object }
		staff.want(200, "GET", std+id, nil, &row)
		body := object{}
		for _, name := range []string{"fname", "lname", "DOB", "sex"} {
			body[name] = row.Data[name]
		}
		maps.Copy(body, change)
		staff.want(200, "PUT", std+id, body, nil)
	}
	for _, tc := range []struct {
		name      string
		out, back func()
	}{
		{
			"by the Standard API",
			func() { standard(object{"prevent_portal_apps": "YES"}) },
			func() { standard(object{"prevent_portal_apps": ""}) },
		},
		{
			"by the portal's switch of the Standard API",
			func() { standard(object{"allow_patient_portal": "NO"}) },
			func() { standard(object{"allow_patient_portal": "YES"}) },
		},
		{
			"by FHIR",
			func() { staff.setField(t, fhir+id, "prevent_portal_apps", "YES") },
			func() { staff.setField(t, fhir+id, "prevent_portal_apps", "") },
		},
		{
			"by a load of NDJSON",
			func() { loaded("prevent_portal_apps", "YES") },
			func() { loaded("prevent_portal_apps", "") },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			phil := signIn(t, s, demoserver.Phil, scopes...)
			phil.want(200, "GET", fhir+id, nil, nil)
			tc.out()
			if status, _ := phil.do("GET", fhir+id, "", nil); status != 401 {
				t.Errorf("the next call answers %d", status)
			}
			tc.back()
			if status, _ := phil.do("GET", fhir+id, "", nil); status != 401 {
				t.Errorf("the old token is back: %d", status)
			}
			signIn(t, s, demoserver.Phil, scopes...).want(200, "GET", fhir+id, nil, nil)
		})
	}
}

// setField sets a field without a home in FHIR in the extension of a resource that keeps such fields; an empty value removes it.
func (c *caller) setField(t *testing.T, path, name, value string) {
	t.Helper()
	c.want(200, "PUT", path, c.withField(t, path, name, value), nil)
}

// withField returns the resource as [caller.setField] stores it.
func (c *caller) withField(t *testing.T, path, name, value string) object {
	t.Helper()
	const url = "https://chartwright.example/fhir/StructureDefinition/standard-fields"
	var resource object
	c.want(200, "GET", path, nil, &resource)
	var others []any
	fields := []any{}
	list, _ := resource["extension"].([]any)
	for _, x := range list {
		if x.(object)["url"] != url {
			others = append(others, x)
			continue
		}
		for _, field := range x.(object)["extension"].([]any) {
			if field.(object)["url"] != name {
				fields = append(fields, field)
			}
		}
	}
	if value != "" {
		fields = append(fields, object{"url": name, "valueString": value})
	}
	if len(fields) > 0 {
		others = append(others, object{"url": url, "extension": fields})
	}
	resource["extension"] = others
	return resource
}
