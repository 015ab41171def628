package httpd_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHistoryAt(t *testing.T) { onEachStore(t, testHistoryAt) }

// testHistoryAt asks for what was current at some moment of a period: of an instance, a type and the system, in one page and in
// several.
//
// https://hl7.org/fhir/R4/http.html#history
func testHistoryAt(t *testing.T, w *world) {
	body := func(id, gender string) ask {
		return ask{method: "PUT", path: "Patient/" + id, body: `{"resourceType":"Patient","id":"` + id + `","gender":"` + gender + `"}`}
	}
	w.must(201, body("a", "male"))
	w.must(201, body("b", "male"))
	second := w.must(200, body("a", "female"))
	at, err := time.Parse(time.RFC3339, second["meta"].(map[string]any)["lastUpdated"].(string))
	if err != nil {
		t.Fatal(err)
	}
	// The second version begins in the period, so the first was current in it too.
	year := at.UTC().Year()
	east := at.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05.000-07:00") // a plus sign that was not encoded is a space
	for _, c := range []struct {
		path, at string
		want     []string
	}{
		{"Patient/a/_history", strconv.Itoa(year), []string{"a/2", "a/1"}},
		{"Patient/_history", strconv.Itoa(year), []string{"a/2", "b/1", "a/1"}},
		{"_history", strconv.Itoa(year), []string{"a/2", "b/1", "a/1"}},
		{"Patient/_history", at.UTC().Format("2006-01"), []string{"a/2", "b/1", "a/1"}},
		{"Patient/_history", strconv.Itoa(year + 1), []string{"a/2", "b/1"}},
		{"Patient/_history", strconv.Itoa(year - 1), nil},
		{"Patient/a/_history", strings.ReplaceAll(east, "+", "%20"), []string{"a/2"}},
	} {
		for _, count := range []string{"", "&_count=1"} {
			var got []string
			for path := c.path + "?_at=" + c.at + count; path != ""; {
				page := w.must(200, ask{method: "GET", path: path})
				entries, _ := page["entry"].([]any)
				for _, e := range entries {
					r := e.(map[string]any)["resource"].(map[string]any)
					got = append(got, r["id"].(string)+"/"+r["meta"].(map[string]any)["versionId"].(string))
				}
				path = link(page, "next")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s?_at=%s%s: %v, want %v", c.path, c.at, count, got, c.want)
			}
		}
	}
	counting := func(path string, n float64) {
		t.Helper()
		for _, how := range []string{"_summary=count", "_count=0", "_count=1&_summary=count"} {
			if v := w.must(200, ask{method: "GET", path: path + how}); v["total"] != n || v["entry"] != nil || v["type"] != "history" {
				t.Errorf("%s%s: %v, want a total of %v alone", path, how, v, n)
			}
		}
	}
	counting("Patient/a/_history?", 2)
	counting("Patient/_history?_since="+strconv.Itoa(year+1)+"&", 0)
	counting("Patient/_history?_at="+strconv.Itoa(year)+"&", 3)
	counting("_history?_type=Patient,Group&", 3)
	w.must(200, ask{method: "GET", path: "Patient/_history?_sort=-_lastUpdated"})
	w.must(400, ask{method: "GET", path: "Patient/_history?_sort=_lastUpdated"})
	for _, bad := range []string{"2024-13", "24", "soon", "2024-01-01T", "ge2024"} {
		w.must(400, ask{method: "GET", path: "Patient/_history?_at=" + bad})
	}
}
