package httpd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLastN(t *testing.T) { onEachStore(t, testLastN) }

func testLastN(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	for i := range 4 {
		for _, code := range []string{"pulse", "weight"} {
			w.create(fmt.Sprintf(`{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"coding":[{"code":%q}]},"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2020-01-0%d"}`, code, i+1))
		}
	}
	w.play(t, []scenario{
		{"the newest of each", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&category=vital-signs"}, 200, []string{`"total":2`, "2020-01-04"}, []string{"2020-01-03"}},
		{"the newest two", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&category=vital-signs&max=2"}, 200, []string{`"total":4`, "2020-01-03"}, []string{"2020-01-02"}},
		{"of one code", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&code=pulse"}, 200, []string{`"total":1`, "pulse"}, []string{"weight"}},
		{"up to a date", ask{method: "GET", path: "Observation/$lastn?patient=Patient/ann&code=pulse&date=lt2020-01-03"}, 200, []string{`"2020-01-02"`}, []string{`"2020-01-03"`, `"2020-01-01"`}},
		{"a patient is needed", ask{method: "GET", path: "Observation/$lastn?code=pulse"}, 400, nil, nil},
		{"a kind is needed", ask{method: "GET", path: "Observation/$lastn?patient=ann"}, 400, nil, nil},
		{"a kind by a value", ask{method: "GET", path: "Observation/$lastn?patient=ann&code-value-quantity=pulse$1"}, 200, []string{`"total":0`}, nil},
		{"whoever it is about", ask{method: "GET", path: "Observation/$lastn?patient:missing=false&code=pulse"}, 400, nil, nil},
	})
}

// TestLastNGroups: codes are the same by any of their codings and by what others say is the same; what has the time of the last of a
// group is there beside it.
//
// https://hl7.org/fhir/R4/observation-operation-lastn.html
func TestLastNGroups(t *testing.T) { onEachStore(t, testLastNGroups) }

func testLastNGroups(t *testing.T, w *world) {
	w.must(201, ask{method: "PUT", path: "Patient/ann", body: ann})
	put := func(id, time, text string, codes ...string) {
		code := `{"text":"` + text + `"`
		if len(codes) > 0 {
			code += `,"coding":[{"code":"` + strings.Join(codes, `"},{"code":"`) + `"}]`
		}
		if time != "" {
			time = `,"effectiveDateTime":"` + time + `"`
		}
		w.must(201, ask{method: "PUT", path: "Observation/" + id, body: `{"resourceType":"Observation","id":"` + id + `","status":"final","category":[{"coding":[{"code":"x"}]}],"code":` + code + `},"subject":{"reference":"Patient/ann"}` + time + `}`})
	}
	put("a3", "2020-03-03", "t", "a")
	put("b4", "2020-03-04", "t", "b")
	put("ab1", "2020-03-01", "t", "a", "b") // a and b are the same
	put("b1", "2020-03-01", "t", "b")
	put("c2", "2020-03-02", "t", "c")
	put("c2too", "2020-03-02", "u", "c")
	put("c0", "", "t", "c")
	put("c0too", "", "t", "c")
	put("text", "2020-02-02", "Text")
	put("other", "2020-02-01", "text")
	for _, c := range []struct{ max, want string }{
		{"", "b4 c2 c2too other text"},
		{"&max=2", "a3 b4 c2 c2too other text"},
		{"&max=3", "a3 ab1 b1 b4 c2 c2too other text"},
	} {
		got := w.ids(ask{method: "GET", path: "Observation/$lastn?patient=ann&category=x" + c.max})
		slices.Sort(got)
		have := strings.Join(got, " ")
		if c.max == "&max=3" { // one of two without a time, which nobody knows to be equal
			have = strings.ReplaceAll(strings.ReplaceAll(have, " c0too", ""), " c0", "")
			if len(got) != 9 {
				t.Errorf("%d observations, want 9: %v", len(got), got)
			}
		}
		if have != c.want {
			t.Errorf("%q: %s, want %s", c.max, have, c.want)
		}
	}
}
