package matrix_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

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
	for _, a := range slices.Concat(compartmentAttacks(), scopeAttacks(), siteAttacks(), tokenAttacks(), parseAttacks(), injectionAttacks()) {
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

// observationOf is an observation about somebody.
func observationOf(subject string) string {
	return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + subject + `"}}`
}

// entryOf is a transaction of one entry.
func entryOf(method, where, resource string) string {
	if resource != "" {
		resource = `"resource":` + resource + ","
	}
	return `{"resourceType":"Bundle","type":"transaction","entry":[{` + resource + `"request":{"method":"` + method + `","url":"` + where + `"}}]}`
}
