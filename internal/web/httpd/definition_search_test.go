package httpd_test

import (
	"fmt"
	"slices"
	"testing"
)

func TestSearchOperationDefinitions(t *testing.T) { onEachStore(t, testSearchOperationDefinitions) }

// testSearchOperationDefinitions holds that the definitions of the server's own operations are searched beside those that are stored.
func testSearchOperationDefinitions(t *testing.T, w *world) {
	own := `{"resourceType":"OperationDefinition","id":%q,"url":"http://example.org/%s","name":%q,"status":"draft","kind":"operation","code":"everything","system":false,"type":false,"instance":true}`
	for _, id := range []string{"one", "two"} {
		w.must(201, ask{method: "PUT", path: "OperationDefinition/" + id, body: fmt.Sprintf(own, id, id, id)})
	}
	get := func(path string) ask { return ask{method: "GET", path: path} }
	mine := "fhir/OperationDefinition/Patient-it-everything\""
	w.play(t, []scenario{
		{"by code", get("OperationDefinition?code=everything"), 200, []string{mine, `"Encounter-i-everything"`, `"one"`, `"two"`, `"total":4`}, []string{"lastn"}},
		{"by URL", get("OperationDefinition?url=https://chart.example.org/apis/default/fhir/OperationDefinition/Observation-t-lastn"), 200, []string{`"total":1`, `"code":"lastn"`}, []string{`"one"`}},
		{"by name", get("OperationDefinition?name=observationtlast"), 200, []string{`"total":1`, `"code":"lastn"`}, nil},
		{"by id", get("OperationDefinition?_id=one,Patient-it-everything"), 200, []string{`"total":2`, mine, `"one"`}, nil},
		{"by status", get("OperationDefinition?status=draft"), 200, []string{`"total":2`, `"one"`}, []string{mine}},
		{"what is not", get("OperationDefinition?code=nothing"), 200, []string{`"total":0`}, []string{mine}},
		{"counted", get("OperationDefinition?code=everything&_summary=count"), 200, []string{`"total":4`}, []string{"entry"}},
		{"in short", get("OperationDefinition?code=everything&_elements=code"), 200, []string{mine, "SUBSETTED"}, []string{"parameter"}},
	})
	var all []string
	for _, size := range []int{1, 2, 3, 4, 5} {
		var paged []string
		pages := 0
		for next := fmt.Sprintf("OperationDefinition?code=everything&_total=accurate&_count=%d", size); next != ""; pages++ {
			page := w.must(200, get(next))
			if page["total"] != 4.0 {
				t.Errorf("%d on a page: a total of %v, want 4", size, page["total"])
			}
			paged, next = append(paged, fullURLs(page)...), link(page, "next")
		}
		if all == nil {
			all = paged
		}
		if len(paged) != 4 || !slices.Equal(paged, all) || pages != (4+size-1)/size {
			t.Errorf("%d on a page: %d pages of %v, want %v", size, pages, paged, all)
		}
	}
	// What the server says of its own operations nobody changes.
	const its = "OperationDefinition/Patient-it-everything"
	other := fmt.Sprintf(own, "Patient-it-everything", "other", "Other")
	batch := `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"` + its + `"}}]}`
	w.play(t, []scenario{
		{"update", ask{method: "PUT", path: its, body: other}, 405, []string{"can't be changed"}, nil},
		{"update by criteria", ask{method: "PUT", path: "OperationDefinition?name=Other", body: other}, 405, nil, nil},
		{"patch", ask{method: "PATCH", path: its, header: map[string]string{"Content-Type": "application/json-patch+json"}, body: `[{"op":"replace","path":"/name","value":"Other"}]`}, 405, nil, nil},
		{"delete", ask{method: "DELETE", path: its}, 405, nil, nil},
		{"delete in a transaction", ask{method: "POST", body: batch}, 405, []string{"Bundle.entry[0]"}, nil},
		{"as before", get("OperationDefinition?code=everything"), 200, []string{mine, `"total":4`}, []string{"Other"}},
		{"itself", get(its), 200, []string{"PatientItEverything"}, nil},
	})
}
