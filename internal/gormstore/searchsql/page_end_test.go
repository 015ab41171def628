package searchsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// endsEarly are searches whose page is a small part of what they find, over a chart of 900 observations and 300 patients. In order
// are those that PostgreSQL reads from one index; of those that are decided quickly, what is asked before the page is held to the same.
var endsEarly = []struct {
	search           string
	inOrder, decided bool
}{
	{search: "Observation?code:text=frequent", inOrder: true},
	{search: "Observation?code=frequent", inOrder: true},
	{search: "Observation?code=http://loinc.org%7Cfrequent", inOrder: true},
	{search: "Observation?_sort=code", inOrder: true},
	{search: "Observation?_sort=-code", inOrder: true},
	{search: "Observation?_sort=subject", inOrder: true},
	{search: "Observation?_sort=-patient"},
	{search: "?_type=Observation,Patient&_lastUpdated=ge2020"},
	{search: "?_type=Observation,Patient&_sort=-_lastUpdated"},
	{search: "?_type=Observation,Patient&_sort=_id"},
	{search: "Patient?_has:Observation:patient:code=frequent"},
	{search: "Observation?date=" + days(30)},
	{search: "Observation?code=" + strings.Repeat("none,", 20) + "frequent"},
	{search: "Observation?patient.gender:not=male"},
	{search: "Patient?gender:missing=false"},
	{search: "Observation?_sort=-date,subject"},
	{search: "Observation?_sort=date,_id"},
	{search: "Patient?_sort=family,gender"},
	{search: "Patient?gender=female&family=s", decided: true},
	{search: "Observation?code=frequent&patient.gender=female", decided: true},
}

// days lists days of 2020, each followed by one that is not among them.
func days(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("2020-%02d-%02d", 1+i/14, 1+i%14*2)
	}
	return strings.Join(list, ",")
}

// TestManyDates walks through the pages of a search for more dates than are read side by side of other values.
func TestManyDates(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		var want []string
		for i := range 84 { // three months of 28 days
			r := (&resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}).date("date", fmt.Sprintf("2020-%02d-%02d", 1+i/28, 1+i%28))
			if list = append(list, r); i%2 == 0 && i/2 < 30 {
				want = append(want, r.name())
			}
		}
		f.put(t, append(list, (&resource{typ: "Observation", id: "long"}).date("date", "2020-01-01", "2020-01-02"))...)
		for _, count := range []int{7, 50} {
			if got := f.find(t, fmt.Sprintf("Observation?date=%s&_count=%d", days(30), count)); !slices.Equal(got, want) {
				t.Errorf("%d a page: got %v, want %v", count, got, want)
			}
		}
	})
}

// TestManyValues walks through the pages of a search for many codes, or patients, of which a resource has several.
func TestManyValues(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		var want, codes, patients []string
		for i := range 60 {
			r := (&resource{typ: "Observation", id: fmt.Sprintf("o%02d", i)}).token("code", loinc, fmt.Sprint("c", i)).token("code", loinc, fmt.Sprint("c", (i+20)%60)).
				ref("subject", fmt.Sprint("Patient/p", i)).ref("performer", fmt.Sprint("Patient/p", (i+20)%60))
			if list = append(list, r, &resource{typ: "Patient", id: fmt.Sprint("p", i)}); i < 30 || i >= 40 {
				want = append(want, r.name())
			}
			if i < 30 {
				codes, patients = append(codes, fmt.Sprint("c", i)), append(patients, fmt.Sprint("Patient/p", i))
			}
		}
		f.put(t, list...)
		for _, count := range []int{7, 50} {
			if got := f.find(t, fmt.Sprintf("Observation?code=%s&_count=%d", strings.Join(codes, ","), count)); !slices.Equal(got, want) {
				t.Errorf("%d a page: got %v, want %v", count, got, want)
			}
			if got := f.find(t, fmt.Sprintf("Observation?subject=%s&_count=%d", strings.Join(patients, ","), count)); !slices.Equal(got, want[:30]) {
				t.Errorf("%d a page: got %v, want %v", count, got, want[:30])
			}
		}
	})
}

// TestPageEndsEarly makes sure that PostgreSQL ends with the page, however few rows it expects of a value: what it sorts it has to
// collect first, all of it. No step of a plan gives much more rows than the page has.
func TestPageEndsEarly(t *testing.T) {
	t.Parallel()
	f := openPostgres(t)
	var list []*resource
	for i := range 900 {
		code, patient := "frequent", fmt.Sprintf("p%03d", i%300)
		if i%3 == 0 {
			code = fmt.Sprint("rare", i)
		}
		if i < 300 {
			list = append(list, (&resource{typ: "Patient", id: patient, owner: patient}).str("family", fmt.Sprint("Smith", i)).token("gender", "", "female"))
		}
		list = append(list, (&resource{typ: "Observation", id: fmt.Sprintf("o%03d", i), owner: patient}).token("code", loinc, code, code+" pressure").
			ref("subject", "Patient/"+patient).date("date", fmt.Sprintf("2020-%02d-%02d", 1+i%12, 1+i%28)))
	}
	f.put(t, list...)
	f.catchUp(t)
	ctx := context.Background()
	conn, err := f.db.(*sql.DB).Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// So small a table is read as a whole where a greater one would not be.
	for _, text := range []string{"SET default_transaction_read_only = off", "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off", "ANALYZE"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range endsEarly {
		r := &recorder{Querier: conn}
		typ, query, _ := strings.Cut(c.search, "?")
		if _, err := searchsql.Run(ctx, r, f.dialect, f.env, parse(t, typ, query+"&_count=20"), access.Narrow{}, chart.Page{}); err != nil {
			t.Fatal(err)
		}
		for i, text := range r.texts {
			page := i == len(r.texts)-1
			if !page && !c.decided {
				continue
			}
			plan := r.analyze(t, conn, i)
			if page && c.inOrder && (strings.Contains(plan, "Sort") || strings.Contains(plan, "Bitmap")) {
				t.Errorf("%s is not read in order:\n%s", c.search, plan)
			}
			if rows := mostRows(plan); rows > 100 {
				t.Errorf("%s reads %d rows for a page of 20:\n%s\n%s", c.search, rows, text, plan)
			}
		}
	}
}

// analyze runs the i-th statement once more on PostgreSQL and returns its plan with the rows that each step gave, which is that for
// all values.
func (r *recorder) analyze(t *testing.T, conn *sql.Conn, i int) string {
	t.Helper()
	ctx := context.Background()
	call := "page"
	if n := len(r.args[i]); n > 0 {
		values := make([]string, n)
		for k, a := range r.args[i] {
			values[k] = fmt.Sprintf("'%v'", a)
			if numbers, ok := a.([]int64); ok {
				values[k] = "'{" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ","), "[]") + "}'"
			}
		}
		call += " (" + strings.Join(values, ", ") + ")"
	}
	if _, err := conn.ExecContext(ctx, "PREPARE page AS "+r.texts[i]); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.QueryContext(ctx, "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) EXECUTE "+call)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "DEALLOCATE page"); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

var stepRows = regexp.MustCompile(`\(actual rows=(\d+) loops=(\d+)\)|Rows Removed by Filter: (\d+)`)

// mostRows is the greatest number of rows that a step of a plan gave, in all of its runs, or threw away in one.
func mostRows(plan string) int {
	most := 0
	for _, m := range stepRows.FindAllStringSubmatch(plan, -1) {
		rows, _ := strconv.Atoi(m[1] + m[3])
		if loops, err := strconv.Atoi(m[2]); err == nil {
			rows *= loops
		}
		most = max(most, rows)
	}
	return most
}
