package searchsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// TestSortInGroups holds an order of several keys that is read group by group against the same order of all matches, page by page: of
// what has several values of the first key, the same value twice, or none.
func TestSortInGroups(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		ids := make([]string, 60)
		for i := range ids {
			ids[i] = fmt.Sprintf("p%02d", i*37%60)
			r := &resource{typ: "Patient", id: ids[i], owner: ids[i]}
			for n := range i % 4 { // every fourth has none
				r.str("family", []string{"Abel", "Baker", "Cole Abel", "Dorn"}[(i/4+n*n)%4])
			}
			if i%5 > 0 {
				r.date("birthdate", fmt.Sprintf("%d-01-01", 1950+i%7))
			}
			if i%3 > 0 {
				r.token("gender", "", []string{"female", "male", "other"}[i%3]).ref("organization", fmt.Sprint("Organization/o", i%2))
			}
			list = append(list, r)
		}
		f.put(t, append(list, &resource{typ: "Organization", id: "o0"}, &resource{typ: "Organization", id: "o1"})...)
		for _, sort := range []string{
			"birthdate,family", "-birthdate,-family", "family,-birthdate", "-family,birthdate,_id", "family,gender", "birthdate,-gender,-_lastUpdated", "-birthdate,organization", "-_lastUpdated,_id", "_id,family",
		} {
			q := parse(t, "Patient", "_sort="+sort)
			if told := f.run(t, q, access.Narrow{}, chart.Page{Explain: true}).Explained; !slices.ContainsFunc(told, func(line string) bool { return strings.Contains(line, "group by group") }) {
				t.Errorf("%s is not read group by group:\n%s", sort, strings.Join(told, "\n"))
			}
			for _, count := range []int{1, 7, 50} {
				got := f.find(t, fmt.Sprintf("Patient?_sort=%s&_count=%d", sort, count))
				want := f.find(t, fmt.Sprintf("Patient?_sort=%s&_count=%d&_id=%s", sort, count, strings.Join(ids, ",")))
				if !slices.Equal(got, want) || len(got) != len(ids) {
					t.Errorf("%s, %d a page:\ngot  %v\nwant %v", sort, count, got, want)
				}
			}
		}
	})
}

// TestPagesDoNotGrow makes sure that a page costs as much in a chart that is eight times as large, but for the way through higher indexes.
func TestPagesDoNotGrow(t *testing.T) {
	t.Parallel()
	f := openSQLite(t)
	put := func(from, to int) {
		var list []*resource
		for i := from; i < to; i++ {
			patient := fmt.Sprintf("p%03d", i)
			list = append(list, (&resource{typ: "Patient", id: patient}).token("gender", "", []string{"female", "male"}[i%2]),
				(&resource{typ: "Observation", id: fmt.Sprintf("o%03d", i)}).token("code", loinc, fmt.Sprint("c", i%5)).ref("subject", "Patient/"+patient).
					date("date", fmt.Sprintf("%d-%02d-%02d", 2000+i/336, 1+i/28%12, 1+i%28)))
		}
		for some := range slices.Chunk(list, 40) { // written at the same time
			f.put(t, some...)
		}
	}
	searches := []string{
		"_sort=date,code", "_sort=-date,-code", "_sort=-date,_id", "_sort=-_lastUpdated,code",
		"code=c0,c1," + strings.Repeat("none,", 20) + "c2", "patient.gender:not=male", "code:missing=false",
	}
	put(0, 100)
	small := make([]int, len(searches))
	for i, s := range searches {
		small[i] = f.pagesRead(t, "Observation", s+"&_count=20")
	}
	put(100, 800)
	for i, s := range searches {
		if large := f.pagesRead(t, "Observation", s+"&_count=20"); large > small[i]*4 {
			t.Errorf("%s reads %d pages of the database, and %d of one that is eight times as large", s, small[i], large)
		}
	}
}

// pagesRead is how many pages of its database SQLite looks at for the first page of a search, be they in its cache or not.
func (f *fixture) pagesRead(t *testing.T, typ, query string) int {
	t.Helper()
	ctx := context.Background()
	conn, err := f.db.(*sql.DB).Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	looked := func() (n int) {
		t.Helper()
		err := conn.Raw(func(c any) error {
			for _, op := range []sqlite.DBStatusOp{sqlite.DBStatusCacheHit, sqlite.DBStatusCacheMiss} {
				count, _, err := c.(sqlite.DBStatus).Status(op, false)
				if err != nil {
					return err
				}
				n += count
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	q := parse(t, typ, query)
	ask := func() {
		if _, err := searchsql.Run(ctx, conn, f.dialect, f.env, q, access.Narrow{}, chart.Page{}); err != nil {
			t.Fatal(err)
		}
	}
	ask() // which reads the schema
	before := looked()
	ask()
	return looked() - before
}
