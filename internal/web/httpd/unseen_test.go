package httpd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"chartwright/internal/access"
)

func TestChangingShowsNothing(t *testing.T) { onEachStore(t, testChangingShowsNothing) }

// testChangingShowsNothing holds that who may change resources and not see them is not shown, in answer to a change, what they hold beside it; who
// may read or find them is.
func testChangingShowsNothing(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Observation/o", body: `{"resourceType":"Observation","id":"o","meta":{"security":[{"code":"SECRET"}]},"status":"final","code":{"text":"SECRET"}}`})
	labels := `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"mine"}]}}]}`
	merge := map[string]string{"Content-Type": "application/merge-patch+json", "Prefer": "return=representation"}
	binary := `{"resourceType":"Binary","contentType":"application/merge-patch+json","data":"e30="}`
	bundle := func(typ string) string { return entries(typ, entry("", binary, "PATCH", "Observation/o", "")) }
	for scopes, shown := range map[string]bool{
		"system/Observation.u": false, "system/Observation.ru": true, "system/Observation.us": true, "system/Observation.u system/Observation.rs?status=final": true,
		"system/Observation.u system/Observation.rs?status=amended": false, "system/Observation.u system/Observation.r?status=amended system/Observation.s?status=final": true,
	} {
		w.subject("changer", &access.Subject{Actor: access.System, UserID: "changer"}, scopes)
		for name, a := range map[string]ask{
			"a patch":                  {method: "PATCH", path: "Observation/o", body: `{"language":"en"}`, header: merge},
			"a patch in a batch":       {method: "POST", path: "", body: bundle("batch"), header: map[string]string{"Prefer": "return=representation"}},
			"a patch in a transaction": {method: "POST", path: "", body: bundle("transaction"), header: map[string]string{"Prefer": "return=representation"}},
			"adding a label":           {method: "POST", path: "Observation/o/$meta-add", body: labels},
			"taking one away":          {method: "POST", path: "Observation/o/$meta-delete", body: labels},
		} {
			a.token = "changer"
			r := w.do(a)
			if r.Code != 200 || strings.Contains(r.Body.String(), "SECRET") != shown {
				t.Errorf("%s, %s: %d %s", scopes, name, r.Code, r.Body)
			}
		}
		w.must(200, ask{method: "PUT", path: "Observation/o", token: "changer", header: map[string]string{"Prefer": "return=representation"},
			body: `{"resourceType":"Observation","id":"o","meta":{"security":[{"code":"SECRET"}]},"status":"final","code":{"text":"SECRET"}}`})
	}
}

func TestRefusedWhateverIsThere(t *testing.T) { onEachStore(t, testRefusedWhateverIsThere) }

// testRefusedWhateverIsThere writes what lies outside the caller's view, which leaves no trace: whether the id is another's already is not told by that.
func testRefusedWhateverIsThere(t *testing.T, w *world) {
	observation := func(id, status, patient string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":%q,"code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`, id, status, patient)
	}
	for _, id := range []string{"hidden", "erased"} {
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: observation(id, "amended", "bob")})
	}
	w.must(204, ask{method: "DELETE", path: "Observation/erased"})
	w.subject("narrow", &access.Subject{Actor: access.System, UserID: "narrow"}, "system/Observation.cruds?status=final")
	w.subject("doctor", &access.Subject{Actor: access.User, UserID: "u-doc", FHIRUser: "Practitioner/doc", Groups: []string{"doc"}, Patient: "ann"}, "patient/Observation.cruds")
	for _, token := range []string{"narrow", "doctor"} {
		for name, request := range map[string]func(id, body string) ask{
			"an update": func(id, body string) ask { return ask{method: "PUT", path: "Observation/" + id, body: body} },
			"if there is none": func(id, body string) ask {
				return ask{method: "PUT", path: "Observation/" + id, body: body, header: map[string]string{"If-None-Match": "*"}}
			},
			"by criteria": func(_, body string) ask { return ask{method: "PUT", path: "Observation?_id=nothing", body: body} },
			"in a batch": func(id, body string) ask {
				return ask{method: "POST", path: "", body: entries("batch", entry("", body, "PUT", "Observation/"+id, ""))}
			},
			"in a transaction": func(id, body string) ask {
				return ask{method: "POST", path: "", body: entries("transaction", entry("", body, "PUT", "Observation/"+id, ""))}
			},
		} {
			told := func(id string) string {
				a := request(id, observation(id, "preliminary", "bob"))
				a.token = token
				r := w.do(a)
				var told any
				if err := json.Unmarshal(r.Body.Bytes(), &told); err != nil {
					t.Fatal(err)
				}
				return strings.ReplaceAll(fmt.Sprint(r.Code, " ", told), id, "ID")
			}
			never := told("nobody")
			if !strings.Contains(never, "outside") {
				t.Errorf("%s, %s is told of what never was: %s", token, name, never)
			}
			for _, id := range []string{"hidden", "erased"} {
				if got := told(id); got != never {
					t.Errorf("%s, %s, %s:\n %s\nwhat never was:\n %s", token, name, id, got, never)
				}
			}
		}
		w.must(404, ask{method: "PUT", path: "Observation/hidden", token: token, body: observation("hidden", "final", "ann")}) // what is within, and taken
	}
}
