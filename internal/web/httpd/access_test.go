package httpd_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/chart"
)

// twoPatients fills the site with the records of Ann and Bob, and makes tokens that see one, some or none of it.
func (w *world) twoPatients() {
	w.t.Helper()
	for _, name := range []string{"ann", "bob"} {
		w.must(201, ask{method: "PUT", path: "Patient/" + name, body: strings.NewReplacer("ann", name, "Ash", "Of"+name, `"value":"1"`, `"value":"`+name+`"`).Replace(ann)})
		for _, category := range []string{"laboratory", "vital-signs"} {
			id := name + "-" + category
			w.must(201, ask{method: "PUT", path: "Observation/" + id, body: fmt.Sprintf(
				`{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":%q}]}],"code":{"text":"secret of %s"},"subject":{"reference":"Patient/%s"}}`, id, category, name, name)})
		}
	}
	w.must(201, ask{method: "PUT", path: "Practitioner/doc", body: `{"resourceType":"Practitioner","id":"doc","name":[{"family":"Healer"}]}`})
	w.must(201, ask{method: "PUT", path: "Group/all", body: `{"resourceType":"Group","id":"all","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Patient/bob"}}]}`})
	phil := func() *access.Subject {
		return &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}
	}
	w.subject("ann", phil(), "patient/*.rs")
	w.subject("lab", phil(), "patient/Patient.rs patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory")
	w.subject("clerk", &access.Subject{Actor: access.User, UserID: "u-doc", UserName: "doc", FHIRUser: "Practitioner/doc", Groups: []string{"doc"}, Patient: "ann"}, "patient/Observation.rs user/Patient.rs")
	w.subject("observations", &access.Subject{Actor: access.System, UserID: "o"}, "system/Observation.rs")
	w.subject("reader", &access.Subject{Actor: access.System, UserID: "r"}, "system/*.rs")
}

func TestAccess(t *testing.T) { onEachStore(t, testAccess) }

func testAccess(t *testing.T, w *world) {
	w.twoPatients()
	obs := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`
	w.play(t, []scenario{
		{"no token", ask{method: "GET", path: "Patient/ann", token: "-"}, 401, []string{"Www-Authenticate: Bearer", `"code":"login"`}, []string{"invalid_token"}},
		{"a bad token", ask{method: "GET", path: "Patient/ann", token: "stolen"}, 401, []string{`error="invalid_token"`}, nil},
		{"no token shows no paths", ask{method: "GET", path: "NoSuchType/1", token: "-"}, 401, nil, nil},
		{"another scheme", ask{method: "GET", path: "Patient/ann", token: "-", header: map[string]string{"Authorization": "Basic YTpi"}}, 401, nil, nil},
		{"another site", ask{method: "GET", path: "/apis/other/fhir/Patient/ann"}, 404, []string{"OperationOutcome"}, nil},
		{"the missing scope is named", ask{method: "POST", path: "Observation", body: fmt.Sprintf(obs, "ann"), token: "observations"}, 403, []string{"system/Observation.c", "insufficient_scope"}, nil},
		{"another type", ask{method: "GET", path: "Patient/ann", token: "observations"}, 403, nil, []string{"Ofann"}},

		{"a patient reads her own", ask{method: "GET", path: "Observation/ann-laboratory", token: "ann"}, 200, []string{"secret of ann"}, nil},
		{"and not another's", ask{method: "GET", path: "Observation/bob-laboratory", token: "ann"}, 404, nil, []string{"secret"}},
		{"which looks like what never was", ask{method: "GET", path: "Observation/nobody", token: "ann"}, 404, []string{"Observation/nobody is not known"}, nil},
		{"in no version", ask{method: "GET", path: "Observation/bob-laboratory/_history/1", token: "ann"}, 404, nil, []string{"secret"}},
		{"in no history", ask{method: "GET", path: "Observation/bob-laboratory/_history", token: "ann"}, 404, nil, []string{"secret"}},
		{"in no history of the type", ask{method: "GET", path: "Observation/_history", token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"in no search", ask{method: "GET", path: "Observation", token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"in no count", ask{method: "GET", path: "Observation?_summary=count", token: "ann"}, 200, []string{`"total":2`}, nil},
		{"in no search of the system", ask{method: "GET", path: "?_type=Patient,Observation", token: "ann"}, 200, []string{"Ofann"}, []string{"bob"}},
		{"in no compartment", ask{method: "GET", path: "Patient/bob/Observation", token: "ann"}, 200, nil, []string{"secret"}},
		{"through no chain", ask{method: "GET", path: "Observation?subject:Patient.family=Ofbob", token: "ann"}, 200, nil, []string{"entry"}},
		{"through no include", ask{method: "GET", path: "Patient?_revinclude=Observation:subject", token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"groups are nobody's alone", ask{method: "GET", path: "Group/all", token: "ann"}, 403, nil, []string{"Patient/bob"}},
		{"shared data is open", ask{method: "GET", path: "Practitioner/doc", token: "ann"}, 200, []string{"Healer"}, nil},
		{"a batch decides each entry", ask{method: "POST", path: "", token: "ann", body: entries("batch", entry("", "", "GET", "Observation/bob-laboratory", ""), entry("", "", "GET", "Observation/ann-laboratory", ""), entry("", fmt.Sprintf(obs, "bob"), "POST", "Observation", ""))}, 200, []string{"404", "secret of ann", "403"}, []string{"secret of bob"}},
		{"a transaction is refused as a whole", ask{method: "POST", path: "", token: "ann", body: entries("transaction", entry("", "", "GET", "Observation/ann-laboratory", ""), entry("", fmt.Sprintf(obs, "ann"), "POST", "Observation", ""))}, 403, []string{"Bundle.entry[1]"}, []string{"secret"}},

		{"a granular scope reads what matches", ask{method: "GET", path: "Observation/ann-laboratory", token: "lab"}, 200, []string{"secret of ann"}, nil},
		{"and nothing else", ask{method: "GET", path: "Observation/ann-vital-signs", token: "lab"}, 404, nil, []string{"secret"}},
		{"searches what matches", ask{method: "GET", path: "Observation", token: "lab"}, 200, []string{"ann-laboratory"}, []string{"ann-vital-signs", "bob"}},
		{"includes what matches", ask{method: "GET", path: "Patient?_revinclude=Observation:subject", token: "lab"}, 200, []string{"ann-laboratory"}, []string{"ann-vital-signs"}},
		{"history of what matches", ask{method: "GET", path: "Observation/ann-vital-signs/_history", token: "lab"}, 404, nil, []string{"secret"}},

		{"a chain needs the right to search its type", ask{method: "GET", path: "Observation?subject:Patient.family=Ofbob", token: "observations"}, 403, nil, []string{"secret"}},
		{"so does _has", ask{method: "GET", path: "Observation?_has:Provenance:target:agent=x", token: "observations"}, 403, nil, nil},
		{"so does a filter", ask{method: "GET", path: "Observation?_filter=" + url.QueryEscape(`status eq x or not (subject:Patient[gender eq male].family eq Ofbob)`), token: "observations"}, 403, nil, []string{"secret"}},
		{"a filter finds nothing through another's record", ask{method: "GET", path: "Observation?_filter=" + url.QueryEscape(`subject:Patient.family eq Ofbob or subject:Patient.family eq Ofann`), token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"nor by what it is not", ask{method: "GET", path: "Observation?_filter=" + url.QueryEscape(`not (subject:Patient.family eq nobody)`), token: "ann"}, 200, []string{"secret of ann"}, []string{"secret of bob"}},
		{"nor beyond a granular scope", ask{method: "GET", path: "Observation?_filter=" + url.QueryEscape(`not (status eq x)`), token: "lab"}, 200, []string{"ann-laboratory"}, []string{"ann-vital-signs", "bob"}},
		{"an include of a type that may not be read includes nothing", ask{method: "GET", path: "Observation?_include=Observation:subject", token: "observations"}, 200, []string{"secret"}, []string{"Ofann"}},
		{"a search of the system needs each type", ask{method: "GET", path: "?_type=Patient,Observation", token: "observations"}, 403, nil, []string{"secret"}},
		{"without _type it goes over what is allowed", ask{method: "GET", path: "?_summary=count", token: "observations"}, 200, []string{`"total":4`}, nil},
		{"so does its history", ask{method: "GET", path: "_history?_type=Patient,Observation", token: "observations"}, 403, []string{"system/Patient.s"}, []string{"secret"}},
		{"which needs no more than these", ask{method: "GET", path: "_history?_type=Observation", token: "observations"}, 200, []string{"secret of ann", "secret of bob"}, nil},
		{"and without _type goes over what is allowed", ask{method: "GET", path: "_history", token: "observations"}, 200, []string{"secret of ann", "secret of bob"}, []string{`"Patient"`}},
		{"a patient's is his own", ask{method: "GET", path: "_history", token: "ann"}, 200, []string{"secret of ann", "Ofann", "Healer"}, []string{"bob", `"Group"`}},
		{"what is one patient's and what is not stand side by side", ask{method: "GET", path: "_history", token: "clerk"}, 200, []string{"secret of ann", "Ofann", "Ofbob"}, []string{"secret of bob", "Healer"}},
		{"when asked for as well", ask{method: "GET", path: "_history?_type=Observation,Patient", token: "clerk"}, 200, []string{"secret of ann", "Ofann", "Ofbob"}, []string{"secret of bob"}},
		{"as in a search", ask{method: "GET", path: "?_type=Observation,Patient", token: "clerk"}, 200, []string{"secret of ann", "Ofann", "Ofbob"}, []string{"secret of bob"}},
		{"a type that is none", ask{method: "GET", path: "_history?_type=Secret"}, 400, []string{"_type"}, nil},
		{"in a search as well", ask{method: "GET", path: "?_type=Patient,Secret"}, 400, []string{"_type"}, nil},
		{"_type where there is one", ask{method: "GET", path: "Patient/_history?_type=Patient"}, 400, []string{"_type"}, nil},
		{"a reader reads", ask{method: "GET", path: "Observation/bob-laboratory", token: "reader"}, 200, []string{"secret of bob"}, nil},
		{"and does not write", ask{method: "DELETE", path: "Observation/bob-laboratory", token: "reader"}, 403, nil, nil},
		{"nor patch", ask{method: "PATCH", path: "Observation/bob-laboratory", body: `[]`, token: "reader", header: map[string]string{"Content-Type": "application/json-patch+json"}}, 403, nil, nil},
	})
	if strings.Contains(w.log.String(), "secret") || strings.Contains(w.log.String(), "family") {
		t.Error("the log holds something about patients")
	}
}

func TestSwitches(t *testing.T) { onEachStore(t, testSwitches) }

func testSwitches(t *testing.T, w *world) {
	w.settings.APIFHIR = false
	w.play(t, []scenario{
		{"an API that is off", ask{method: "GET", path: "Patient/ann"}, 404, []string{"OperationOutcome"}, nil},
		{"does not describe itself", ask{method: "GET", path: "metadata"}, 404, nil, []string{"CapabilityStatement"}},
	})
}

func TestEveryAccessLeavesAnAuditEvent(t *testing.T) {
	onEachStore(t, testEveryAccessLeavesAnAuditEvent)
}

func testEveryAccessLeavesAnAuditEvent(t *testing.T, w *world) {
	w.twoPatients()
	asks := []struct {
		ask  ask
		want string
	}{
		{ask{method: "GET", path: "Observation/ann-laboratory", token: "ann"}, "read R Observation/ann-laboratory/1 200 [ann]"},
		{ask{method: "GET", path: "Observation/bob-laboratory", token: "ann"}, "read R Observation/bob-laboratory/0 404 []"},
		{ask{method: "GET", path: "Group/all", token: "ann"}, "read E Group/all/0 403 []"},
		{ask{method: "GET", path: "Observation?code:text=secret", token: "ann"}, "search-type E Observation//0 200 [ann] code:text"},
		{ask{method: "PUT", path: "Patient/ann", body: ann}, "update U Patient/ann/2 200 [ann]"},
		{ask{method: "DELETE", path: "Observation/bob-laboratory"}, "delete D Observation/bob-laboratory/2 204 [bob]"},
		{ask{method: "GET", path: "Patient/ann", token: "stolen"}, "read E //0 401 []"},
		{ask{method: "GET", path: "Patient/ann/_history"}, "history-instance E Patient/ann/0 200 [ann]"},
	}
	for _, a := range asks {
		rec := w.do(a.ask)
		e := w.lastEvent(rec.Header().Get("X-Request-Id"))
		got := strings.TrimSpace(fmt.Sprintf("%s %s %s/%s/%d %d %v %s", e.Operation, e.Action, e.Type, e.ID, e.VID, e.Status, e.Patients, e.Query))
		if got != a.want {
			t.Errorf("%s %s: %s, want %s", a.ask.method, a.ask.path, got, a.want)
		}
		if e.API != "fhir" || e.Address == "" || e.Time.IsZero() {
			t.Errorf("%s %s: incomplete event %+v", a.ask.method, a.ask.path, e)
		}
	}
}

// lastEvent waits for the audit event of a request: events of reads are written in batches.
func (w *world) lastEvent(request string) *chart.AuditEvent {
	w.t.Helper()
	var found *chart.AuditEvent
	await.True(w.t, "the audit event of request "+request+" is there", func() bool {
		// A durable event is on disk together with all before it.
		_ = w.site.Record(w.t.Context(), &chart.AuditEvent{Time: time.Now(), Kind: "rest", Operation: "test"}, true)
		err := w.site.AuditTrail(w.t.Context(), chart.AuditQuery{Limit: 100}, func(e *chart.AuditEvent) bool {
			if e.RequestID == request {
				found = e
			}
			return found == nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return found != nil
	})
	return found
}
