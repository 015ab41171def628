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

// TestRepositoryScopes tries the scopes cdr_fhir_delete, cdr_fhir_expunge, cdr_fhir_validate and cdr_all_user_authorities: with them,
// without them, and in the hands of somebody whom they do not help. A request that must not succeed leaves what it is about.
func TestRepositoryScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	var (
		administrator = &actor{kind: access.User, account: account.Administrators}
		physician     = &actor{kind: access.User, account: account.Physicians}
		launched      = &actor{kind: access.User, account: account.Physicians, patient: patientA}
		frontOffice   = &actor{kind: access.User, account: account.FrontOffice}
		roleless      = &actor{kind: access.User, account: "none"}
		outsider      = &actor{kind: access.User, account: "outsider"}
		patient       = &actor{kind: access.Patient, account: "a", patient: patientA}
		client        = &actor{kind: access.System}
	)
	const (
		mine, others = "Observation/" + patientA + "-vital", "Observation/" + patientB + "-vital"
		lab          = "Observation/" + patientA + "-Observation"
		get, post    = http.MethodGet, http.MethodPost
		put, del     = http.MethodPut, http.MethodDelete
	)
	labs := "?category=" + laboratory
	expunge := `{"resourceType":"Parameters","parameter":[{"name":"expungePreviousVersions","valueBoolean":true}]}`
	draft := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/` + patientA + `"}}`
	inBatch := func(kind, where string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[{"request":{"method":"DELETE","url":"` + where + `"}}]}`
	}
	for _, c := range []struct {
		name, scopes       string
		who                *actor
		method, path, body string
		want               int
		says               string // somewhere in the answer
		gone               string // what a read by somebody else gives 410 for afterwards; everything else stays
	}{
		// Deletion, where the token has a data scope of whatever letters.
		{"delete", "user/Observation.rs cdr_fhir_delete", physician, del, others, "", 204, "", others},
		{"delete without it", "user/Observation.rs", physician, del, others, "", 403, "user/Observation.d", ""},
		{"delete of another type than the token's", "user/Patient.rs cdr_fhir_delete", physician, del, others, "", 403, "user/Observation.d", ""},
		{"delete with nothing else", "cdr_fhir_delete", physician, del, others, "", 403, "user/Observation.d", ""},
		{"delete without the role", "user/Observation.rs cdr_fhir_delete", frontOffice, del, others, "", 403, "", ""},
		{"delete without any role", "user/Observation.rs cdr_fhir_delete", roleless, del, others, "", 403, "", ""},
		{"delete by somebody outside of the record", "user/Observation.rs cdr_fhir_delete", outsider, del, others, "", 403, "", ""},
		{"delete of the patient in context", "patient/Observation.rs cdr_fhir_delete", launched, del, mine, "", 204, "", mine},
		{"delete of another than the patient in context", "patient/Observation.rs cdr_fhir_delete", launched, del, others, "", 204, "", ""}, // as if there were none
		{"delete of what the query selects", "user/Observation.rs" + labs + " cdr_fhir_delete", physician, del, lab, "", 204, "", lab},
		{"delete of what the query does not select", "user/Observation.rs" + labs + " cdr_fhir_delete", physician, del, mine, "", 204, "", ""},
		{"delete by a patient", "patient/Observation.rs cdr_fhir_delete", patient, del, mine, "", 403, "", ""},
		{"delete by a client for itself", "system/Observation.rs cdr_fhir_delete", client, del, mine, "", 204, "", mine},
		{"delete by a client for itself without it", "system/Observation.rs", client, del, mine, "", 403, "system/Observation.d", ""},
		{"conditional delete", "user/Observation.rs cdr_fhir_delete", physician, del, "Observation?_id=" + patientB + "-vital", "", 204, "", others},
		{"conditional delete of what the query does not select", "user/Observation.rs" + labs + " cdr_fhir_delete", physician, del, "Observation?_id=" + patientB + "-vital", "", 204, "", ""},
		{"delete in a batch", "user/Observation.rs cdr_fhir_delete", physician, post, "", inBatch("batch", others), 200, `"204`, others},
		{"delete in a batch without it", "user/Observation.rs", physician, post, "", inBatch("batch", others), 200, `"403`, ""},
		{"delete in a transaction", "user/Observation.rs cdr_fhir_delete", physician, post, "", inBatch("transaction", others), 200, `"204`, others},
		{"delete in a transaction without it", "user/Observation.rs", physician, post, "", inBatch("transaction", others), 403, "user/Observation.d", ""},
		{"it does not let update", "user/Observation.rs cdr_fhir_delete", physician, put, others, draft, 403, "user/Observation.u", ""},
		{"it deletes nothing of the Standard API", "api:oemr user/allergy.rs cdr_fhir_delete", physician, del, "/api/patient/x/allergy/y", "", 403, "", ""},

		// Removal for good, by administrators and clients.
		{"expunge", "user/Observation.r cdr_fhir_expunge", administrator, post, others + "/$expunge", expunge, 200, "Parameters", ""},
		{"expunge without a data scope", "cdr_fhir_expunge", administrator, post, others + "/$expunge", expunge, 404, "", ""},
		{"expunge without it", "user/Observation.cruds", administrator, post, others + "/$expunge", expunge, 403, "cdr_fhir_expunge", ""},
		{"expunge with another of them", "user/Observation.cruds cdr_fhir_delete cdr_fhir_validate", administrator, post, others + "/$expunge", expunge, 403, "cdr_fhir_expunge", ""},
		{"expunge without the role", "user/Observation.cruds cdr_fhir_expunge", physician, post, others + "/$expunge", expunge, 403, "", ""},
		{"expunge by a patient", "patient/Observation.cruds cdr_fhir_expunge", patient, post, mine + "/$expunge", expunge, 403, "", ""},
		{"expunge by a client for itself", "system/Observation.r cdr_fhir_expunge", client, post, mine + "/$expunge", expunge, 200, "Parameters", ""},
		{"expunge of a type without it", "user/Observation.cruds", administrator, post, "Observation/$expunge", expunge, 403, "cdr_fhir_expunge", ""},
		{"expunge of the server without it", "user/*.cruds", administrator, post, "$expunge", expunge, 403, "cdr_fhir_expunge", ""},
		{"expunge in a transaction", "user/Observation.cruds", administrator, post, "", strings.Replace(inBatch("transaction", others+"/$expunge"), "DELETE", "POST", 1), 403, "", ""},

		// Validation, of what is sent and of what the token sees.
		{"validate", "cdr_fhir_validate", physician, post, "Observation/$validate", draft, 200, "OperationOutcome", ""},
		{"validate without it", "user/Patient.rs", physician, post, "Observation/$validate", draft, 403, "", ""},
		{"validate with a data scope instead", "user/Observation.c", physician, post, "Observation/$validate", draft, 200, "OperationOutcome", ""},
		{"validate what is stored", "cdr_fhir_validate user/Observation.r", physician, get, others + "/$validate", "", 200, "OperationOutcome", ""},
		{"validate what is stored and not seen", "cdr_fhir_validate", physician, get, others + "/$validate", "", 404, "", ""},
		{"validate what another has, for a patient", "cdr_fhir_validate patient/Observation.r", launched, get, others + "/$validate", "", 404, "", ""},
		{"validate by a client for itself", "cdr_fhir_validate", client, post, "Observation/$validate", draft, 200, "OperationOutcome", ""},
		{"it does not let read", "cdr_fhir_validate", physician, get, others, "", 403, "user/Observation.r", ""},

		// Everything that the user may do, whatever else the token lists.
		{"all: read", "cdr_all_user_authorities", physician, get, others, "", 200, patientB + "-vital", ""},
		{"all: it outweighs a narrower scope", "cdr_all_user_authorities patient/Observation.r user/Observation.r" + labs, launched, get, others, "", 200, patientB + "-vital", ""},
		{"all: delete", "cdr_all_user_authorities", physician, del, others, "", 204, "", others},
		{"all: no more than the role", "cdr_all_user_authorities", frontOffice, get, others, "", 403, "", ""},
		{"all: nothing without a role", "cdr_all_user_authorities", roleless, get, others, "", 403, "", ""},
		{"all: nothing to somebody outside of the record", "cdr_all_user_authorities", outsider, get, others, "", 403, "", ""},
		{"all: expunge by an administrator", "cdr_all_user_authorities", administrator, post, others + "/$expunge", expunge, 200, "Parameters", ""},
		{"all: no expunge by a physician", "cdr_all_user_authorities", physician, post, others + "/$expunge", expunge, 403, "", ""},
		{"all: the Standard API", "cdr_all_user_authorities api:oemr", physician, get, "/api/patient", "", 200, "", ""},
		{"all: not an API that the token is not for", "cdr_all_user_authorities api:oemr", physician, get, others, "", 403, "api:fhir", ""},
		{"all: a patient stays in the own record", "cdr_all_user_authorities", patient, get, others, "", 404, "", ""},
		{"all: nothing to a client for itself", "cdr_all_user_authorities", client, get, others, "", 403, "system/Observation.r", ""},
	} {
		// One after the other: what one deletes, the next finds again.
		t.Run(c.name, func(t *testing.T) {
			c2 := &trial{site: home, actor: c.who, scopes: strings.Fields(c.scopes)}
			w.mustArm(home, c2)
			path := c.path
			if !strings.HasPrefix(path, "/") {
				path = "/fhir/" + path
			}
			a := w.send(call{method: c.method, path: "/apis/" + home + path, token: c2.token, body: []byte(c.body)})
			if a.status != c.want || !strings.Contains(string(a.body)+a.header.Get("WWW-Authenticate"), c.says) {
				t.Errorf("status %d, want %d and %q: %.400s", a.status, c.want, c.says, a.body)
			}
			for _, f := range w.facts {
				if f.Type != "Observation" || f.deleted {
					continue
				}
				where := "/apis/" + home + "/fhir/" + f.Key.String()
				now := w.send(call{method: http.MethodGet, path: where, token: w.keys[home]})
				if want := map[bool]int{true: 410, false: 200}[f.Key.String() == c.gone]; now.status != want {
					t.Errorf("afterwards %s gives %d, want %d", f.Key, now.status, want)
				}
				if now.status == 410 {
					w.must(w.send(call{method: http.MethodPut, path: where, token: w.keys[home], body: f.body(home)}))
				}
			}
		})
	}
}

// TestExpungeRemovesForGood removes an old version, and a resource that was deleted, of which nothing is left then.
func TestExpungeRemovesForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	c := &trial{site: home, actor: &actor{kind: access.User, account: account.Administrators}, scopes: []string{"user/Observation.rs", "cdr_fhir_expunge"}}
	w.mustArm(home, c)
	where := "/apis/" + home + "/fhir/Observation/" + patientA
	body := `{"resourceType":"Parameters","parameter":[{"name":"%s","valueBoolean":true}]}`
	for _, step := range []struct{ path, what, gone string }{
		{where + "-recoded/$expunge", "expungePreviousVersions", where + "-recoded/_history/1"},
		{where + "-deleted/$expunge", "expungeDeletedResources", where + "-deleted/_history/1"},
	} {
		w.must(w.send(call{method: http.MethodGet, path: step.gone, token: c.token}))
		w.must(w.send(call{method: http.MethodPost, path: step.path, token: c.token, body: fmt.Appendf(nil, body, step.what)}))
		if a := w.send(call{method: http.MethodGet, path: step.gone, token: c.token}); a.status != 404 {
			t.Errorf("after %s %s is still there: %d", step.what, step.gone, a.status)
		}
	}
	if a := w.send(call{method: http.MethodGet, path: "/apis/" + home + "/fhir/Observation?category=" + url.QueryEscape(vitalSigns), token: c.token}); strings.Contains(string(a.body), patientA+"-deleted") {
		t.Error("what was removed is found")
	}
}
