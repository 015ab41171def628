package httpd_test

import (
	"slices"
	"strings"
	"testing"
)

func TestIncludeOfAVersion(t *testing.T) { onEachStore(t, testIncludeOfAVersion) }

// testIncludeOfAVersion includes the version that a reference names, if the caller may read it, and nothing in its place.
//
// https://hl7.org/fhir/R4/search.html#revinclude
func testIncludeOfAVersion(t *testing.T, w *world) {
	w.twoPatients()
	put := func(status int, id, subject, rest string) {
		w.must(status, ask{method: "PUT", path: "Observation/" + id, body: `{"resourceType":"Observation","id":"` + id +
			`","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/` + subject + `"}` + rest + `}`})
	}
	part := func(to string) string { return `,"hasMember":[{"reference":"Observation/` + to + `"}]` }
	put(201, "part", "ann", `,"valueString":"first"`)
	put(200, "part", "ann", `,"valueString":"second"`)
	put(201, "moved", "bob", `,"valueString":"of bob"`)
	put(200, "moved", "ann", `,"valueString":"of ann"`)
	put(201, "dead", "ann", `,"valueString":"once"`)
	w.must(204, ask{method: "DELETE", path: "Observation/dead"})
	for id, to := range map[string]string{
		"of-1": "part/_history/1", "of-2": "part/_history/2", "of-3": "part/_history/3", "of-now": "part", "of-moved": "moved/_history/1",
		"of-dead": "dead/_history/1", "of-deletion": "dead/_history/2", "of-none": "none/_history/1", "of-odd": "part/_history/one",
	} {
		put(201, id, "ann", part(to))
	}
	put(201, "of-of-1", "ann", part("of-1"))
	laboratory := `,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]`
	put(201, "test", "ann", `,"valueString":"no test"`)
	put(200, "test", "ann", laboratory+`,"valueString":"test"`)
	put(200, "test", "ann", laboratory+`,"valueString":"corrected"`)
	put(201, "lab-of-part", "ann", laboratory+part("part/_history/1"))
	put(201, "lab-of-test-1", "ann", laboratory+part("test/_history/1"))
	put(201, "lab-of-test-2", "ann", laboratory+part("test/_history/2"))

	for _, c := range []struct {
		name, token, search string
		want                []string // what is included
	}{
		{"the version that is named", "", "_id=of-1&_include=Observation:has-member", []string{"part/1 first"}},
		{"by *", "", "_id=of-1&_include=Observation:*", []string{"Patient ann", "part/1 first"}},
		{"of a target type", "", "_id=of-1&_include=Observation:has-member:Observation", []string{"part/1 first"}},
		{"the current one", "", "_id=of-2&_include=Observation:has-member", []string{"part/2 second"}},
		{"one that never was", "", "_id=of-3&_include=Observation:has-member", nil},
		{"one that cannot be", "", "_id=of-odd&_include=Observation:has-member", nil},
		{"of what never was", "", "_id=of-none&_include=Observation:has-member", nil},
		{"both, where both are named", "", "_id=of-1,of-now&_include=Observation:has-member", []string{"part/1 first", "part/2 second"}},
		{"beside a match", "", "_id=of-1,part&_include=Observation:has-member", []string{"part/1 first"}},
		{"one step further", "", "_id=of-of-1&_include=Observation:has-member&_include:iterate=Observation:has-member", []string{"of-1", "part/1 first"}},
		{"not without :iterate", "", "_id=of-of-1&_include=Observation:has-member", []string{"of-1"}},
		{"of what is deleted now", "", "_id=of-dead&_include=Observation:has-member", []string{"dead/1 once"}},
		{"not a deletion", "", "_id=of-deletion&_include=Observation:has-member", nil},
		{"whoever it belonged to", "", "_id=of-moved&_include=Observation:has-member", []string{"moved/1 of bob"}},
		{"her own", "ann", "_id=of-1&_include=Observation:has-member", []string{"part/1 first"}},
		{"but not when it was another's", "ann", "_id=of-moved&_include=Observation:has-member", nil},
		{"what a scope selects", "lab", "_id=lab-of-test-2&_include=Observation:has-member", []string{"test/2 test"}},
		{"but not what it leaves out", "lab", "_id=lab-of-part&_include=Observation:has-member", nil},
		{"nor left out then", "lab", "_id=lab-of-test-1&_include=Observation:has-member", nil},
	} {
		page := w.must(200, ask{method: "GET", path: "Observation?" + c.search, token: c.token})
		var got []string
		entries, _ := page["entry"].([]any)
		for _, e := range entries {
			entry := e.(map[string]any)
			r := entry["resource"].(map[string]any)
			if entry["search"].(map[string]any)["mode"] != "include" {
				continue
			}
			id, typ := r["id"].(string), r["resourceType"].(string)
			if want := "/" + typ + "/" + id; !strings.HasSuffix(entry["fullUrl"].(string), want) {
				t.Errorf("%s: fullUrl %v does not end in %s", c.name, entry["fullUrl"], want)
			}
			switch value, _ := r["valueString"].(string); {
			case typ != "Observation":
				got = append(got, typ+" "+id)
			case value == "":
				got = append(got, id)
			default:
				got = append(got, id+"/"+r["meta"].(map[string]any)["versionId"].(string)+" "+value)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %s includes %q, want %q", c.name, c.search, got, c.want)
		}
	}
}
