package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestHistoryPages(t *testing.T) { onEachStore(t, testHistoryPages) }

func testHistoryPages(t *testing.T, w *world) {
	for i := range 7 {
		w.do(ask{method: "PUT", path: "Patient/ann", body: strings.Replace(ann, "Ash", fmt.Sprint("Ash", i), 1)})
	}
	w.create(`{"resourceType":"Practitioner"}`)
	for path, want := range map[string]int{"Patient/ann/_history": 7, "Patient/_history": 7, "_history": 8} {
		seen, next := 0, path+"?_count=3"
		for next != "" {
			v := w.must(200, ask{method: "GET", path: next})
			entries, _ := v["entry"].([]any)
			if len(entries) > 3 {
				t.Errorf("%s: a page of %d", path, len(entries))
			}
			seen += len(entries)
			next = link(v, "next")
		}
		if seen != want {
			t.Errorf("%s: %d versions, want %d", path, seen, want)
		}
	}
	for day := range 5 {
		w.create(fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2024-01-0%d"}`, day+1))
	}
	lenient := map[string]string{"Prefer": "handling=lenient"}
	passed := w.must(200, ask{method: "GET", path: "Observation?nothing=1&_elements=nothing,status&_count=2", header: lenient})
	if passed = w.must(200, ask{method: "GET", path: link(passed, "next")}); len(passed["entry"].([]any)) < 2 || !strings.Contains(fmt.Sprint(passed["entry"]), "nothing was passed over") {
		t.Errorf("the second page of a lenient search: %v", passed["entry"])
	}
	shaped := w.must(200, ask{method: "GET", path: link(w.must(200, ask{method: "GET", path: "Patient/ann/_history?_elements=gender&_count=3"}), "next")})
	if text := fmt.Sprint(shaped["entry"]); !strings.Contains(text, "female") || strings.Contains(text, "Ash") {
		t.Errorf("the second page of a history shows other elements than the first: %s", text)
	}
	for _, path := range []string{"Patient/ann/_history", "_history", "Observation", "Observation?_sort=-date", "Patient/ann/*", "Patient/ann/$everything", "Patient/$everything"} {
		w.thereAndBack(path)
	}
	w.play(t, []scenario{
		{"_since in the future", ask{method: "GET", path: "Patient/ann/_history?_since=2999-01-01T00:00:00Z"}, 200, nil, []string{`"entry"`}},
		{"_since that is no instant", ask{method: "GET", path: "Patient/ann/_history?_since=soon"}, 400, []string{"_since"}, nil},
		{"unknown parameter", ask{method: "GET", path: "Patient/ann/_history?gender=male"}, 400, nil, nil},
		{"never there", ask{method: "GET", path: "Patient/nobody/_history"}, 404, nil, nil},
	})
}

// thereAndBack goes through the pages of two of what a path finds by their next links, and back by previous and first: what was on
// the way there is on the way back.
func (w *world) thereAndBack(path string) {
	w.t.Helper()
	shown := func(page map[string]any) string { return fmt.Sprint(page["entry"]) }
	sign := "?"
	if strings.Contains(path, sign) {
		sign = "&"
	}
	var way []string
	page := w.must(200, ask{method: "GET", path: path + sign + "_count=2"})
	if link(page, "previous") != "" || link(page, "first") != "" {
		w.t.Errorf("%s: something stands before the first page", path)
	}
	for ; ; page = w.must(200, ask{method: "GET", path: link(page, "next")}) {
		way = append(way, shown(page))
		if link(page, "next") == "" {
			break
		}
	}
	if len(way) < 3 {
		w.t.Fatalf("%s: %d pages are too few", path, len(way))
	}
	if first := shown(w.must(200, ask{method: "GET", path: link(page, "first")})); first != way[0] {
		w.t.Errorf("%s: first leads elsewhere", path)
	}
	for i := len(way) - 2; i >= 0; i-- {
		if page = w.must(200, ask{method: "GET", path: link(page, "previous")}); shown(page) != way[i] {
			w.t.Errorf("%s: before page %d comes another than %d", path, i+2, i+1)
		}
	}
	if link(page, "previous") != "" || link(page, "next") == "" {
		w.t.Errorf("%s: the way back does not end at the first page", path)
	}
}

// link returns a link of a Bundle, relative to the server.
func link(v map[string]any, relation string) string {
	links, _ := v["link"].([]any)
	for _, l := range links {
		m := l.(map[string]any)
		if m["relation"] == relation {
			return strings.TrimPrefix(m["url"].(string), base)
		}
	}
	return ""
}

func TestSearch(t *testing.T) { onEachStore(t, testSearch) }

func testSearch(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for i := range 5 {
		w.create(fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2020-01-0%d","valueQuantity":{"value":%d}}`, i+1, 60+i))
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	w.play(t, []scenario{
		{"by token", ask{method: "GET", path: "Observation?code=http://loinc.org|8867-4"}, 200, []string{`"type":"searchset"`, `"mode":"match"`, `"relation":"self"`}, nil},
		{"by form", ask{method: "POST", path: "Observation/_search", body: "code=8867-4&_count=1", header: form}, 200, []string{`"mode":"match"`, `"relation":"next"`}, nil},
		{"a form that is no form", ask{method: "POST", path: "Observation/_search", body: `{}`}, 415, nil, nil},
		{"unknown parameters are an error", ask{method: "GET", path: "Observation?colour=green"}, 400, []string{"colour"}, nil},
		{"unless the caller is lenient", ask{method: "GET", path: "Observation?colour=green", header: map[string]string{"Prefer": "handling=lenient"}}, 200, []string{`"mode":"outcome"`, "colour"}, nil},
		{"_elements is about the matches", ask{method: "GET", path: "Observation?_include=Observation:subject&_count=1&_elements=status"}, 200, []string{`"mode":"include"`, "Ash", "SUBSETTED"}, []string{`"subject"`}},
		{"include", ask{method: "GET", path: "Observation?_include=Observation:subject&_count=1"}, 200, []string{`"mode":"include"`, "Ash"}, nil},
		{"chain", ask{method: "GET", path: "Observation?subject:Patient.family=ash&_summary=count"}, 200, []string{`"total":5`}, nil},
		{"system", ask{method: "GET", path: "?_type=Patient,Observation&_summary=count"}, 200, []string{`"total":6`}, nil},
		{"a chain over several types", ask{method: "GET", path: "?_type=Observation,Condition&subject:Patient.family=ash&_summary=count"}, 200, []string{`"total":5`}, nil},
		{"_has over several types", ask{method: "GET", path: "?_type=Patient,Group&_has:Observation:subject:code=8867-4"}, 400, []string{"_has"}, nil},
		{"of the types of a compartment", ask{method: "GET", path: "Patient/ann/*?_type=Observation,Condition&_summary=count"}, 200, []string{`"total":5`}, nil},
		{"of a type that has nothing there", ask{method: "GET", path: "Patient/ann/*?_type=Condition&_summary=count"}, 200, []string{`"total":0`}, nil},
		{"of a type that does not belong there", ask{method: "GET", path: "Patient/ann/*?_type=Medication"}, 400, []string{"_type"}, nil},
		{"a named query, lenient or not", ask{method: "GET", path: "Patient?_query=old", header: map[string]string{"Prefer": "handling=lenient"}}, 400, []string{"_query"}, nil},
		{"compartment", ask{method: "GET", path: "Patient/ann/Observation?_summary=count"}, 200, []string{`"total":5`}, nil},
		{"compartment of all types", ask{method: "GET", path: "Patient/ann/*?_summary=count"}, 200, []string{`"total":5`}, nil},
		{"compartment and parameters", ask{method: "GET", path: "Patient/ann/Observation?date=2020-01-02&_summary=count"}, 200, []string{`"total":1`}, nil},
		{"absolute references to this server are relative ones", ask{method: "PUT", path: "Observation/abs", body: `{"resourceType":"Observation","id":"abs","status":"final","code":{"text":"x"},"subject":{"reference":"` + base + `/apis/default/fhir/Patient/bob"}}`}, 201, []string{`"reference":"Patient/bob"`}, nil},
		{"and are found as such", ask{method: "GET", path: "Observation?subject=Patient/bob&_summary=count"}, 200, []string{`"total":1`}, nil},
		{"one of which is deleted again", ask{method: "DELETE", path: "Observation/abs"}, 204, nil, nil},
		{"compartment of itself", ask{method: "GET", path: "Patient/ann/Patient"}, 200, []string{"Ash"}, nil},
		{"no compartment", ask{method: "GET", path: "Medication/x/Observation"}, 404, nil, nil},
	})
	seen := map[string]bool{}
	for next := "Observation?_count=2&_sort=-date"; next != ""; {
		v := w.must(200, ask{method: "GET", path: next})
		for _, e := range v["entry"].([]any) {
			id := e.(map[string]any)["resource"].(map[string]any)["id"].(string)
			if seen[id] {
				t.Errorf("%s is on two pages", id)
			}
			seen[id] = true
		}
		next = link(v, "next")
		if next != "" && strings.Contains(next, "8867") || strings.Contains(next, "sort") {
			t.Errorf("the page link is readable: %s", next)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d resources on all pages, want 5", len(seen))
	}
	next := link(w.must(200, ask{method: "GET", path: "Observation?_count=2"}), "next")
	_, page, _ := strings.Cut(next, "?")
	w.play(t, []scenario{
		{"a page link of somebody else", ask{method: "GET", path: next, token: "admin"}, 400, nil, []string{"8867"}},
		{"a page link of another search", ask{method: "GET", path: strings.Replace(next, "/Observation?", "/Patient?", 1)}, 400, nil, nil},
		{"a page link and a condition", ask{method: "GET", path: next + "&code=8867-4"}, 400, []string{`"http.code"`}, []string{`"entry"`}},
		{"a page link and another number", ask{method: "GET", path: next + "&_count=1"}, 400, []string{`"http._count"`}, nil},
		{"a page link twice", ask{method: "GET", path: next + "&" + page}, 400, []string{`"http._page"`}, nil},
		{"a page link in another form", ask{method: "GET", path: next + "&_format=xml&_pretty=true"}, 200, []string{"<Bundle"}, nil},
		{"a page link that was changed", ask{method: "GET", path: next[:len(next)-3] + "AAA"}, 400, nil, nil},
	})
}

func TestSearchSaysWhatItLeftOut(t *testing.T) { onEachStore(t, testSearchSaysWhatItLeftOut) }

func testSearchSaysWhatItLeftOut(t *testing.T, w *world) {
	for i := range 13 {
		w.must(201, ask{method: "PUT", path: fmt.Sprint("Location/", i), body: fmt.Sprintf(`{"resourceType":"Location","id":"%d","partOf":{"reference":"Location/%d"}}`, i, i+1)})
	}
	w.play(t, []scenario{
		{"a chain of includes that ends", ask{method: "GET", path: "Location?_id=9&_include:iterate=Location:partof"}, 200, []string{`"mode":"include"`}, []string{`"mode":"outcome"`}},
		{"one that is cut", ask{method: "GET", path: "Location?_id=0&_include:iterate=Location:partof"}, 200, []string{`"mode":"outcome"`, `"code":"incomplete"`, `"severity":"warning"`}, nil},
	})
}

func TestMetadata(t *testing.T) { onEachStore(t, testMetadata) }

func testMetadata(t *testing.T, w *world) {
	for _, path := range []string{"/apis/default/fhir/metadata", "/metadata", "/r4/metadata", "/fhir/r4/metadata"} {
		v := w.must(200, ask{method: "GET", path: path, token: "-"})
		rest := v["rest"].([]any)[0].(map[string]any)
		if v["fhirVersion"] != "4.0.1" || len(rest["resource"].([]any)) != 146 {
			t.Errorf("%s: %v types of version %v", path, len(rest["resource"].([]any)), v["fhirVersion"])
		}
	}
	w.play(t, []scenario{
		{"the SMART configuration is open", ask{method: "GET", path: ".well-known/smart-configuration", token: "-"}, 200, []string{"Content-Type: application/json", "/oauth2/default"}, nil},
	})
	w.settings.FHIRAliases = false
	w.play(t, []scenario{
		{"aliases can be off", ask{method: "GET", path: "/r4/Patient"}, 404, []string{"OperationOutcome"}, nil},
	})
}

// entryIDs returns the logical ids of a searchset's entries of one mode, sorted.
func entryIDs(bundle map[string]any, mode string) []string {
	ids := []string{}
	entries, _ := bundle["entry"].([]any)
	for _, e := range entries {
		m := e.(map[string]any)
		if m["search"].(map[string]any)["mode"] == mode {
			ids = append(ids, m["resource"].(map[string]any)["id"].(string))
		}
	}
	slices.Sort(ids)
	return ids
}
