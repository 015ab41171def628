package searchsql_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
)

// TestSortByTokens looks at the order of codes, page by page: a resource with several of them comes once, where the first in that
// order puts it, and one without any comes last.
func TestSortByTokens(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		type place struct{ first, last, name string }
		var list []*resource
		var places []place
		for i := range 60 {
			r := &resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}
			var codes []string
			for n := range i % 4 { // every fourth has none
				code := fmt.Sprintf("c%d", (i*7+n*5)%9)
				codes = append(codes, code)
				r.token("code", loinc, code).token("code", "urn:other", code)
			}
			if list = append(list, r); len(codes) > 0 {
				places = append(places, place{slices.Min(codes), slices.Max(codes), r.name()})
			} else {
				places = append(places, place{"~", "", r.name()})
			}
		}
		f.put(t, list...)
		names := func(list []place) (all []string) {
			for _, p := range list {
				all = append(all, p.name)
			}
			return all
		}
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.first, b.first) })
		up := names(places)
		slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(b.last, a.last), cmp.Compare(b.name, a.name)) })
		down := names(places)
		for _, count := range []int{1, 7, 50} {
			if got := f.find(t, fmt.Sprintf("Observation?_sort=code&_count=%d", count)); !slices.Equal(got, up) {
				t.Errorf("%d a page, ascending:\ngot  %v\nwant %v", count, got, up)
			}
			if got := f.find(t, fmt.Sprintf("Observation?_sort=-code&_count=%d", count)); !slices.Equal(got, down) {
				t.Errorf("%d a page, descending:\ngot  %v\nwant %v", count, got, down)
			}
		}
	})
}
