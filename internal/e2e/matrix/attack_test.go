package matrix_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4route"
	"chartwright/gen/r4search"
	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// attacker is who asks in an attack, by the names that the cases use.
var attackers = map[string]struct {
	actor  actor
	scopes string
}{
	// A's own apps: the patient himself, and staff whose app was launched for A, who may write.
	"PA":  {actor{kind: access.Patient, account: "a", patient: patientA}, "patient/*.cruds"},
	"PAw": {actor{kind: access.User, account: account.Administrators, patient: patientA}, "patient/*.cruds"},
	"TN":  {actor{kind: access.User, account: account.Physicians}, "patient/*.cruds"},
	"UC":  {actor{kind: access.User, account: account.Physicians}, "user/*.cruds"},
	"UR":  {actor{kind: access.User, account: account.FrontOffice}, "user/*.cruds"},
	"UX":  {actor{kind: access.User, account: "none"}, "user/*.cruds"},
	"UO":  {actor{kind: access.User, account: "outsider"}, "user/*.cruds"},
	"AD":  {actor{kind: access.User, account: account.Administrators}, "user/*.cruds"},
	"SO":  {actor{kind: access.System}, "system/Observation.rs"},
	"LAB": {actor{kind: access.Patient, account: "a", patient: patientA}, "patient/Observation.rs?category=" + laboratory},
	"R":   {actor{kind: access.User, account: account.Physicians}, "user/Observation.r"},
	"S":   {actor{kind: access.User, account: account.Physicians}, "user/Observation.s"},
	"ST":  {actor{kind: access.User, account: account.Administrators}, "api:oemr user/patient.cruds user/list.cruds user/user.cruds"},
	"PP":  {actor{kind: access.Patient, account: "a", patient: patientA}, "api:port patient/patient.cruds patient/encounter.cruds"},
}

// attack is one request that must not succeed in what it tries.
type attack struct {
	id, by, method, path string
	body                 string
	header               string // "Name: value"
	want                 []int
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	tokens := map[string]string{}
	for name, a := range attackers {
		c := &trial{site: abroad, actor: &a.actor, scopes: strings.Fields(a.scopes)}
		w.mustArm(abroad, c)
		tokens[name] = c.token
	}
	before := w.stateOf(patientB)
	secret := slices.DeleteFunc(slices.Clone(w.facts), func(f *fact) bool { return f.owner != patientB && f.owner != several })
	for _, a := range attacks() {
		t.Run(a.id+" "+a.by+" "+a.method+" "+clip(a.path, 60), func(t *testing.T) {
			c := call{method: a.method, path: a.path, body: []byte(a.body), token: tokens[a.by], header: map[string]string{}}
			if !strings.HasPrefix(c.path, "/apis/") {
				c.path = "/apis/" + abroad + "/fhir/" + c.path
			}
			if name, value, ok := strings.Cut(a.header, ": "); ok {
				c.header[name] = value
			}
			got, err := w.trySend(c)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(a.want, got.status) {
				t.Errorf("status %d, want %v: %.400s", got.status, a.want, got.body)
			}
			if a.by == "UC" || a.by == "AD" { // who may see everybody
				return
			}
			for _, f := range secret {
				if bytes.Contains(got.body, []byte(f.canary(abroad))) {
					t.Errorf("it shows %s", f.Key)
				}
			}
			if text := string(got.body); strings.Contains(text, "SELECT ") || strings.Contains(text, "goroutine ") || strings.Contains(text, ".go:") {
				t.Errorf("it shows the inside: %.300s", text)
			}
		})
	}
	if after := w.stateOf(patientB); after != before {
		t.Errorf("the attacks have changed something of B's: %s, before %s", after, before)
	}
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// stateOf sums up the record of a patient at the site of the attacks.
func (w *world) stateOf(patient string) string {
	w.t.Helper()
	var state []string
	for _, f := range w.facts {
		if f.owner == patient {
			a := w.send(call{method: http.MethodGet, path: "/apis/" + abroad + "/fhir/" + f.Key.String(), token: w.keys[abroad]})
			state = append(state, fmt.Sprint(f.ID, " ", a.status, a.header.Get("ETag")))
		}
	}
	return strings.Join(state, ", ")
}

// attacks are the requests, by the id of what they try.
func attacks() []attack {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	observation := func(subject string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + subject + `"}}`
	}
	entry := func(method, where, resource string) string {
		if resource != "" {
			resource = `"resource":` + resource + ","
		}
		return `{"resourceType":"Bundle","type":"transaction","entry":[{` + resource + `"request":{"method":"` + method + `","url":"` + where + `"}}]}`
	}
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
		{"COMP-14", "PAw", put, "Observation?_id=mx-b-Observation", strings.Replace(observation("Patient/mx-b"), `"status"`, `"id":"mx-b-Observation","status"`, 1), "", []int{403, 404}},
		{"COMP-14", "PAw", put, "Observation?patient=mx-b", observation("Patient/mx-b"), "", []int{403}},
		{"COMP-15", "PAw", put, "Observation?patient=mx-b", observation("Patient/mx-a"), "", []int{201}},
		{"COMP-15", "PAw", patch, "Observation?patient=mx-b", `[{"op":"replace","path":"/status","value":"amended"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-16", "PAw", del, "Observation?patient=mx-b", "", "", []int{204}},
		{"COMP-16", "PAw", del, "Observation?_id=mx-b-vital", "", "", []int{204}},
		{"COMP-17", "PAw", post, "Observation", observation("Patient/mx-a"), "If-None-Exist: patient=mx-b", []int{201}},
		{"COMP-18", "PAw", patch, "Observation?_id=mx-b-vital", `[{"op":"replace","path":"/status","value":"amended"}]`, "Content-Type: application/json-patch+json", []int{404}},
		{"COMP-19", "PAw", post, "", entry("POST", "Observation", observation("Patient?identifier=urn:matrix|mx-b")), "", []int{400, 404, 412, 422}},
		{"COMP-22", "PAw", post, "", entry("GET", "https://evil.example/fhir/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entry("GET", "//evil.example/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entry("GET", "../home/fhir/Patient/mx-b", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entry("POST", "/oauth2/home/token", ""), "", []int{400, 404}},
		{"COMP-22", "PAw", post, "", entry("GET", "$export", ""), "", []int{400, 403, 404}},
		{"COMP-22", "PAw", post, "", entry("POST", "", `{"resourceType":"Bundle","type":"batch"}`), "", []int{400, 404}},
		{"COMP-23", "PAw", post, "", entry("get", "Patient/mx-b", ""), "", []int{400}},
		{"COMP-23", "PAw", post, "", entry("HEAD", "Patient/mx-b", ""), "", []int{404}},
		{"COMP-23", "PAw", post, "", entry("TRACE", "Patient/mx-b", ""), "", []int{400}},
		{"COMP-24", "PAw", post, "Observation", observation("Patient/mx-b"), "", []int{403}},
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
		{"COMP-46", "PAw", put, "Observation/mx-b-vital", strings.Replace(observation("Patient/mx-a"), `"status"`, `"id":"mx-b-vital","status"`, 1), `If-Match: W/"1"`, []int{404}},
		{"COMP-46", "PAw", put, "Observation/mx-b-vital", strings.Replace(observation("Patient/mx-a"), `"status"`, `"id":"mx-b-vital","status"`, 1), `If-Match: W/"7"`, []int{404}},
		{"COMP-47", "PAw", del, "Patient/mx-b", "", "", []int{403}},
		{"COMP-50", "PAw", post, "Subscription", `{"resourceType":"Subscription","status":"requested","reason":"x","criteria":"Observation?patient=mx-b","channel":{"type":"rest-hook","endpoint":"https://evil.example"}}`, "", []int{403}},
		{"COMP-51", "PA", get, "Observation/mx-b-vital?_format=xml", "", "", []int{404}},
		{"COMP-51", "PA", get, "Observation/mx-b-vital?_elements=status", "", "", []int{404}},

		{"SMART-03", "R", get, "Observation", "", "", []int{403}},
		{"SMART-03", "R", get, "Observation?_id=mx-a-Observation", "", "", []int{403}},
		{"SMART-03", "S", get, "Observation/mx-a-Observation", "", "", []int{403}},
		{"SMART-09", "LAB", get, "Observation?category=" + url.QueryEscape(vitalSigns), "", "", []int{200}},
		{"SMART-13", "TN", get, "Observation", "", "", []int{403}},
		{"SMART-13", "TN", get, "Patient/mx-a", "", "", []int{403}},
		{"SMART-13", "TN", post, "", entry("GET", "Patient/mx-a", ""), "", []int{403}},
		{"SMART-14", "UO", get, "Patient/mx-a", "", "", []int{403}},
		{"SMART-20", "UR", get, "Observation/mx-a-Observation", "", "", []int{403}},
		{"SMART-20", "UR", get, "Composition", "", "", []int{403}},
		{"SMART-25", "AD", get, "$export", "", "", []int{403, 404}},
		{"SMART-25", "AD", get, "Group/mx-both-Group/$export", "", "", []int{403, 404}},
		{"AUD-07", "UC", get, "AuditEvent", "", "", []int{403}},
		{"AUD-07", "PA", get, "AuditEvent", "", "", []int{403}},

		{"SITE-06", "UC", get, "/apis/Abroad/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/abroad%00/fhir/Patient/mx-a", "", "", []int{400, 404}},
		{"SITE-06", "UC", get, "/apis/abroad;x/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/../apis/home/fhir/Patient/mx-a", "", "", []int{401, 404}},
		{"SITE-06", "UC", get, "/apis/abroad%2f..%2fhome/fhir/Patient/mx-a", "", "", []int{404}},
		{"SITE-06", "UC", get, "/apis/%EF%BD%81broad/fhir/Patient/mx-a", "", "", []int{404}},

		{"STD-01", "PP", get, "/apis/abroad/api/patient", "", "", []int{401, 403}},
		{"STD-01", "UC", get, "/apis/abroad/portal/patient", "", "", []int{401, 403}},
		{"STD-01", "PA", get, "/apis/abroad/portal/patient", "", "", []int{401, 403}},
		{"STD-01", "PA", get, "/apis/abroad/api/patient", "", "", []int{401, 403}},
		{"STD-10", "ST", get, "/apis/abroad/api/list/" + url.PathEscape("'; drop table resource; --"), "", "", []int{200, 400, 404}},
		{"STD-12", "UC", get, "Observation/mx-b-vital", "", "X-HTTP-Method-Override: DELETE", []int{200}},
		{"STD-14", "UC", http.MethodTrace, "Patient/mx-a", "", "", []int{404, 405}},
		{"STD-15", "AD", post, "Patient", `{"resourceType":"Patient"}`, "Content-Type: text/plain", []int{400, 415}},
		{"STD-15", "AD", post, "Patient", `{"resourceType":"Patient"}`, "Content-Type: multipart/form-data; boundary=x", []int{400, 415}},
		{"STD-16", "", get, "/apis/abroad/api/patient", "", "Cookie: chartwright-abroad=x", []int{401}},

		{"TOK-01", "", get, "Patient", "", "", []int{401}},
		{"TOK-01", "", get, "Patient", "", "Authorization: Bearer", []int{401}},
		{"TOK-02", "", get, "Patient?access_token=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "", "", []int{400, 401}},
		{"TOK-06 TOK-07 TOK-08", "", get, "Patient", "", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInNjb3BlIjoidXNlci8qLmNydWRzIn0.", []int{401}},
		{"TOK-17", "SO", get, "Patient/mx-a", "", "", []int{403}},
		{"TOK-18", "", get, "Patient", "", "Authorization: Bearer " + strings.Repeat("x", 16<<10), []int{401}},
		{"TOK-18", "", get, "Patient", "", "Authorization: Bearer \u00fcber", []int{401}},

		{"PARSE-01", "AD", post, "Patient", strings.Repeat(`{"a":`, 10_001), "", []int{400}},
		{"PARSE-01", "AD", post, "Patient", strings.Repeat(`[`, 1_000_000), "", []int{400}},
		{"PARSE-05", "AD", post, "Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":NaN}}`, "", []int{400}},
		{"PARSE-06", "AD", post, "Patient", `{"resourceType":"Patient"}{"resourceType":"Patient"}`, "", []int{400}},
		{"PARSE-06", "AD", post, "Patient", `{"resourceType":"Patient" /* x */}`, "", []int{400}},
		{"PARSE-07", "AD", post, "Patient", `{"resourceType":"Patient","name":{}}`, "", []int{400, 422}},
		{"PARSE-07", "AD", post, "Patient", `{"resourceType":"Patient","name":[null]}`, "", []int{400, 422}},
		{"PARSE-17", "AD", get, "Patient?_id=" + strings.Repeat("a,", 3_000), "", "", []int{400, 403, 414}},
		{"PARSE-17", "AD", get, "Patient?x=" + strings.Repeat("a", 64<<10), "", "", []int{413, 414, 431}},
		{"PARSE-18", "AD", get, "Observation?" + strings.Repeat("has-member:Observation.", 10) + "_id=x", "", "", []int{400, 403}},
		{"PARSE-18", "AD", get, "Patient?" + strings.Repeat("_has:Observation:patient:", 10) + "_id=x", "", "", []int{400, 403}},
		{"PARSE-22", "AD", get, "Patient?birthdate=9999-99-99", "", "", []int{400}},
		{"PARSE-22", "AD", get, "Patient?birthdate=2020-02-30", "", "", []int{400}},
		{"PARSE-23", "AD", get, "Observation?value-quantity=" + url.QueryEscape("gegege5"), "", "", []int{400}},
		{"PARSE-23", "AD", get, "Observation?value-quantity=" + url.QueryEscape("1||||"), "", "", []int{400}},
		{"PARSE-25", "AD", get, "Patient?_format=../../x", "", "", []int{400, 406}},
		{"PARSE-29", "AD", get, "Patient", "", "X-Long: " + strings.Repeat("x", 900<<10), []int{431}},
		{"PARSE-35", "AD", put, "Basic/deep", `{"resourceType":"Basic","id":"deep","code":{"text":"x"},"text":{"status":"generated","div":"` + strings.Repeat("<div>", 100_000) + `"}}`, "", []int{201, 400, 413, 422}},
		{"PARSE-35", "AD", get, "Basic/deep?_format=xml", "", "", []int{200, 404}},
		{"PARSE-35", "AD", put, "Basic/deep", `{"resourceType":"Basic","id":"deep","code":{"text":"x"},"text":{"status":"generated","div":"` + strings.Repeat("x", 10<<20) + `"}}`, "", []int{413}},

		{"INJ-02", "AD", get, "Patient?_sort=" + url.QueryEscape("name;select 1"), "", "", []int{400}},
		{"INJ-02", "AD", get, "Patient?_sort=" + url.QueryEscape("-(case when 1 then id end)"), "", "", []int{400}},
		{"INJ-04", "AD", get, "Patient?_include=" + url.QueryEscape("Patient:x' or 1=1"), "", "", []int{400}},
		{"INJ-04", "AD", get, "?_type=" + url.QueryEscape("Patient' or '1"), "", "", []int{400, 403}},
		{"INJ-06", "PA", get, "Patient?name=" + url.QueryEscape("%"), "", "", []int{200}},
		{"INJ-06", "PA", get, "Patient?name:contains=" + url.QueryEscape("_"), "", "", []int{200}},
		{"INJ-08", "UC", get, "Patient/" + url.PathEscape("' or '1'='1"), "", "", []int{404}},
		{"INJ-08", "UC", get, "Patient/mx-a/_history/" + url.PathEscape("1 or 1=1"), "", "", []int{404}},
		{"WEB-08", "PA", get, "Patient/mx-a/x.css", "", "", []int{404}},
		{"WEB-08", "PA", get, "Patient/mx-a;.js", "", "", []int{404}},
	}
	for _, subject := range []string{"patient/mx-a", "Patient/mx-a/", "Patient/%6dx-a", "https://evil.example/fhir/Patient/mx-a", "Patient/mx-a#x", "Patient/mx-a?x", "./Patient/mx-a", " Patient/mx-a", "Group/mx-a", "#mx-a"} {
		list = append(list, attack{"COMP-29", "PAw", post, "Observation", observation(subject), "", []int{400, 403, 422}})
	}
	list = append(list, attack{"SITE-08", "PAw", post, "Observation", observation("http://127.0.0.1/apis/home/fhir/Patient/mx-a"), "", []int{400, 403, 422}})
	for _, pid := range []string{"0", "-1", "1e3", "1 OR 1=1", "%", "9223372036854775808", "1,2", "mx-x"} {
		list = append(list, attack{"STD-06", "ST", get, "/apis/abroad/api/patient/" + url.PathEscape(pid), "", "", []int{400, 404}})
	}
	for _, query := range []string{"_sort=password", "_sort=" + url.QueryEscape("(select 1)"), "_offset=-1"} {
		list = append(list, attack{"STD-09", "ST", get, "/apis/abroad/api/patient?" + query, "", "", []int{400}})
	}
	return list
}

// TestInjections is INJ-01 and INJ-20: what is SQL to a database is text to every search parameter of every type.
func TestInjections(t *testing.T) {
	t.Parallel()
	inject := func(t *testing.T, w *world) {
		c := &trial{site: abroad, actor: &actor{kind: access.User, account: account.Administrators}, scopes: []string{"user/*.cruds"}}
		w.mustArm(abroad, c)
		payloads := []string{`'; DROP TABLE resource; --`, `' OR '1'='1`, `x') UNION SELECT body FROM resource --`, `";pg_sleep(9)`, `%27%00`}
		n := 0
		for _, typ := range r4route.Types {
			for _, p := range r4search.Of(typ.Name) {
				n++
				where := "/apis/" + abroad + "/fhir/" + typ.Name + "?_count=2&" + url.QueryEscape(p.Code) + "=" + url.QueryEscape(payloads[n%len(payloads)])
				if a := w.send(call{method: http.MethodGet, path: where, token: c.token}); a.status != 200 && a.status != 400 || bytes.Contains(a.body, []byte("canary-")) {
					t.Errorf("%s: %d %.300s", where, a.status, a.body)
				}
			}
		}
		t.Logf("%d parameters", n)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		inject(t, newWorld(t, "", nil))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		inject(t, newWorld(t, database(t), nil))
	})
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

// TestBearerTokens is TOK-04, TOK-09 and TOK-10: a token that differs anywhere is nobody's, and there is one way to send one.
func TestBearerTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	c := &trial{site: home, actor: &actor{kind: access.User, account: account.Physicians}, scopes: []string{"user/Patient.rs"}}
	w.mustArm(home, c)
	const where = "/apis/" + home + "/fhir/Patient/" + patientA
	status := func(headers ...string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, w.url+where, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header["Authorization"] = headers
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if got := status("Bearer " + c.token); got != 200 {
		t.Fatalf("the token itself gets %d", got)
	}
	if got := status("bearer " + c.token); got != 200 {
		t.Errorf("TOK-01 the scheme in small letters gets %d", got)
	}
	for i := range len(c.token) {
		for _, letter := range "Aa0-_" {
			if changed := c.token[:i] + string(letter) + c.token[i+1:]; changed != c.token {
				if got := status("Bearer " + changed); got != 401 {
					t.Errorf("TOK-09 with another character %d it gets %d", i, got)
				}
			}
		}
	}
	for _, other := range []string{c.token + "A", c.token[1:], c.token + ".", " " + c.token + " x", strings.ToUpper(c.token)} {
		if got := status("Bearer " + other); got != 401 {
			t.Errorf("TOK-10 %q gets %d", other, got)
		}
	}
	if got := status("Bearer "+c.token, "Bearer "+strings.Repeat("x", 43)); got != 400 && got != 401 {
		t.Errorf("TOK-04 two headers get %d", got)
	}
}
