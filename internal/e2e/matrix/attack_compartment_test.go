package matrix_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// compartmentAttacks try to reach another patient's record out of one's own.
func compartmentAttacks() []attack {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	identifierB := url.QueryEscape("urn:matrix|" + patientB)
	list := []attack{
		{"COMP-01", "PA", get, "Patient/mx-b", "", "", []int{404}},
		{"COMP-01", "PA", http.MethodHead, "Observation/mx-b-Observation", "", "", []int{404}},
		{"COMP-02", "PA", get, "Observation?patient=mx-a,mx-b", "", "", []int{200}},
		{"COMP-02", "PA", get, "Observation?subject=Patient/mx-b", "", "", []int{200}},
		{"COMP-02", "PA", get, "Observation?patient=Patient/mx-a,Patient/mx-b", "", "", []int{200}},
		{"COMP-03", "PA", get, "Observation?patient:not=mx-a", "", "", []int{200, 400}},
		{"COMP-03", "PA", get, "Observation?patient:missing=true", "", "", []int{200}},
		{"COMP-03", "PA", get, "Observation?patient=", "", "", []int{200, 400}},
		{"COMP-03", "PA", get, "Observation?patient:identifier=" + identifierB, "", "", []int{200}},
		{"COMP-03", "PA", get, "Observation?subject:Patient=mx-b", "", "", []int{200}},
		{"COMP-03", "PA", get, "Observation?subject:Group=mx-both-Group", "", "", []int{200}},
		{"COMP-04", "PA", get, "Observation?patient=mx-a&patient=mx-b", "", "", []int{200}},
		{"COMP-04", "PA", post, "Observation/_search?patient=mx-b", "patient=mx-a", "Content-Type: application/x-www-form-urlencoded", []int{200}},
		{"COMP-05", "PA", get, "Observation?subject:Patient.identifier=" + identifierB, "", "", []int{200}},
		{"COMP-05", "PA", get, "Observation?encounter.patient=mx-b", "", "", []int{200}},
		{"COMP-05", "SO", get, "Observation?subject:Patient.identifier=" + identifierB, "", "", []int{403}},
		{"COMP-06", "PA", get, "Patient?_has:Observation:patient:_id=mx-b-Observation", "", "", []int{200}},
		{"COMP-06", "PA", get, "Practitioner?_has:Observation:performer:subject=Patient/mx-b", "", "", []int{200}},
		{"COMP-06", "PA", get, "Location?_has:Encounter:location:patient=mx-b", "", "", []int{200}},
		{"COMP-06", "SO", get, "Observation?_has:Provenance:target:agent=x", "", "", []int{403}},
		{"COMP-08", "PA", get, "Observation?_include=Observation:performer&_include=Observation:subject", "", "", []int{200}},
		{"COMP-10", "PA", get, "Observation/_history?_count=1000", "", "", []int{200}},
		{"COMP-10", "PA", get, "Patient/mx-b/_history", "", "", []int{404}},
		{"COMP-10", "PA", get, "Patient/mx-b/_history/1", "", "", []int{404}},
		{"COMP-10", "PA", get, "_history?_count=1000", "", "", []int{200}},
		{"COMP-11", "PA", get, "Observation/mx-b-deleted", "", "", []int{404}},
		{"COMP-13", "PA", get, "Patient/mx-b/Observation", "", "", []int{200, 403, 404}},
		{"COMP-13", "PA", get, "Patient/mx-a/Observation?patient=mx-b", "", "", []int{200}},
		{"COMP-13", "PA", get, "Encounter/mx-b-Encounter/Observation", "", "", []int{200, 403, 404}},
		{"COMP-13", "PA", get, "Patient/mx-b/*", "", "", []int{200, 403, 404}},
		{"COMP-14", "PAw", put, "Observation?_id=mx-b-Observation", strings.Replace(observationOf("Patient/mx-b"), `"status"`, `"id":"mx-b-Observation","status"`, 1), "", []int{403, 404}},
		{"COMP-14", "PAw", put, "Observation?patient=mx-b", observationOf("Patient/mx-b"), "", []int{403}},
		{"COMP-15", "PAw", put, "Observation?patient=mx-b", observationOf("Patient/mx-a"), "", []int{201}},
		{"COMP-15", "PAw", patch, "Observation?patient=mx-b", `[{"op":"replace","path":"/status","value":"amended"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-16", "PAw", del, "Observation?patient=mx-b", "", "", []int{204}},
		{"COMP-16", "PAw", del, "Observation?_id=mx-b-vital", "", "", []int{204}},
		{"COMP-17", "PAw", post, "Observation", observationOf("Patient/mx-a"), "If-None-Exist: patient=mx-b", []int{201}},
		{"COMP-18", "PAw", patch, "Observation?_id=mx-b-vital", `[{"op":"replace","path":"/status","value":"amended"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-19", "PAw", post, "", entryOf("POST", "Observation", observationOf("Patient?identifier=urn:matrix|mx-b")), "", []int{400, 404, 412, 422}},
		{"COMP-22", "PAw", post, "", entryOf("GET", "https://evil.example/fhir/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entryOf("GET", "//evil.example/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entryOf("GET", "../home/fhir/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entryOf("POST", "/oauth2/home/token", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entryOf("GET", "$export", ""), "", []int{400, 403, 404}},
		{"COMP-22", "PAw", post, "", entryOf("POST", "", `{"resourceType":"Bundle","type":"batch"}`), "", []int{400, 404}},
		{"COMP-23", "PAw", post, "", entryOf("get", "Patient/mx-b", ""), "", []int{400}},
		{"COMP-23", "PAw", post, "", entryOf("HEAD", "Patient/mx-b", ""), "", []int{404}},
		{"COMP-23", "PAw", post, "", entryOf("TRACE", "Patient/mx-b", ""), "", []int{400}},
		{"COMP-24", "PAw", post, "Observation", observationOf("Patient/mx-b"), "", []int{403}},
		{"COMP-28", "PAw", patch, "Observation/mx-b-vital", `[{"op":"test","path":"/status","value":"final"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-28", "PAw", patch, "Observation/mx-b-vital", `[{"op":"move","from":"/status","path":"/x"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-30", "PA", get, "Observation/mx-b-by-a", "", "", []int{404}},
		{"COMP-31", "PAw", post, "QuestionnaireResponse", `{"resourceType":"QuestionnaireResponse","status":"completed","author":{"reference":"Patient/mx-a"},"subject":{"reference":"Patient/mx-b"}}`, "", []int{403}},
		{"COMP-32", "PA", get, "Group/mx-both-Group", "", "", []int{403}},
		{"COMP-32", "PA", get, "Group?member=Patient/mx-a", "", "", []int{403}},
		{"COMP-33", "PA", get, "Appointment/mx-both-Appointment", "", "", []int{404}},
		{"COMP-33", "PA", get, "Account?_count=1000", "", "", []int{200}},
		{"COMP-33", "PA", get, "AuditEvent", "", "", []int{403}},
		{"COMP-34", "PA", get, "Observation?_id=mx-a-Observation,mx-b-Observation", "", "", []int{200}},
		{"COMP-34", "PA", get, "Observation?_list=mx-b-List", "", "", []int{200, 400, 403, 404}},
		{"COMP-34", "PA", get, "Observation?_list=mx-a-names-b", "", "", []int{200, 400}},
		{"COMP-36", "PA", get, "Observation?_content=" + url.QueryEscape("canary"), "", "", []int{200, 400, 501}},
		{"COMP-36", "PA", get, "Patient?name:contains=example", "", "", []int{200}},
		{"COMP-36", "PA", get, "Observation?_filter=" + url.QueryEscape(`subject eq "Patient/mx-b"`), "", "", []int{200, 400}},
		{"COMP-41", "PAw", get, "Binary/mx-b-Binary", "", "", []int{404}},
		{"COMP-42", "PA", get, "DocumentReference/$docref?patient=mx-b", "", "", []int{403, 404}},
		{"COMP-43", "PA", get, "Composition/mx-b-Composition/$document", "", "", []int{403, 404}},
		{"COMP-44", "PAw", put, "Patient/mx-a", `{"resourceType":"Patient","id":"mx-a","link":[{"other":{"reference":"Patient/mx-b"},"type":"seealso"}]}`, "", []int{200}},
		{"COMP-44", "PAw", get, "Patient?_include=Patient:link", "", "", []int{200}},
		{"COMP-44", "PAw", get, "Patient/mx-b", "", "", []int{404}},
		{"COMP-46", "PAw", put, "Observation/mx-b-vital", strings.Replace(observationOf("Patient/mx-a"), `"status"`, `"id":"mx-b-vital","status"`, 1), `If-Match: W/"1"`, []int{404}},
		{"COMP-46", "PAw", put, "Observation/mx-b-vital", strings.Replace(observationOf("Patient/mx-a"), `"status"`, `"id":"mx-b-vital","status"`, 1), `If-Match: W/"7"`, []int{404}},
		{"COMP-47", "PAw", del, "Patient/mx-b", "", "", []int{403}},
		{"COMP-50", "PAw", post, "Subscription", `{"resourceType":"Subscription","status":"requested","reason":"x","criteria":"Observation?patient=mx-b","channel":{"type":"rest-hook","endpoint":"https://evil.example"}}`, "", []int{403}},
		{"COMP-51", "PA", get, "Observation/mx-b-vital?_format=xml", "", "", []int{404}},
		{"COMP-51", "PA", get, "Observation/mx-b-vital?_elements=status", "", "", []int{404}},
	}
	for _, subject := range []string{"patient/mx-a", "Patient/mx-a/", "Patient/%6dx-a", "https://evil.example/fhir/Patient/mx-a", "Patient/mx-a#x", "Patient/mx-a?x", "./Patient/mx-a", " Patient/mx-a", "Group/mx-a", "#mx-a"} {
		list = append(list, attack{"COMP-29", "PAw", post, "Observation", observationOf(subject), "", []int{400, 403, 422}})
	}
	return list
}

// TestForbiddenLooksLikeMissing is O8 of COMP-01: what somebody may not see is answered like what there is not.
func TestForbiddenLooksLikeMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	c := &trial{site: abroad, actor: &actor{kind: access.User, account: account.Administrators, patient: patientA}, scopes: []string{"patient/*.cruds"}}
	w.mustArm(abroad, c)
	plain := func(a *answer, id string) string {
		text := strings.ReplaceAll(string(a.body), id, "ID")
		if i := strings.Index(text, a.header.Get("X-Request-Id")); i >= 0 && a.header.Get("X-Request-Id") != "" {
			text = strings.ReplaceAll(text, a.header.Get("X-Request-Id"), "REQUEST")
		}
		return fmt.Sprint(a.status, len(a.header), text)
	}
	for _, f := range w.facts {
		if f.owner != patientB && f.owner != several || f.Type == "Patient" {
			continue
		}
		for _, shape := range []string{"%s/%s", "%s/%s/_history", "%s/%s/_history/1", "%s/%s/$meta", "%s?_id=%s", "%s/%s?_summary=true"} {
			ask := func(id string) string {
				return plain(w.send(call{method: http.MethodGet, path: "/apis/" + abroad + "/fhir/" + fmt.Sprintf(shape, f.Type, id), token: c.token}), id)
			}
			there, missing := ask(f.ID), ask(strings.Repeat("z", len(f.ID)))
			if !strings.HasPrefix(shape, "%s?") && there != missing || strings.HasPrefix(shape, "%s?") && anyCanary.MatchString(there) {
				t.Errorf("%s of %s: %s, and of what is not there: %s", shape, f.Key, there, missing)
			}
		}
	}
}
