package searchsql_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
)

// TestChainsFollowCanonicals holds that chains, _has and filters go from a canonical to the definition it names and back, by
// version where it names one, whether they drive a search or are checked beside others.
func TestChainsFollowCanonicals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		q := func(id, url, version, status string, from ...string) *resource {
			r := (&resource{typ: "Questionnaire", id: id}).uri("url", url).token("status", "", status)
			if version != "" {
				r.token("version", "", version)
			}
			for _, c := range from {
				r.ref("derived-from", c)
			}
			return r
		}
		f.put(t, q("base1", "http://q/base", "1", "retired"), q("base2", "http://q/base", "2", "active"), q("longer", "http://q/base/more", "", "draft"),
			q("based", "http://q/based", "", "draft"),
			q("any", "http://q/any", "1", "active", "http://q/base"), q("two", "http://q/two", "", "active", "http://q/base|2", "http://q/nowhere"),
			q("one", "http://q/one", "", "draft", "http://q/base|1"), q("nine", "http://q/nine", "", "active", "http://q/base|9"),
			q("deep", "http://q/deep", "", "active", "http://q/any|1", "Questionnaire/based"))
		hidden := access.Narrow{Filters: map[string][]string{"Questionnaire": {"_id=base1,any,one,two"}}}
		for _, c := range []struct{ search, want, narrowed string }{
			{"derived-from:Questionnaire.status=active", "any deep two", ""},
			{"derived-from:Questionnaire.status=retired", "any one", "any one"},
			{"derived-from:Questionnaire.status=draft", "deep", ""},
			{"derived-from:Questionnaire.status=active&status=active&_id=two,one,any", "any two", ""},
			{"derived-from:Questionnaire.status:not=active", "any deep one", "any one"},
			{"derived-from:Questionnaire.derived-from:Questionnaire.status=retired", "deep", ""},
			{"derived-from:Questionnaire._id=base2", "any two", ""},
			{"derived-from:Questionnaire.url=http://q/base", "any one two", "any one"},
			{"_has:Questionnaire:derived-from:status=draft", "base1", "base1"},
			{"_has:Questionnaire:derived-from:status=active", "any base1 base2 based", "base1"},
			{"_has:Questionnaire:derived-from:status=active&status=active", "any base2", ""},
			{"_has:Questionnaire:derived-from:_has:Questionnaire:derived-from:status=active", "base1 base2", ""},
			{"_filter=derived-from:Questionnaire.status eq retired and not (status eq draft)", "any", "any"},
			{"_filter=status eq draft or derived-from:Questionnaire.status eq retired", "any based longer one", "any one"},
			{"_sort=-_id&derived-from:Questionnaire.status=active", "any deep two", ""},
		} {
			for narrow, want := range map[bool]string{false: c.want, true: c.narrowed} {
				view := access.Narrow{}
				if narrow {
					view = hidden
				}
				got := f.findAs(t, "Questionnaire?"+strings.ReplaceAll(c.search, " ", "%20"), view, nil)
				slices.Sort(got)
				if found := strings.ReplaceAll(strings.Join(got, " "), "Questionnaire/", ""); found != want {
					t.Errorf("%s, narrowed %t: %s, want %s", c.search, narrow, found, want)
				}
			}
		}
	})
}
