package httpd_test

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/care/bulk"
)

func TestHistoryTellsHowVersionsWereMade(t *testing.T) { onEachStore(t, testHistoryVerbs) }

// testHistoryVerbs makes versions in every way, and holds request and response of the histories against what was asked and answered.
//
// https://hl7.org/fhir/R4/http.html#history, https://hl7.org/fhir/R4/http.html#upsert
func testHistoryVerbs(t *testing.T, w *world) {
	merge := map[string]string{"Content-Type": "application/merge-patch+json"}
	named := func(id, family string) string {
		return `{"resourceType":"Patient","id":"` + id + `","name":[{"family":"` + family + `"}]}`
	}
	put := func(id, family string) ask { return ask{method: "PUT", path: "Patient/" + id, body: named(id, family)} }
	// A resource's life, newest last.
	w.must(201, put("a", "Ash"))
	w.must(200, put("a", "Asp"))
	w.must(200, ask{method: "PATCH", path: "Patient/a", body: `{"gender":"female"}`, header: merge})
	w.must(204, ask{method: "DELETE", path: "Patient/a"})
	w.must(201, put("a", "Ash"))
	made := w.create(`{"resourceType":"Patient","name":[{"family":"Elm"}]}`)
	exists := w.must(201, ask{method: "POST", path: "Patient", body: `{"resourceType":"Patient","name":[{"family":"Fir"}]}`,
		header: map[string]string{"If-None-Exist": "family=Fir"}})["id"].(string)
	// By criteria: nothing meets them, one meets them, nothing meets them and the body has an id.
	criteria := func(family string) ask {
		return ask{method: "PUT", path: "Patient?family=" + family, body: `{"resourceType":"Patient","name":[{"family":"` + family + `"}]}`}
	}
	conditional := w.must(201, criteria("Oak"))["id"].(string)
	w.must(200, criteria("Oak"))
	w.must(200, ask{method: "PATCH", path: "Patient?family=Oak", body: `{"gender":"male"}`, header: merge})
	chosen := criteria("Yew")
	chosen.body = named("yew", "Yew")
	w.must(201, chosen)
	// The same in a transaction.
	bundle := `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join([]string{
		entry("", `{"resourceType":"Patient","name":[{"family":"Box"}]}`, "POST", "Patient", ""),
		entry("", named("t", "Tee"), "PUT", "Patient/t", ""),
		entry("", `{"resourceType":"Patient","name":[{"family":"Bay"}]}`, "PUT", "Patient?family=Bay", ""),
		entry("", `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},`+
			`{"name":"path","valueString":"Patient.name.family"},{"name":"value","valueString":"Yews"}]}]}`, "PATCH", "Patient/yew", ""),
	}, ",") + `]}`
	if got := statuses(w.must(200, ask{method: "POST", body: bundle})); got != "201 201 201 200" {
		t.Fatalf("the transaction: %s", got)
	}
	// By an operation, by the Standard API, and from a file.
	w.must(200, ask{method: "POST", path: "Patient/t/$meta-add", body: `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`})
	w.settings.APIStandard = true
	w.subject("staff", &access.Subject{Actor: access.User, UserID: "u", UserName: "u", FHIRUser: "Practitioner/doc", Groups: []string{"admin"}},
		"api:oemr user/patient.write user/patient.read")
	const person = `{"fname":"Ivy","lname":"Reed","DOB":"1980-01-01","sex":"Female"}`
	api := func(status int, method, path string) map[string]any {
		return w.must(status, ask{method: method, path: "/apis/default/api/patient" + path, body: person, token: "staff",
			header: map[string]string{"Content-Type": "application/json"}})["data"].(map[string]any)
	}
	uuid := api(201, "POST", "")["uuid"].(string)
	api(200, "PUT", "/"+uuid)
	loader := bulk.Loader{Engine: w.config.FHIR, Site: w.site, Settings: w.settings, Subject: w.subjects["system"], Policy: access.PolicyOf(w.settings)}
	report, err := loader.Stream(t.Context(), "lines", strings.NewReader(named("l", "Lime")+"\n"))
	if err != nil || len(report.Rejected) > 0 {
		t.Fatalf("load: %v, %v", err, report.Rejected)
	}

	want := map[string][]string{
		"a":         {"PUT Patient/a 201", "DELETE Patient/a 204", "PATCH Patient/a 200", "PUT Patient/a 200", "PUT Patient/a 201"},
		made:        {"POST Patient 201"},
		exists:      {"POST Patient 201"},
		conditional: {"PATCH Patient/" + conditional + " 200", "PUT Patient/" + conditional + " 200", "PUT Patient/" + conditional + " 201"},
		"yew":       {"PATCH Patient/yew 200", "PUT Patient/yew 201"},
		"t":         {"PUT Patient/t 200", "PUT Patient/t 201"},
		uuid:        {"PUT Patient/" + uuid + " 200", "POST Patient 201"},
		"l":         {"PUT Patient/l 201"},
	}
	for id, lines := range want {
		if got := w.told("Patient/" + id + "/_history")[id]; !slices.Equal(got, lines) {
			t.Errorf("the history of %s tells %q, want %q", id, got, lines)
		}
	}
	for _, path := range []string{"Patient/_history", "_history"} {
		all := w.told(path)
		for id, lines := range want {
			if !slices.Equal(all[id], lines) {
				t.Errorf("%s tells %q of %s, want %q", path, all[id], id, lines)
			}
		}
		for id, lines := range all { // those of the transaction whose ids the server chose
			if want[id] == nil && !slices.Equal(lines, []string{"POST Patient 201"}) && !slices.Equal(lines, []string{"PUT Patient/" + id + " 201"}) {
				t.Errorf("%s tells %q of %s", path, lines, id)
			}
		}
	}
}

// told lists how a history says that the versions of each resource were made, newest first, in JSON as well as in XML.
func (w *world) told(path string) map[string][]string {
	w.t.Helper()
	all := map[string][]string{}
	var lines []string
	for _, e := range w.must(200, ask{method: "GET", path: path})["entry"].([]any) {
		e := e.(map[string]any)
		request, response := e["request"].(map[string]any), e["response"].(map[string]any)
		line := request["method"].(string) + " " + request["url"].(string) + " " + response["status"].(string)
		id := e["fullUrl"].(string)
		id = id[strings.LastIndexByte(id, '/')+1:]
		all[id], lines = append(all[id], line), append(lines, line)
	}
	type value struct {
		Value string `xml:"value,attr"`
	}
	var inXML struct {
		Entry []struct {
			Method value `xml:"request>method"`
			URL    value `xml:"request>url"`
			Status value `xml:"response>status"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(w.do(ask{method: "GET", path: path + "?_format=xml"}).Body.Bytes(), &inXML); err != nil {
		w.t.Fatal(err)
	}
	var same []string
	for _, e := range inXML.Entry {
		same = append(same, e.Method.Value+" "+e.URL.Value+" "+e.Status.Value)
	}
	if !slices.Equal(lines, same) {
		w.t.Errorf("%s tells %q in JSON and %q in XML", path, lines, same)
	}
	return all
}
