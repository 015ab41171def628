package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/setting"
)

// TestStopIsFeltEverywhere is F-44 with two processes over one database: what an administrator stops through one of them is stopped at
// the other, for every way in which a site's record is written and for every way to a token. Reading goes on, nothing
// that a client holds is spent, the trail says who did it, and lifting the stop brings everything back.
func TestStopIsFeltEverywhere(t *testing.T) { onEachDatabase(t, testStop) }

func testStop(t *testing.T, store config.Store) {
	t.Helper()
	first := demoserver.StartOn(t, store, nil)
	second := first.Replica(t)
	staff := signIn(t, first, demoserver.Admin, append(staffScopes, "cdr_fhir_expunge", "user/AuditEvent.rs")...)
	staff.server = second
	app := register(t, first)
	password := func() url.Values {
		return url.Values{
			"grant_type": {"password"}, "user_role": {"users"}, "username": {"physician"}, "password": {"physician"}, "scope": {"openid offline_access api:fhir user/Patient.rs"},
		}
	}
	status, tokens := app.token(first, password())
	if status != http.StatusOK {
		t.Fatalf("no token: %d %v", status, tokens)
	}
	var made struct{ Data object }
	staff.want(201, "POST", "/apis/default/api/patient", object{"fname": "Ida", "lname": "Halt", "DOB": "1991-04-05", "sex": "Female"}, &made)
	id, _ := made.Data["uuid"].(string)
	writes := stoppedWrites(id)

	switched := func(value string, felt func() bool) {
		t.Helper()
		for _, name := range setting.Stops() {
			if err := first.App.Admin.SetSetting(context.Background(), "default", name, value); err != nil {
				t.Fatal(err)
			}
		}
		await.True(t, "the other process feels the switch to "+value, felt)
	}
	refused := func() bool {
		s, _ := staff.do("POST", fhirAPI+"/Patient", "application/json", writes[0].body)
		return s == 503
	}
	switched(setting.On, refused)

	var before struct{ Total int }
	staff.want(200, "GET", fhirAPI+"/_history?_summary=count&_type=Patient,Condition,Encounter", nil, &before)
	for _, s := range []*demoserver.Server{first, second} {
		for _, w := range writes {
			resp, body := send(t, s, staff.token, w)
			if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "60" || !strings.Contains(body, "administrator has stopped writing") {
				t.Errorf("%s %s: %d, Retry-After %q: %.300s", w.method, w.path, resp.StatusCode, resp.Header.Get("Retry-After"), body)
			}
			if fhir := strings.HasPrefix(w.path, fhirAPI); fhir != strings.Contains(body, `"resourceType":"OperationOutcome"`) {
				t.Errorf("%s %s answers in another form: %.300s", w.method, w.path, body)
			}
		}
	}
	// Each entry of a batch is answered by itself: what reads is answered.
	batch := object{"resourceType": "Bundle", "type": "batch", "entry": []object{
		{"request": object{"method": "GET", "url": "Patient/" + id}},
		{"resource": object{"resourceType": "Patient"}, "request": object{"method": "POST", "url": "Patient"}},
	}}
	var answers struct {
		Entry []struct{ Response struct{ Status string } }
	}
	staff.want(200, "POST", fhirAPI, batch, &answers)
	if got := []string{answers.Entry[0].Response.Status, answers.Entry[1].Response.Status}; !strings.HasPrefix(got[0], "200") || !strings.HasPrefix(got[1], "503") {
		t.Errorf("the entries of a batch are answered %v", got)
	}
	var after struct{ Total int }
	staff.want(200, "GET", fhirAPI+"/_history?_summary=count&_type=Patient,Condition,Encounter", nil, &after)
	if before != after {
		t.Errorf("%d versions became %d", before.Total, after.Total)
	}
	staff.want(200, "GET", fhirAPI+"/Patient/"+id, nil, nil)
	staff.want(200, "GET", fhirAPI+"/Patient?name=Halt", nil, nil)
	staff.want(200, "GET", "/apis/default/api/patient/"+id, nil, nil)

	refresh := func() url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"]}}
	}
	for _, s := range []*demoserver.Server{first, second} {
		for _, form := range []url.Values{password(), refresh(), {"grant_type": {"client_credentials"}, "scope": {"system/Patient.rs"}}} {
			if status, answer := app.token(s, form); status != 503 || answer["error"] != "temporarily_unavailable" {
				t.Errorf("%s: %d %v", form.Get("grant_type"), status, answer)
			}
		}
		if got := reads(t, s, tokens["access_token"]); got != http.StatusOK {
			t.Errorf("a token from before reads %d", got)
		}
	}
	if _, err := first.SignIn(demoserver.Physician, []string{"openid", "user/Patient.rs"}); err == nil || !strings.Contains(err.Error(), "temporarily_unavailable") {
		t.Errorf("an app that sends somebody to sign in is told %v", err)
	}

	switched(setting.Off, func() bool {
		s, _ := staff.do("PUT", fhirAPI+"/Patient/"+id, "application/json", []byte(`{"resourceType":"Patient","id":"`+id+`"}`))
		return s == 200
	})
	if status, answer := app.token(second, refresh()); status != http.StatusOK {
		t.Errorf("the refresh token is no good any more: %d %v", status, answer)
	}
	staff.server = first
	want := []string{"stop_writes on", "stop_writes off", "stop_tokens on", "stop_tokens off"}
	for _, said := range want { // the trail is written a moment behind
		await.True(t, "the trail says "+said, func() bool {
			_, events := staff.do("GET", fhirAPI+"/AuditEvent?_count=200", "", nil)
			return strings.Contains(string(events), "setting set "+said)
		})
	}
}

// sent is one request with a token.
type sent struct {
	method, path, media string
	body                []byte
	header              [2]string
}

// stoppedWrites are requests that write, one for each way of writing; patient is one that exists.
func stoppedWrites(patient string) []sent {
	encode := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return b
	}
	const jsonType, merge = "application/json", "application/merge-patch+json"
	const std, fhir = "/apis/default/api", fhirAPI
	one := object{"resourceType": "Patient", "id": patient, "active": true}
	problem := object{"title": "Asthma", "begdate": "2020-01-01"}
	label := object{"resourceType": "Parameters", "parameter": []object{{"name": "meta", "valueMeta": object{"tag": []object{{"system": "http://example.org", "code": "x"}}}}}}
	flag := object{"resourceType": "Parameters", "parameter": []object{{"name": "expungePreviousVersions", "valueBoolean": true}}}
	bundle := object{"resourceType": "Bundle", "type": "transaction", "entry": []object{{"resource": object{"resourceType": "Patient"}, "request": object{"method": "POST", "url": "Patient"}}}}
	return []sent{
		{"POST", fhir + "/Patient", jsonType, encode(object{"resourceType": "Patient"}), [2]string{}},
		{"POST", fhir + "/Patient", jsonType, encode(object{"resourceType": "Patient"}), [2]string{"If-None-Exist", "identifier=nobody"}},
		{"PUT", fhir + "/Patient/" + patient, jsonType, encode(one), [2]string{}},
		{"PUT", fhir + "/Patient?_id=" + patient, jsonType, encode(one), [2]string{}},
		{"PATCH", fhir + "/Patient/" + patient, merge, []byte(`{"active":false}`), [2]string{}},
		{"PATCH", fhir + "/Patient?_id=" + patient, merge, []byte(`{"active":false}`), [2]string{}},
		{"DELETE", fhir + "/Patient/" + patient, "", nil, [2]string{}},
		{"DELETE", fhir + "/Patient?_id=" + patient, "", nil, [2]string{}},
		{"POST", fhir, jsonType, encode(bundle), [2]string{}},
		{"POST", fhir + "/Patient/" + patient + "/$meta-add", jsonType, encode(label), [2]string{}},
		{"POST", fhir + "/Patient/" + patient + "/$meta-delete", jsonType, encode(label), [2]string{}},
		{"POST", fhir + "/Patient/" + patient + "/$expunge", jsonType, encode(flag), [2]string{}},
		{"POST", fhir + "/Patient/" + patient + "/$purge-history", "", nil, [2]string{}},
		{"POST", std + "/patient", jsonType, encode(object{"fname": "Ida", "lname": "Other", "DOB": "1991-04-05", "sex": "Female"}), [2]string{}},
		{"PUT", std + "/patient/" + patient, jsonType, encode(object{"fname": "Ida", "lname": "Other", "DOB": "1991-04-05", "sex": "Female"}), [2]string{}},
		{"POST", std + "/patient/" + demo.PortalPatient + "/medical_problem", jsonType, encode(problem), [2]string{}},
		{"POST", std + "/patient/" + demo.PortalPatient + "/encounter", jsonType, encode(object{"pc_catid": "5", "class_code": "AMB"}), [2]string{}},
	}
}

// send sends a request to one process.
func send(t testing.TB, s *demoserver.Server, token string, what sent) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(what.method, s.URL+what.path, bytes.NewReader(what.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if what.media != "" {
		r.Header.Set("Content-Type", what.media)
	}
	if what.header[0] != "" {
		r.Header.Set(what.header[0], what.header[1])
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
