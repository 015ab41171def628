package searchsql_test

import (
	"fmt"
	"slices"
	"strings"
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
		// References to the same few, more of them than the statement may give rows, before one to another.
		for _, id := range []string{"one", "two", "three", "last"} {
			list = append(list, &resource{typ: "Practitioner", id: id})
		}
		for i := range 700 {
			r := (&resource{typ: "Observation", id: fmt.Sprint("b", i)}).ref("performer", "Practitioner/one").ref("performer", "Practitioner/two")
			if i == 699 {
				list = append(list, r.ref("performer", "Practitioner/last"))
				continue
			}
			list = append(list, r.ref("performer", "Practitioner/three"))
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
			{"Observation", "performer=Practitioner/one&_count=1000&_include=Observation:performer", 4, false},
		} {
			r := f.run(t, parse(t, c.typ, c.search), access.Narrow{}, chart.Page{})
			if len(r.Included) != c.included || r.MoreIncluded != c.more {
				t.Errorf("%s?%s: %d included, more %t, want %d and %t", c.typ, c.search, len(r.Included), r.MoreIncluded, c.included, c.more)
			}
		}
	})
}

// TestIncludesFollowCanonicals holds that includes go from a canonical to the definition it names and back, by version where it
// names one, and that neither leaves the caller's view.
func TestIncludesFollowCanonicals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		q := func(id, url, version string, from ...string) *resource {
			r := (&resource{typ: "Questionnaire", id: id}).uri("url", url)
			if version != "" {
				r.token("version", "", version)
			}
			for _, c := range from {
				r.ref("derived-from", c)
			}
			return r
		}
		f.put(t, q("base1", "http://q/base", "1"), q("base2", "http://q/base", "2"), q("based", "http://q/based", ""),
			q("any", "http://q/any", "1", "http://q/base"), q("two", "http://q/two", "", "http://q/base|2", "http://q/nowhere"),
			q("nine", "http://q/nine", "", "http://q/base|9"), q("deep", "http://q/deep", "", "http://q/any|1", "Questionnaire/based"))
		for _, c := range []struct{ search, want string }{
			{"_id=any&_include=Questionnaire:derived-from", "base1 base2"},
			{"_id=two&_include=Questionnaire:derived-from", "base2"},
			{"_id=nine&_include=Questionnaire:derived-from", ""},
			{"_id=deep&_include=Questionnaire:derived-from", "any based"},
			{"_id=deep&_include=Questionnaire:*", "any based"},
			{"_id=deep&_include=*", "any based"},
			{"_id=deep&_include=Questionnaire:derived-from:Questionnaire", "any based"},
			{"_id=deep&_include:iterate=Questionnaire:derived-from", "any base1 base2 based"},
			{"_id=base2&_revinclude=Questionnaire:derived-from", "any two"},
			{"_id=base1&_revinclude=Questionnaire:derived-from", "any"},
			{"_id=base1&_revinclude=*", "any"},
			{"_id=based&_revinclude=Questionnaire:derived-from", "deep"},
			{"_id=base1&_revinclude:iterate=Questionnaire:derived-from", "any deep"},
		} {
			var got []string
			for _, v := range f.run(t, parse(t, "Questionnaire", c.search), access.Narrow{}, chart.Page{}).Included {
				got = append(got, v.ID)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %v, want %s", c.search, got, c.want)
			}
		}
		hidden := access.Narrow{Filters: map[string][]string{"Questionnaire": {"_id=any,base1"}}}
		result := f.run(t, parse(t, "Questionnaire", "_id=any&_include=Questionnaire:derived-from"), hidden, chart.Page{})
		if len(result.Included) != 1 || result.Included[0].ID != "base1" {
			t.Errorf("under a filter: %v", result.Included)
		}
	})
}
