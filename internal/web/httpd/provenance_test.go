package httpd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestProvenance(t *testing.T) { onEachStore(t, testProvenance) }

func testProvenance(t *testing.T, w *world) {
	w.settings.Provenance = true
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann, token: "admin"})
	w.must(200, ask{method: "PUT", path: "Patient/ann", body: ann})
	w.must(200, ask{method: "POST", path: "", body: entries("transaction",
		entry(urnAnn, newAnn, "POST", "Patient", ""), entry("", fmt.Sprintf(newObs, "Practitioner/1"), "POST", "Observation", ""))})
	w.play(t, []scenario{
		{"each write has one", ask{method: "GET", path: "Patient?_id=ann&_revinclude=Provenance:target"}, 200, []string{`"Practitioner/admin"`, `"client app"`, `"CREATE"`, `"UPDATE"`, "Patient/ann/_history/1", "Patient/ann/_history/2"}, nil},
		{"a transaction has one for each record", ask{method: "GET", path: "Provenance?_summary=count"}, 200, []string{`"total":3`}, nil},
		{"a Provenance needs none", ask{method: "POST", path: "Provenance", body: `{"resourceType":"Provenance","target":[{"reference":"Patient/ann"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}`}, 201, nil, nil},
		{"so there are four", ask{method: "GET", path: "Provenance?_summary=count"}, 200, []string{`"total":4`}, nil},
	})
}

// wholeProvenance makes sure that a Provenance says who, when and what, and that each of its targets leads back to it.
func (w *world) wholeProvenance(name string, p map[string]any) {
	w.t.Helper()
	agents, _ := p["agent"].([]any)
	activity, _ := p["activity"].(map[string]any)
	targets, _ := p["target"].([]any)
	if p["recorded"] == nil || len(agents) == 0 || activity == nil || len(targets) == 0 {
		w.t.Errorf("%s: recorded, agent, activity or target are missing: %v", name, p)
	}
	for _, a := range agents {
		if a.(map[string]any)["who"] == nil {
			w.t.Errorf("%s: an agent is nobody: %v", name, p)
		}
	}
	for _, target := range targets {
		version, _ := target.(map[string]any)["reference"].(string)
		key, _, _ := strings.Cut(version, "/_history/")
		typ, id, _ := strings.Cut(key, "/")
		search := typ + "?_id=" + id + "&_revinclude=Provenance:target"
		if w.do(ask{method: "GET", path: key}).Code == 410 { // what is deleted is no match
			search = "Provenance?target=" + key
		}
		if body := w.do(ask{method: "GET", path: search}).Body.String(); !strings.Contains(body, fmt.Sprintf(`"id":%q`, p["id"])) || !strings.Contains(body, version) {
			w.t.Errorf("%s: %s does not find the Provenance of %s: %.600s", name, search, version, body)
		}
	}
}

// Whatever the way in which something is written, there is one more Provenance afterwards for each kind of write, it names the
// version, and a search of what was written brings it along.
func TestEveryWriteHasAProvenance(t *testing.T) { onEachStore(t, testEveryWriteHasAProvenance) }

func testEveryWriteHasAProvenance(t *testing.T, w *world) {
	w.settings.Provenance, w.settings.APIStandard = true, true
	w.subject("staff", &access.Subject{Actor: access.User, UserID: "u", UserName: "u", FHIRUser: "Practitioner/doc", Groups: []string{"admin"}}, "api:oemr user/patient.crus user/medical_problem.cruds user/allergy.cruds")
	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	rename := strings.Replace(ann, "Ash", "%s", 1)
	meta := `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"vip"}]}}]}`
	for i, c := range []struct {
		name   string
		ask    ask
		status int
		wants  []string
	}{
		{"update as create", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{"CREATE", "Patient/ann/_history/1", "client app", `"author"`}},
		{"update", ask{method: "PUT", path: "Patient/ann", body: fmt.Sprintf(rename, "B"), token: "admin"}, 200, []string{"UPDATE", "Patient/ann/_history/2", "Practitioner/admin", "client app", `"transmitter"`}},
		{"conditional update", ask{method: "PUT", path: "Patient?_id=ann", body: fmt.Sprintf(rename, "C")}, 200, []string{"Patient/ann/_history/3"}},
		{"patch", ask{method: "PATCH", path: "Patient/ann", body: `[{"op":"replace","path":"/name/0/family","value":"D"}]`, header: jsonPatch}, 200, []string{"Patient/ann/_history/4"}},
		{"operation", ask{method: "POST", path: "Patient/ann/$meta-add", body: meta}, 200, []string{"Patient/ann/_history/5"}},
		{"create", ask{method: "POST", path: "Practitioner", body: surgeon}, 201, []string{"Practitioner/"}},
		{"conditional create of nothing new", ask{method: "POST", path: "Practitioner", body: surgeon, header: map[string]string{"If-None-Exist": "identifier=urn:npi|77"}}, 200, nil},
		{"batch", ask{method: "POST", path: "", body: entries("batch", entry("", fmt.Sprintf(rename, "E"), "PUT", "Patient/ann", ""))}, 200, []string{"Patient/ann/_history/6"}},
		{"transaction", ask{method: "POST", path: "", body: entries("transaction", entry("", fmt.Sprintf(rename, "F"), "PUT", "Patient/ann", ""), entry("", strings.Replace(fmt.Sprintf(newObs, "Practitioner/1"), urnAnn, "Patient/ann", 2), "POST", "Observation", ""))}, 200, []string{"Patient/ann/_history/7", "Observation/"}},
		{"FHIRPath Patch", ask{method: "PATCH", path: "Patient/ann", body: `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.name[0].family"},{"name":"value","valueString":"G"}]}]}`}, 200, []string{"UPDATE", "Patient/ann/_history/8"}},
		{"conditional patch", ask{method: "PATCH", path: "Patient?_id=ann", body: `[{"op":"replace","path":"/name/0/family","value":"H"}]`, header: jsonPatch}, 200, []string{"UPDATE", "Patient/ann/_history/9"}},
		{"Merge Patch", ask{method: "PATCH", path: "Patient/ann", body: `{"active":true}`, header: map[string]string{"Content-Type": "application/merge-patch+json"}}, 200, []string{"UPDATE", "Patient/ann/_history/10"}},
		{"XML", ask{method: "PUT", path: "Organization/xml", body: `<Organization xmlns="http://hl7.org/fhir"><id value="xml"/><name value="X"/></Organization>`, header: map[string]string{"Content-Type": "application/fhir+xml"}}, 201, []string{"CREATE", "Organization/xml/_history/1"}},
		{"conditional create", ask{method: "POST", path: "Organization", body: `{"resourceType":"Organization","name":"Y"}`, header: map[string]string{"If-None-Exist": "name=Y"}}, 201, []string{"CREATE", "Organization/"}},
		{"conditional delete", ask{method: "DELETE", path: "Organization?_id=xml"}, 204, []string{"DELETE", "Organization/xml/_history/2"}},
		{"a transaction that deletes", ask{method: "POST", path: "", body: entries("transaction", entry("", "", "DELETE", "Organization?name=Y", ""))}, 200, []string{"DELETE", "Organization/"}},
		{"delete", ask{method: "DELETE", path: "Patient/ann"}, 204, []string{"DELETE", "Patient/ann/_history/11"}},
		{"undelete", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{"Patient/ann/_history/12"}},
		{"the Standard API", ask{method: "POST", path: "/apis/default/api/patient", token: "staff", body: `{"fname":"Ida","lname":"Oak","sex":"Female","DOB":"1970-01-01"}`, header: map[string]string{"Content-Type": "application/json"}}, 201, []string{"CREATE", "Practitioner/doc"}},
		{"a write that fails", ask{method: "POST", path: "Observation", body: `{"resourceType":"Observation"}`}, 422, nil},
	} {
		count := func() float64 {
			return w.must(200, ask{method: "GET", path: "Provenance?_summary=count"})["total"].(float64)
		}
		before := count()
		if rec := w.do(c.ask); rec.Code != c.status {
			t.Fatalf("%s: status %d: %s", c.name, rec.Code, rec.Body)
		}
		more := 1.0
		switch {
		case c.wants == nil:
			more = 0
		case c.name == "transaction": // one for what it updates and one for what it creates
			more = 2
		}
		if got := count() - before; got != more {
			t.Errorf("%s (%d) leaves %v Provenances, want %v", c.name, i, got, more)
		}
		newest := ""
		made, _ := w.must(200, ask{method: "GET", path: fmt.Sprintf("Provenance/_history?_count=%d", max(1, int(more)))})["entry"].([]any)
		for _, e := range made {
			p, _ := e.(map[string]any)["resource"].(map[string]any)
			w.wholeProvenance(c.name, p)
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			newest += string(text)
		}
		for _, want := range c.wants {
			if !strings.Contains(newest, want) {
				t.Errorf("%s: no %s in %s", c.name, want, newest)
			}
		}
	}
}

// Patients see who wrote about them and not who wrote about others.
func TestProvenanceStaysInTheRecord(t *testing.T) { onEachStore(t, testProvenanceStaysInTheRecord) }

func testProvenanceStaysInTheRecord(t *testing.T, w *world) {
	w.settings.Provenance = true
	w.twoPatients()
	w.must(200, ask{method: "POST", path: "", body: entries("transaction",
		entry("", strings.Replace(ann, "Ash", "Ofann", 1), "PUT", "Patient/ann", ""), entry("", strings.NewReplacer("ann", "bob", "Ash", "Ofbob").Replace(ann), "PUT", "Patient/bob", ""))})
	w.play(t, []scenario{
		{"hers", ask{method: "GET", path: "Provenance", token: "ann"}, 200, []string{"Patient/ann/_history/1", "Patient/ann/_history/2"}, []string{"bob"}},
		{"with what it is about", ask{method: "GET", path: "Patient?_revinclude=Provenance:target", token: "ann"}, 200, []string{"Ofann", "Patient/ann/_history/2"}, []string{"bob"}},
		{"of an observation", ask{method: "GET", path: "Observation?_revinclude=Provenance:target", token: "ann"}, 200, []string{"Observation/ann-laboratory/_history/1"}, []string{"bob"}},
		{"of what is shared", ask{method: "GET", path: "Practitioner?_revinclude=Provenance:target"}, 200, []string{"Practitioner/doc/_history/1"}, nil},
		{"not another's", ask{method: "GET", path: "Provenance?target=Patient/bob", token: "ann"}, 200, nil, []string{"entry"}},
	})
}
