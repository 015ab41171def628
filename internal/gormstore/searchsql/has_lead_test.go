package searchsql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
)

// TestWideHas looks at what drives a reverse chain: what refers to the patients where that is little, the patients where nearly each of
// them is referred to so. Found is the same, page by page.
func TestWideHas(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		of := map[string][]string{}
		for i := range 100 {
			p := &resource{typ: "Patient", id: fmt.Sprintf("p%02d", i), owner: fmt.Sprintf("p%02d", i)}
			list = append(list, p)
			code := "common"
			if i%4 == 1 {
				code = "rare"
			}
			of[code] = append(of[code], p.name())
			for n := range 8 {
				list = append(list, (&resource{typ: "Observation", id: fmt.Sprintf("%s-%d", p.id, n), owner: p.id}).token("code", loinc, code).
					ref("subject", p.name()))
			}
		}
		f.put(t, list...)
		for code, driver := range map[string]string{"common": "all resources of the type", "rare": "condition 1", "none": "condition 1"} {
			query := "_has:Observation:patient:code=" + code
			result := f.run(t, parse(t, "Patient", query), access.Narrow{}, chart.Page{Explain: true})
			if !slices.Contains(result.Explained, "driver: "+driver) {
				t.Errorf("%s: want driver %s:\n%s", query, driver, strings.Join(result.Explained, "\n"))
			}
			if found := f.find(t, "Patient?"+query+"&_count=7"); !slices.Equal(found, of[code]) {
				t.Errorf("%s finds %v, want %v", query, found, of[code])
			}
		}
		// What a view hides leads to nobody.
		if found := f.findAs(t, "Patient?_has:Observation:patient:code=common", access.Narrow{Patient: "p02"}, nil); !slices.Equal(found, []string{"Patient/p02"}) {
			t.Errorf("patient p02 finds %v", found)
		}
	})
}
