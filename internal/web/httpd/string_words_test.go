package httpd_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
)

func TestStringWords(t *testing.T) { onEachStore(t, testStringWords) }

// testStringWords finds names and addresses by any of their words, however they are punctuated, and holds the index against the
// bodies afterwards.
//
// https://hl7.org/fhir/R4/search.html#string
func testStringWords(t *testing.T, w *world) {
	for id, rest := range map[string]string{
		"brien":  `"name":[{"family":"O'Brien","given":["Mary-Ann"],"text":"Mary-Ann O'Brien, MD"}],"address":[{"line":["12 Main St.","Apt. 4"],"city":"Saint-Denis"}]`,
		"garcia": `"name":[{"family":"García Quiñones","given":["José"]}],"address":[{"line":["1 Rue de l’Église"],"city":"San Francisco"}]`,
	} {
		w.must(201, ask{method: "PUT", path: "Patient/" + id, body: `{"resourceType":"Patient","id":"` + id + `",` + rest + `}`})
	}
	w.must(201, ask{method: "PUT", path: "Observation/held", body: `{"resourceType":"Observation","id":"held","status":"final","code":{"text":"x"},
		"contained":[{"resourceType":"Patient","id":"p","name":[{"family":"Smith Jones"}]}],"subject":{"reference":"#p"},"valueString":"no growth after 5 days"}`})
	found := func(path, key, value string) []string {
		t.Helper()
		var ids []string
		entries, _ := w.must(200, ask{method: "GET", path: path + "?" + key + "=" + url.QueryEscape(value)})["entry"].([]any)
		for _, e := range entries {
			ids = append(ids, e.(map[string]any)["resource"].(map[string]any)["id"].(string))
		}
		slices.Sort(ids)
		return ids
	}
	for _, c := range []struct {
		path, key, value string
		want             []string
	}{
		{"Patient", "family", "obrien", []string{"brien"}},
		{"Patient", "family", "O’Brien", []string{"brien"}},
		{"Patient", "family", "brien", nil},
		{"Patient", "given", "mary ann", []string{"brien"}},
		{"Patient", "given", "ann", []string{"brien"}},
		{"Patient", "name", "md", []string{"brien"}},
		{"Patient", "name", "ann obrien", []string{"brien"}},
		{"Patient", "family", "quinones", []string{"garcia"}},
		{"Patient", "name", "quiñ", []string{"garcia"}},
		{"Patient", "family:exact", "Quiñones", nil},
		{"Patient", "family:exact", "García Quiñones", []string{"garcia"}},
		{"Patient", "family:contains", "inon", []string{"garcia"}},
		{"Patient", "address", "Main", []string{"brien"}},
		{"Patient", "address", "main st", []string{"brien"}},
		{"Patient", "address", "leglise", []string{"garcia"}},
		{"Patient", "address-city", "denis", []string{"brien"}},
		{"Patient", "address-city", "francisco,saint", []string{"brien", "garcia"}},
		{"Observation", "value-string", "growth", []string{"held"}},
		{"Observation", "subject:Patient.family", "jones", []string{"held"}},
	} {
		if got := found(c.path, c.key, c.value); !slices.Equal(got, c.want) {
			t.Errorf("%s?%s=%s: %v, want %v", c.path, c.key, c.value, got, c.want)
		}
	}
	if got := found("Patient", "_sort", "family"); !slices.Equal(got, []string{"brien", "garcia"}) {
		t.Errorf("sorted: %v", got)
	}

	check := func() {
		t.Helper()
		site, ok := w.site.(interface {
			Check(ctx context.Context) (int64, []string, error)
		})
		if !ok {
			t.Fatal("the store does not check itself")
		}
		if _, faults, err := site.Check(t.Context()); err != nil || len(faults) > 0 {
			t.Errorf("the index: %q, %v", faults, err)
		}
	}
	check()
	w.must(200, ask{method: "PUT", path: "Patient/garcia", body: `{"resourceType":"Patient","id":"garcia","name":[{"family":"Quiñones García"}]}`})
	if got := found("Patient", "address", "francisco"); got != nil {
		t.Errorf("by an address that is gone: %v", got)
	}
	w.must(204, ask{method: "DELETE", path: "Patient/brien"})
	if got := found("Patient", "address", "main"); got != nil {
		t.Errorf("deleted: %v", got)
	}
	check()
}
