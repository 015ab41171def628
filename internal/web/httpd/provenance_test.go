package httpd_test

import (
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

// Whatever the way in which something is written, there is one more Provenance afterwards, and it names the version.
func TestEveryWriteHasAProvenance(t *testing.T) { onEachStore(t, testEveryWriteHasAProvenance) }

func testEveryWriteHasAProvenance(t *testing.T, w *world) {
	w.settings.Provenance, w.settings.APIStandard = true, true
	w.subject("staff", &access.Subject{Actor: access.User, UserID: "u", UserName: "u", FHIRUser: "Practitioner/doc", Groups: []string{"admin"}}, "api:oemr user/patient.crus")
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
		{"delete", ask{method: "DELETE", path: "Patient/ann"}, 204, []string{"DELETE", "Patient/ann/_history/8"}},
		{"undelete", ask{method: "PUT", path: "Patient/ann", body: ann}, 201, []string{"Patient/ann/_history/9"}},
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
		if c.wants == nil {
			more = 0
		}
		if got := count() - before; got != more {
			t.Errorf("%s (%d) leaves %v Provenances, want %v", c.name, i, got, more)
		}
		newest := w.do(ask{method: "GET", path: "Provenance/_history?_count=1"}).Body.String()
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
