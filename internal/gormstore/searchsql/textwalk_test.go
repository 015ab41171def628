package searchsql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/chartstore"
	"chartwright/internal/gormstore/searchsql"
)

// pagesOf reads all pages of a search and returns what they have, in order. Between is called after the first.
func pagesOf(t *testing.T, f *fixture, target string, narrow access.Narrow, between func()) (names []string) {
	t.Helper()
	typ, text, _ := strings.Cut(target, "?")
	list, err := search.ParseForm(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse(standardTable{}, typ, list, search.Options{Base: base, Now: now}) // where a name is the rows of its parts
	if err != nil {
		t.Fatal(err)
	}
	for page := (chart.Page{}); ; {
		result, err := f.site.Search(t.Context(), q, narrow, page)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		for _, v := range result.Matches {
			names = append(names, v.ID)
		}
		if result.Next == "" {
			return names
		}
		if page.After == "" && between != nil {
			between()
		}
		page.After = result.Next
	}
}

// TestTextPages asks for parts of strings that many resources have, some of them several times and in texts that others share, page
// by page: each comes once, whether the part is found by its texts or by reading all strings, and whatever is written meanwhile.
func TestTextPages(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		const n = 200
		long := strings.Repeat("x", 600)
		for from := 0; from < n; from += 40 { // several blocks of one gram
			var list []*resource
			for i := from; i < from+40; i++ {
				r := (&resource{typ: "Patient", id: fmt.Sprintf("p%03d", i), owner: fmt.Sprintf("p%03d", i)}).str("family", fmt.Sprint("Johnson", i%150))
				r.str("given", "Johnny").str("given", fmt.Sprint("Ann", i%3, " John")).str("name", fmt.Sprint("Mr Johnson", i%150))
				r.str("name", long+fmt.Sprint("tail", i%2)).str("name", long+"other")
				list = append(list, r)
			}
			f.put(t, list...)
			f.ask(t, "Patient?name:contains=johnson1", access.Narrow{})
		}
		late := (&resource{typ: "Patient", id: "late"}).str("name", "Mr Johnson1 Ann1 John xtail1").str("family", "Johnson12")
		f.put(t, late)
		f.remove(t, late) // as each of the searches leaves it
		for target, want := range map[string]func(i int) bool{
			"Patient?name:contains=ohn&_count=7":                  func(int) bool { return true },
			"Patient?name:text=johnson1&_count=3":                 func(i int) bool { return i%150 == 1 || i%150/10 == 1 || i%150/100 == 1 },
			"Patient?given:contains=nn1+j&_count=5":               func(i int) bool { return i%3 == 1 },
			"Patient?name:contains=johnson12,nn2+jo&_count=10":    func(i int) bool { return i%3 == 2 || i%150 == 12 || i%150/10 == 12 },
			"Patient?name:contains=xtail1&_count=9":               func(i int) bool { return i%2 == 1 },
			"Patient?name:contains=xtail1,xother&_count=33":       func(int) bool { return true },
			"Patient?family:contains=son&name:contains=nn0":       func(i int) bool { return i%3 == 0 },
			"Patient?family:contains=jo&_count=50":                func(int) bool { return true },
			"Patient?family:contains=ohnson&_sort=-_id&_count=60": func(int) bool { return true },
			"Patient?name:contains=nobody":                        func(int) bool { return false },
		} {
			var all []string
			for i := range n {
				if want(i) {
					all = append(all, fmt.Sprintf("p%03d", i))
				}
			}
			got := pagesOf(t, f, target, access.Narrow{}, func() { f.put(t, late) })
			f.remove(t, late)
			slices.Sort(got)
			if !slices.Equal(got, all) {
				t.Errorf("%s: %d resources, want %d: %v", target, len(got), len(all), got)
			}
			var mine []string
			if want(7) {
				mine = []string{"p007"}
			}
			if got := pagesOf(t, f, target, access.Narrow{Patient: "p007"}, nil); !slices.Equal(got, mine) {
				t.Errorf("%s in the view of p007: %v", target, got)
			}
		}
	})
}

// TestTextsAnew indexes everything anew between two pages: the second says so, since the texts have other numbers.
func TestTextsAnew(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		for i := range 5 {
			list = append(list, (&resource{typ: "Patient", id: fmt.Sprint("p", i)}).str("name", fmt.Sprint("Johnson", i)))
		}
		f.put(t, list...)
		f.catchUp(t)
		q := parse(t, "Patient", "name:contains=ohn&_count=2")
		first, err := f.site.Search(t.Context(), q, access.Narrow{}, chart.Page{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.site.(*chartstore.Site).Index(t.Context(), &chartstore.IndexStep{Kind: chartstore.Words, Keep: func(chartstore.IndexProgress) (string, []any) {
			return "UPDATE counter SET seq = seq WHERE id = 1", nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.site.Search(t.Context(), q, access.Narrow{}, chart.Page{After: first.Next}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "anew") {
			t.Errorf("the second page: %v", err)
		}
		if got := pagesOf(t, f, "Patient?name:contains=ohn&_count=2", access.Narrow{}, nil); len(got) != 5 {
			t.Errorf("from the first page on: %v", got)
		}
	})
}

// TestTextStatements holds what a part of a string costs: one statement for each page, which reads in order.
func TestTextStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		for i := range 30 {
			list = append(list, (&resource{typ: "Patient", id: fmt.Sprint("p", i)}).str("family", fmt.Sprint("Johnson", i)))
		}
		f.put(t, list...)
		f.catchUp(t)
		q := parse(t, "Patient", "family:contains=ohns&_count=5")
		after := ""
		for page := range 3 {
			r := &recorder{Querier: f.db}
			result, err := searchsql.Run(t.Context(), r, f.dialect, f.env, q, access.Narrow{}, chart.Page{After: after})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.texts) != 1 || len(result.Matches) != 5 {
				t.Errorf("page %d: %d hits by %d statements:\n%s", page, len(result.Matches), len(r.texts), strings.Join(r.texts, "\n"))
			}
			if f.dialect == searchsql.SQLite && slices.ContainsFunc(r.explain(t, 0), func(step string) bool { return strings.Contains(step, "ORDER BY") }) {
				t.Errorf("page %d is sorted:\n%s", page, strings.Join(r.explain(t, 0), "\n"))
			}
			after = result.Next
		}
	})
}
