package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// threeVersions stores three versions of Ann and lets a second patient be deleted.
func (w *world) threeVersions() {
	w.t.Helper()
	for i, name := range []string{"Ash", "Elm", "Oak"} {
		status := 200
		if i == 0 {
			status = 201
		}
		w.must(status, ask{method: "PUT", path: "Patient/ann", body: strings.Replace(ann, "Ash", name, 1)})
	}
	w.must(201, ask{method: "PUT", path: "Patient/gone", body: `{"resourceType":"Patient","id":"gone","name":[{"family":"Gone"}]}`})
	w.must(204, ask{method: "DELETE", path: "Patient/gone"})
	staff := func(group string) *access.Subject {
		return &access.Subject{Actor: access.User, UserID: group, UserName: group, FHIRUser: "Practitioner/" + group, Groups: []string{group}}
	}
	w.subject("remover", staff("admin"), "user/*.cruds cdr_fhir_expunge")
	w.subject("clinician", staff("clin"), "user/*.cruds cdr_fhir_expunge")
	w.subject("herself", &access.Subject{Actor: access.Patient, UserID: "u-ann", FHIRUser: "Patient/ann", Patient: "ann"}, "patient/*.rs cdr_fhir_expunge")
}

func TestDiff(t *testing.T) { onEachStore(t, testDiff) }

func testDiff(t *testing.T, w *world) {
	w.threeVersions()
	w.must(201, ask{method: "PUT", path: "Group/g", body: `{"resourceType":"Group","id":"g","type":"person","actual":true}`})
	base := base + "/apis/default/fhir/"
	w.play(t, []scenario{
		{"the version before", ask{method: "GET", path: "Patient/ann/$diff"}, 200, []string{`"resourceType":"Parameters"`, `"replace"`, "Patient.name[0].family", `"Elm"`, `"Oak"`}, []string{"Ash", "versionId"}},
		{"another version", ask{method: "GET", path: "Patient/ann/$diff?fromVersion=1"}, 200, []string{`"Ash"`, `"Oak"`}, []string{"Elm"}},
		{"with meta", ask{method: "GET", path: "Patient/ann/$diff?includeMeta=true"}, 200, []string{"Patient.meta.versionId"}, nil},
		{"by POST", ask{method: "POST", path: "Patient/ann/$diff", body: `{"resourceType":"Parameters","parameter":[{"name":"fromVersion","valueId":"1"},{"name":"includeMeta","valueBoolean":true}]}`}, 200, []string{`"Ash"`, "versionId"}, nil},
		{"nothing differs", ask{method: "GET", path: "Patient/ann/$diff?fromVersion=3"}, 200, []string{`{"resourceType":"Parameters"}`}, nil},
		{"no version before", ask{method: "GET", path: "Group/g/$diff"}, 404, nil, nil},
		{"no such version", ask{method: "GET", path: "Patient/ann/$diff?fromVersion=9"}, 404, nil, nil},
		{"no version at all", ask{method: "GET", path: "Patient/ann/$diff?fromVersion=x"}, 400, []string{"fromVersion"}, nil},
		{"a parameter that does not exist", ask{method: "GET", path: "Patient/ann/$diff?colour=green"}, 400, []string{"colour"}, nil},
		{"a flag that is none", ask{method: "GET", path: "Patient/ann/$diff?includeMeta=maybe"}, 400, []string{"includeMeta"}, nil},
		{"a deleted resource", ask{method: "GET", path: "Patient/gone/$diff"}, 410, nil, nil},
		{"two versions", ask{method: "GET", path: "$diff?from=Patient/ann/_history/1&to=Patient/ann/_history/2"}, 200, []string{`"Ash"`, `"Elm"`}, []string{"Oak"}},
		{"by their addresses", ask{method: "GET", path: "$diff?from=" + base + "Patient/ann/_history/1&to=" + base + "Patient/ann"}, 200, []string{`"Ash"`, `"Oak"`}, nil},
		{"two types", ask{method: "GET", path: "$diff?from=Patient/ann&to=Group/g"}, 400, []string{"one type"}, nil},
		{"nothing to compare", ask{method: "GET", path: "$diff?from=Patient/ann"}, 400, []string{"to is a resource"}, nil},
		{"of another server", ask{method: "GET", path: "$diff?from=Patient/ann&to=https://example.org/fhir/Patient/ann"}, 400, nil, nil},
		{"not another's", ask{method: "GET", path: "$diff?from=Patient/ann&to=Patient/gone/_history/1", token: "herself"}, 404, nil, []string{"Gone"}},
		{"not another's own", ask{method: "GET", path: "Patient/gone/$diff", token: "herself"}, 404, nil, nil},
	})
}

func TestExpunge(t *testing.T) { onEachStore(t, testExpunge) }

func testExpunge(t *testing.T, w *world) {
	w.threeVersions()
	call := func(pairs ...string) string {
		var list []string
		for i := 0; i < len(pairs); i += 2 {
			value := "valueBoolean"
			if pairs[i] == "limit" {
				value = "valueInteger"
			}
			list = append(list, fmt.Sprintf(`{"name":%q,%q:%s}`, pairs[i], value, pairs[i+1]))
		}
		return `{"resourceType":"Parameters","parameter":[` + strings.Join(list, ",") + `]}`
	}
	deleted, previous := call("expungeDeletedResources", "true"), call("expungePreviousVersions", "true")
	everything := call("expungeEverything", "true")
	w.play(t, []scenario{
		{"without the scope", ask{method: "POST", path: "Patient/ann/$expunge", body: previous, token: "admin"}, 403, []string{"cdr_fhir_expunge"}, nil},
		{"without the role", ask{method: "POST", path: "Patient/ann/$expunge", body: previous, token: "clinician"}, 403, nil, nil},
		{"not by patients", ask{method: "POST", path: "Patient/ann/$expunge", body: previous, token: "herself"}, 403, nil, nil},
		{"nor of the whole server", ask{method: "POST", path: "$expunge", body: everything, token: "clinician"}, 403, nil, nil},
		{"by POST alone", ask{method: "GET", path: "Patient/ann/$expunge", token: "remover"}, 405, nil, nil},
		{"nothing is asked for", ask{method: "POST", path: "Patient/ann/$expunge", body: `{"resourceType":"Parameters"}`, token: "remover"}, 400, []string{"say what"}, nil},
		{"everything of one", ask{method: "POST", path: "Patient/ann/$expunge", body: everything, token: "remover"}, 400, []string{"whole server"}, nil},
		{"no limit", ask{method: "POST", path: "Patient/ann/$expunge", body: call("expungePreviousVersions", "true", "limit", "0"), token: "remover"}, 400, []string{"limit"}, nil},
		{"nothing there", ask{method: "POST", path: "Patient/nobody/$expunge", body: previous, token: "remover"}, 404, nil, nil},
		{"it was nothing so far", ask{method: "GET", path: "Patient/ann/_history/1"}, 200, []string{"Ash"}, nil},

		{"a living one is not deleted", ask{method: "POST", path: "Patient/ann/$expunge", body: deleted, token: "remover"}, 200, []string{`"valueInteger":0`}, nil},
		{"one old version", ask{method: "POST", path: "Patient/ann/$expunge", body: call("expungePreviousVersions", "true", "limit", "1"), token: "remover"}, 200, []string{`"valueInteger":1`}, nil},
		{"which was the oldest", ask{method: "GET", path: "Patient/ann/_history/1"}, 404, nil, nil},
		{"another stays", ask{method: "GET", path: "Patient/ann/_history/2"}, 200, []string{"Elm"}, nil},
		{"so does the history", ask{method: "GET", path: "Patient/ann/_history"}, 200, []string{"Elm", "Oak"}, []string{"Ash"}},
		{"the rest of the old ones", ask{method: "POST", path: "Patient/$expunge", body: previous, token: "remover"}, 200, []string{`"valueInteger":2`}, nil},
		{"the current one stays", ask{method: "GET", path: "Patient/ann"}, 200, []string{"Oak", `"versionId":"3"`}, nil},
		{"a deletion stays", ask{method: "GET", path: "Patient/gone"}, 410, nil, nil},
		{"what is deleted", ask{method: "POST", path: "Patient/$expunge", body: deleted, token: "remover"}, 200, []string{`"valueInteger":1`}, nil},
		{"is not known any more", ask{method: "GET", path: "Patient/gone"}, 404, nil, nil},
		{"and begins anew", ask{method: "PUT", path: "Patient/gone", body: `{"resourceType":"Patient","id":"gone"}`}, 201, []string{`"versionId":"1"`}, nil},
		{"another update", ask{method: "PUT", path: "Patient/ann", body: ann}, 200, []string{`"versionId":"4"`}, nil},
		{"of the history alone", ask{method: "POST", path: "Patient/ann/$purge-history", token: "remover"}, 200, []string{`"valueInteger":1`}, nil},
		{"which is short now", ask{method: "GET", path: "Patient/ann/_history"}, 200, []string{"Ash"}, []string{"Oak"}},
		{"purging takes the scope", ask{method: "POST", path: "Patient/ann/$purge-history", token: "admin"}, 403, []string{"cdr_fhir_expunge"}, nil},
		{"purging nothing", ask{method: "POST", path: "Patient/nobody/$purge-history", token: "remover"}, 404, nil, nil},
		{"everything", ask{method: "POST", path: "$expunge", body: everything, token: "remover"}, 200, []string{`"valueInteger":2`}, nil},
		{"nothing is left", ask{method: "GET", path: "_history", token: "remover"}, 200, nil, []string{"entry"}},
		{"nor found", ask{method: "GET", path: "Patient?_summary=count"}, 200, []string{`"total":0`}, nil},
	})
	rec := w.do(ask{method: "PUT", path: "Patient/ann", body: ann})
	if rec.Code != 201 {
		t.Fatal(rec.Body)
	}
	w.must(204, ask{method: "DELETE", path: "Patient/ann"})
	rec = w.do(ask{method: "POST", path: "Patient/ann/$expunge", body: deleted, token: "remover"})
	e := w.lastEvent(rec.Header().Get("X-Request-Id"))
	if got := fmt.Sprint(e.Operation, " ", e.Action, " ", e.Type, "/", e.ID, " ", e.Status, " ", e.Patients, " ", e.UserName); got != "$expunge D Patient/ann 200 [ann] admin" {
		t.Errorf("the trail says %s", got)
	}
}
