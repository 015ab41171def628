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

// TestPagesDoNotGrow makes sure that a page costs as much in a chart that is five times as large, but for the way through higher indexes.
func TestPagesDoNotGrow(t *testing.T) {
	t.Parallel()
	f := openSQLite(t)
	put := func(from, to int) {
		var list []*resource
		for i := from; i < to; i++ {
			patient := fmt.Sprintf("p%04d", i)
			o := (&resource{typ: "Observation", id: fmt.Sprintf("o%04d", i)}).ref("subject", "Patient/"+patient).uri("_profile", fmt.Sprint("urn:p", i%3)).uri("_profile", fmt.Sprint("urn:p", i%2))
			if i%100 > 0 || i >= 300 { // three have none of them
				o.token("code", loinc, fmt.Sprint("c", i%5)).token("status", "", []string{"final", "final", "amended"}[i%3]).date("date", fmt.Sprintf("%d-%02d-%02d", 2000+i/336, 1+i/28%12, 1+i%28))
			}
			list = append(list, (&resource{typ: "Patient", id: patient}).token("gender", "", []string{"female", "male"}[i%2]), o)
		}
		for some := range slices.Chunk(list, 40) { // written at the same time
			f.put(t, some...)
		}
	}
	searches := []string{
		"_sort=subject", "_sort=-patient", "patient=p0001&_sort=status,-date", "patient=p0001&_sort=-_profile", "_sort=status,-date", "_sort=-code,date", "_sort=code,-date,subject", "_sort=subject,-code", "_sort=date,_profile",
		"_sort=_profile,-date", "status:not=x&_sort=-status,-date", "_sort=-_profile", "_sort=date,code", "_sort=-date,-code", "_sort=-date,_id", "_sort=-_lastUpdated,code",
		"code=c0,c1," + strings.Repeat("none,", 20) + "c2", "patient.gender:not=male", "code:missing=false",
		"code:missing=true", "date:missing=true", "date:missing=false", "_tag:missing=true", "_source:missing=true&code:missing=false", "code:missing=true&_sort=-date",
		"code:not=c0", "code:not=c0,c1,c2,c3,c4", "patient.gender:not=male,female", "patient.gender:missing=true", "patient.gender:missing=false",
		"_type=Observation,Patient&_profile:missing=true", "_type=Observation,Patient&_profile:missing=false", "_type=Observation,Patient&_tag:missing=false",
	}
	read := func(search string) int {
		if strings.HasPrefix(search, "_type") {
			return f.pagesRead(t, "", search+"&_count=20", chart.Page{})
		}
		return f.pagesRead(t, "Observation", search+"&_count=20", chart.Page{})
	}
	put(0, 300)
	small := make([]int, len(searches))
	for i, s := range searches {
		small[i] = read(s)
	}
	last := func(search string, n int) int { // what the last ten of n cost, and to know that they are
		return f.pagesRead(t, "Observation", search, chart.Page{Count: 20, After: f.run(t, parse(t, "Observation", search), access.Narrow{}, chart.Page{Count: n - 10}).Next})
	}
	orders := []string{"_sort=date", "_sort=code", "_sort=subject", "_sort=status,-date", "_sort=-code,date", "status:not=none&_sort=code,_id"}
	ends := make([]int, len(orders))
	for i, s := range orders {
		ends[i] = last(s, 300)
	}
	put(300, 1500)
	for i, s := range searches {
		if large := read(s); large > small[i]*3 {
			t.Errorf("%s reads %d pages of the database, and %d of one that is five times as large", s, small[i], large)
		}
	}
	for i, s := range orders {
		if large := last(s, 1500); large > ends[i]*3 {
			t.Errorf("the last page of %s reads %d pages of the database, and %d of one that is five times as large", s, ends[i], large)
		}
	}
}

// pagesRead is how many pages of its database SQLite looks at for a page of a search, be they in its cache or not.
func (f *fixture) pagesRead(t *testing.T, typ, query string, page chart.Page) int {
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
		if _, err := searchsql.Run(ctx, conn, f.dialect, f.env, q, access.Narrow{}, page); err != nil {
			t.Fatal(err)
		}
	}
	ask() // which reads the schema
	before := looked()
	ask()
	return looked() - before
}
