package matrix_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	table "chartwright/gen/scope"
)

// TestFieldsThatAreNotTheCallers is STD-07: what a body says about identity, roles, sites and the like is refused or carried as the
// caller's own word, and decides nothing.
func TestFieldsThatAreNotTheCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "api:oemr api:fhir user/patient.crus user/Patient.rs")
	examples := examples(t)
	var body map[string]any
	if err := json.Unmarshal(examples["POST /api/patient"], &body); err != nil {
		t.Fatal(err)
	}
	const where = "/apis/" + home + "/api/patient"
	row := func(a *answer) map[string]any {
		var got struct{ Data json.RawMessage }
		data := a.body
		if json.Unmarshal(a.body, &got) == nil && got.Data != nil {
			data = got.Data
		}
		m := map[string]any{}
		if err := json.Unmarshal(data, &m); err != nil {
			var list []map[string]any
			if json.Unmarshal(data, &list) == nil && len(list) > 0 {
				m = list[0]
			}
		}
		return m
	}
	raw, _ := json.Marshal(body)
	made := row(w.must(w.send(call{method: http.MethodPost, path: where, token: token, body: raw})))
	id, _ := made["uuid"].(string)
	if id == "" {
		t.Fatalf("no identifier in %v", made)
	}
	read := func() map[string]any {
		return row(w.must(w.send(call{method: http.MethodGet, path: where + "/" + id, token: token})))
	}
	before := read()
	for name, value := range map[string]any{
		"pid": "1", "id": "1", "uuid": patientB, "role": "admin", "site": abroad, "allow_patient_portal": "YES", "providerID": "1", "owner": patientB, "meta": map[string]any{"versionId": "99"},
		"resourceType": "Practitioner", "groups": []string{"admin"}, "password": "x", "__proto__": map[string]any{"admin": true}, "constructor": "x", "deleted": 1,
	} {
		change := maps.Clone(body)
		change[name] = value
		raw, _ := json.Marshal(change)
		a := w.send(call{method: http.MethodPut, path: where + "/" + id, token: token, body: raw})
		if a.status != 200 && a.status != 400 {
			t.Errorf("STD-07 %s: %d %.300s", name, a.status, a.body)
		}
		after := read()
		for _, fixed := range []string{"uuid", "id", "pid"} {
			if fmt.Sprint(after[fixed]) != fmt.Sprint(before[fixed]) {
				t.Errorf("STD-07 %s in a body changes %s from %v to %v", name, fixed, before[fixed], after[fixed])
			}
		}
	}
	for _, f := range w.facts { // least of all somebody else
		if f.owner == patientB && f.Type == "Patient" {
			a := w.must(w.send(call{method: http.MethodGet, path: "/apis/" + home + "/fhir/" + f.Key.String(), token: token}))
			if a.header.Get("ETag") != `W/"1"` {
				t.Errorf("STD-07 %s was changed: %s", f.Key, a.header.Get("ETag"))
			}
		}
	}
}

// TestTextStaysText is INJ-07, INJ-11, INJ-17 and PARSE-07 in every field of every form of the Standard API: what a program somewhere
// might act on comes back as it was, or was refused; and no text makes a row that cannot be read any more.
func TestTextStaysText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.fillStandard(home)
	d := w.desks[home]
	scopes := []string{"api:oemr"}
	for word := range standardWords() {
		scopes = append(scopes, "user/"+word+".cruds")
	}
	token := w.holder(home, strings.Join(scopes, " "))
	nasty := []string{`'; DROP TABLE resource; --`, `{{.}} ${7*7} <%= 7*7 %> #{7*7}`, `<script>alert(1)</script>`, "a\u0000b", "a\u001bb", `=1+1`, `__proto__`, "\u202eabc", `%s%n`, `../../etc/passwd`}
	fields := 0
	for _, r := range table.Routes {
		if r.Method != http.MethodPost || r.Portal {
			continue
		}
		var body map[string]any
		if json.Unmarshal(d.bodies[r.Method+" "+r.Path], &body) != nil {
			continue
		}
		path, _ := d.path(r.Path, patientA, patientA)
		lists := path[:len(path)-len(path[strings.LastIndexByte(path, '/')+1:])-1] + path[strings.LastIndexByte(path, '/'):]
		for n, field := range slices.Sorted(maps.Keys(body)) {
			if _, ok := body[field].(string); !ok {
				continue
			}
			fields++
			text := nasty[n%len(nasty)]
			if strings.HasPrefix(text, "a\\u") || strings.HasPrefix(text, "\\u") {
				_ = json.Unmarshal([]byte(`"`+text+`"`), &text)
			}
			change := maps.Clone(body)
			change[field] = text
			raw, _ := json.Marshal(change)
			a := w.send(call{method: http.MethodPost, path: "/apis/" + home + path, token: token, body: raw})
			if a.status >= 500 || strings.Contains(string(a.body), "49 ") {
				t.Errorf("%s with %s %q: %d %.300s", r.ID, field, text, a.status, a.body)
			}
			if back := w.send(call{method: http.MethodGet, path: "/apis/" + home + lists, token: token}); back.status >= 500 {
				t.Errorf("%s with %s %q was taken (%d), and now the list gets %d", r.ID, field, text, a.status, back.status)
			}
		}
	}
	if fields < 50 {
		t.Errorf("only %d fields were tried", fields)
	}
	t.Logf("%d fields", fields)
}

// TestStaffIsShownAsPractitioners is STD-11: the list of users holds nothing of accounts.
func TestStaffIsShownAsPractitioners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	token := w.holder(home, "api:oemr user/user.rs")
	for _, where := range []string{"/api/user", "/api/user/" + patientA + "-Practitioner"} {
		a := w.send(call{method: http.MethodGet, path: "/apis/" + home + where, token: token})
		for _, word := range []string{"password", "argon2", "totp", "mx-" /* logins */ + "admin", "PasswordHash", "secret"} {
			if strings.Contains(strings.ToLower(string(a.body)), strings.ToLower(word)) && a.status == 200 && !strings.Contains(string(a.body), `"`+word+`":null`) {
				t.Errorf("STD-11 %s shows %s: %.300s", where, word, a.body)
			}
		}
	}
}
