package searchsql_test

import (
	"context"
	"errors"
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

// TestTerminology answers searches that need a value set or a hierarchy of codes, with one and without.
func TestTerminology(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		refused := func(target string) {
			_, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, parse(t, "Observation", target), access.Narrow{}, chart.Page{})
			var e *fault.Error
			if !errors.As(err, &e) || e.Kind != fault.Invalid || len(e.Issues) != 1 || e.Issues[0].Code != "not-supported" {
				t.Errorf("%s without a terminology: %v", target, err)
			}
		}
		for _, target := range []string{"code:in=http://vs", "code:not-in=http://vs", "code:below=1", "code:above=1", "has-member.code:in=http://vs"} {
			refused(target)
		}
		f.env.Codes = func(_ context.Context, m search.Modifier, v search.Value) ([]searchsql.Coding, error) {
			switch {
			case v.Text == "http://labs":
				return []searchsql.Coding{{System: loinc, Code: "2"}, {System: "urn:other", Code: "1"}}, nil
			case v.Text == "http://large":
				var list []searchsql.Coding
				for i := range 500 {
					list = append(list, searchsql.Coding{System: loinc, Code: fmt.Sprint(i)})
				}
				return list, nil
			case m == search.Below && v.Code == "top":
				return []searchsql.Coding{{System: loinc, Code: "1"}, {System: loinc, Code: "3"}}, nil
			}
			return nil, nil
		}
		for _, c := range []struct{ search, want string }{
			{"code:in=http://labs", "[laba labb]"},
			{"code:not-in=http://labs", "[cross oa ob]"},
			{"code:in=http://large", "[cross laba labb oa ob]"},
			{"code:in=http://empty", "[]"},
			{"code:not-in=http://empty", "[cross laba labb oa ob]"},
			{"code:below=top", "[cross oa ob]"},
			{"patient=a&code:in=http://large", "[laba oa]"},
			{"patient=a&code:in=http://labs", "[laba]"},
			{"has-member.code:in=http://labs", "[]"},
			{"has-member.code:below=top&_sort=-date", "[cross laba labb]"},
		} {
			var ids []string
			for _, v := range f.run(t, parse(t, "Observation", c.search), access.Narrow{}, chart.Page{}).Matches {
				ids = append(ids, v.ID)
			}
			slices.Sort(ids)
			if diff := cmp.Diff(c.want, fmt.Sprint(ids)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", c.search, diff)
			}
		}
	})
}
