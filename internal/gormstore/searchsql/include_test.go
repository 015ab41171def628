package searchsql_test

import (
	"fmt"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
)

// TestIncludesEnd holds that :iterate follows references as far as they go, in circles too, and that a result from which
// something was left out says so.
func TestIncludesEnd(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		org := func(id, partOf string) {
			r := &resource{typ: "Organization", id: id}
			list = append(list, r.ref("partof", "Organization/"+partOf))
		}
		for i := range 20 {
			org(fmt.Sprint("o", i), fmt.Sprint("o", i+1))
		}
		org("round", "about")
		org("about", "round")
		list = append(list, &resource{typ: "Patient", id: "pa"})
		for i := range 1005 {
			list = append(list, (&resource{typ: "Observation", id: fmt.Sprint(i)}).ref("subject", "Patient/pa"))
		}
		f.put(t, list...)
		for _, c := range []struct {
			typ, search string
			included    int
			more        bool
		}{
			{"Organization", "_id=o15&_include=Organization:partof", 1, false},
			{"Organization", "_id=o15&_include:iterate=Organization:partof", 4, false},
			{"Organization", "_id=o4&_revinclude:iterate=Organization:partof", 4, false},
			{"Organization", "_id=o0&_include:iterate=Organization:partof", 10, true},
			{"Organization", "_id=round&_include:iterate=Organization:partof", 1, false},
			{"Patient", "_id=pa&_revinclude=Observation:subject", 1000, true},
			{"Observation", "_count=5&_include=Observation:subject", 1, false},
		} {
			r := f.run(t, parse(t, c.typ, c.search), access.Narrow{}, chart.Page{})
			if len(r.Included) != c.included || r.MoreIncluded != c.more {
				t.Errorf("%s?%s: %d included, more %t, want %d and %t", c.typ, c.search, len(r.Included), r.MoreIncluded, c.included, c.more)
			}
		}
	})
}
