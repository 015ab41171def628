package searchsql_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// TestTerminology answers searches that need a value set or a hierarchy of codes, once its codes are known.
func TestTerminology(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		codes := func(_ context.Context, m search.Modifier, v search.Value) ([]search.Coding, error) {
			switch {
			case v.Text == "http://labs":
				return []search.Coding{{System: loinc, Code: "2"}, {System: "urn:other", Code: "1"}}, nil
			case v.Text == "http://large":
				var list []search.Coding
				for i := range 500 {
					list = append(list, search.Coding{System: loinc, Code: fmt.Sprint(i)})
				}
				return list, nil
			case v.Text == "http://whole":
				return []search.Coding{{System: loinc}}, nil
			case m == search.Below && v.Code == "top":
				return []search.Coding{{System: loinc, Code: "1"}, {System: loinc, Code: "3"}}, nil
			}
			return nil, nil
		}
		for _, c := range []struct{ search, want string }{
			{"code:in=http://labs", "[laba labb]"},
			{"code:not-in=http://labs", "[cross oa ob]"},
			{"code:in=http://large", "[cross laba labb oa ob]"},
			{"code:in=http://whole", "[cross laba labb oa ob]"},
			{"code:not-in=http://whole", "[]"},
			{"code:in=http://empty", "[]"},
			{"code:not-in=http://empty", "[cross laba labb oa ob]"},
			{"code:below=http://loinc.org|top", "[cross oa ob]"},
			{"patient=a&code:in=http://large", "[laba oa]"},
			{"patient=a&code:in=http://labs", "[laba]"},
			{"has-member.code:in=http://labs", "[]"},
			{"has-member.code:below=http://loinc.org|top&_sort=-date", "[cross laba labb]"},
		} {
			var ids []string
			q := parse(t, "Observation", c.search)
			if _, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, q, access.Narrow{}, chart.Page{}); !fault.Is(err, fault.Internal) {
				t.Errorf("%s without its codes: %v", c.search, err)
			}
			q, err := q.Resolve(context.Background(), codes)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range f.run(t, q, access.Narrow{}, chart.Page{}).Matches {
				ids = append(ids, v.ID)
			}
			slices.Sort(ids)
			if diff := cmp.Diff(c.want, fmt.Sprint(ids)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", c.search, diff)
			}
		}
	})
}
