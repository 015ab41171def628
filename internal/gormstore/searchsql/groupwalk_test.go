package searchsql_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// sorted are the names of all resources of a type in the order of a query's keys, and where these are equal in that of their numbers.
func (w *world) sorted(q *search.Query) []string {
	var list []*resource
	for _, r := range w.list {
		if slices.Contains(q.Types, r.typ) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *resource) int {
		for _, s := range q.Sort {
			x, y := w.sortValue(a, s), w.sortValue(b, s)
			n := 0
			switch {
			case x == nil && y == nil:
			case x == nil:
				return 1
			case y == nil:
				return -1
			default:
				n = compareAny(x, y)
			}
			if s.Descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		n := cmp.Compare(w.numbers[a.name()], w.numbers[b.name()])
		if q.Sort[0].Descending {
			n = -n
		}
		return n
	})
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = r.name()
	}
	return names
}

// manyEqual are observations of which many are equal by each of their values: most are final, a third of one code, half of one day. Some
// have several codes, categories, performers or names of a profile, and some have none.
func manyEqual(n int) []*resource {
	var list []*resource
	for i := range n {
		r := &resource{typ: "Observation", id: fmt.Sprintf("o%03d", i*7%n)}
		if i%50 > 2 {
			r.token("status", "urn:status", []string{"final", "amended", "cancelled"}[max(0, i%50-47)])
		}
		for k := range i % 3 {
			r.token("category", "urn:category", []string{"laboratory", "vital-signs", "exam", "survey"}[(i/3+k*k)%4])
		}
		code := fmt.Sprint("c", i*i%40)
		if i%3 == 0 {
			code = "c2"
		}
		if r.token("code", loinc, code); i%5 == 0 {
			r.token("code", "urn:other", code).token("code", "urn:other", fmt.Sprint("b", i%7))
		}
		switch {
		case i%2 == 0:
			r.date("date", "2020-02-02")
		case i%11 > 0:
			r.date("date", fmt.Sprintf("2020-%02d-%02d", 1+i%12, 1+i%28))
		}
		if i%4 > 0 {
			r.ref("subject", fmt.Sprint("Patient/p", min(i%9, 3))).ref("performer", fmt.Sprint("Patient/p", i%5)).ref("performer", "Patient/p2")
		}
		if i%6 > 0 {
			r.uri("_profile", fmt.Sprint("urn:profile:", min(i%7, 2))).uri("_profile", fmt.Sprint("urn:profile:", i%3))
		}
		if i%8 > 0 {
			r.quantity("value-quantity", fmt.Sprint(max(i%30, 20)), "", "")
		}
		list = append(list, r)
	}
	return list
}

// TestSortOfManyEqualAsSeen makes sure that whoever sees some of the resources gets these alone, in the same order.
func TestSortOfManyEqualAsSeen(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		list := manyEqual(300)
		f.put(t, list...)
		w := newWorld(t, f, list)
		exam := parse(t, "Observation", "category=exam").Clauses
		narrow := access.Narrow{Filters: map[string][]string{"Observation": {"category=exam"}}}
		for _, sort := range []string{"status,-date", "-code,date", "date,-performer,code", "_profile,-status"} {
			target := "Observation?_count=40&_sort=" + sort
			want := slices.DeleteFunc(w.sorted(parse(t, "Observation", "_sort="+sort)), func(name string) bool { return !w.holds(w.at[name], &exam[0], "") })
			if got := f.findAs(t, target, narrow, nil); !slices.Equal(got, want) || len(want) < 50 {
				t.Errorf("%s:\ngot  %v\nwant %v", sort, got, want)
			}
		}
	})
}

// TestSortOfManyEqual holds orders of several keys, in which the groups of equal values are large, against the model: page by page, up
// and down. However they are read, no page takes many statements.
func TestSortOfManyEqual(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		list := manyEqual(300)
		f.put(t, list...)
		w := newWorld(t, f, list)
		for _, sort := range []string{
			"status,-date", "-status,date,code", "code,-date", "-code,_id", "date,code", "-date,-category,-code,status", "category,-_profile,subject",
			"_profile,value-quantity", "-value-quantity,-status", "subject,-date", "-performer,code,-date", "_lastUpdated,-status,date", "-status,category,_lastUpdated",
		} {
			for _, count := range []int{13, 150} {
				q := parse(t, "Observation", fmt.Sprintf("_sort=%s&_count=%d", sort, count))
				page, got, most := chart.Page{}, []string{}, 0
				for range 100 {
					r := &recorder{Querier: f.db}
					result, err := searchsql.Run(t.Context(), r, f.dialect, f.env, q, access.Narrow{}, page)
					if err != nil {
						t.Fatal(err)
					}
					most = max(most, len(r.texts))
					for _, v := range result.Matches {
						got = append(got, v.String())
					}
					if page.After = result.Next; page.After == "" {
						break
					}
				}
				if want := w.sorted(q); !slices.Equal(got, want) {
					t.Errorf("%s, %d a page:\ngot  %v\nwant %v", sort, count, got, want)
				}
				if most > 42 {
					t.Errorf("%s, %d a page: %d statements for one", sort, count, most)
				}
			}
		}
	})
}
