package searchsql_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/gormstore/searchsql"
)

// recorder notes the statements that pass through it.
type recorder struct {
	searchsql.Querier
	texts []string
	args  [][]any
}

func (r *recorder) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.texts, r.args = append(r.texts, query), append(r.args, args)
	return r.Querier.QueryContext(ctx, query, args...)
}

// explain is the plan of the i-th statement, a step a line.
func (r *recorder) explain(t testing.TB, i int) []string {
	t.Helper()
	rows, err := r.Querier.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+r.texts[i], r.args[i]...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	return lines
}

// plans are the query shapes whose statements are kept in testdata: the text for both databases, the number of statements, and
// on SQLite the plan, in which no table is read from end to end.
var plans = []struct {
	name, search string
	patient      string // in whose view the search runs
	statements   int
	scan         bool // no clause has an index: everything of the type is read
}{
	{name: "type", search: "Observation?", statements: 1},
	{name: "type as a patient", search: "Observation?", patient: "a", statements: 1},
	{name: "id", search: "Patient?_id=a", statements: 1},
	{name: "token", search: "Observation?code=1", statements: 1},
	{name: "token with system", search: "Observation?code=http://loinc.org%7C1", statements: 1},
	{name: "tokens", search: "Observation?code=1,2", statements: 1},
	{name: "shared rows", search: "Observation?combo-code=1", statements: 1},
	{name: "token not", search: "Observation?code:not=1", statements: 2},
	{name: "token as a patient", search: "Practitioner?identifier=1", patient: "a", statements: 1},
	{name: "reference", search: "Observation?patient=a", statements: 1},
	{name: "reference of any type", search: "Observation?performer=doc", statements: 2},
	{name: "reference and token", search: "Observation?patient=a&code=1", statements: 1},
	{name: "reference and date", search: "Observation?patient=a&date=ge2020", statements: 1},
	{name: "reference sorted", search: "Observation?patient=a&_sort=-date", statements: 1},
	{name: "two tokens", search: "Observation?code=1&category=vital-signs", statements: 2},
	{name: "token and date", search: "Observation?code=1&date=2020", statements: 2},
	{name: "string", search: "Patient?family=name", statements: 1},
	{name: "string exact", search: "Patient?family:exact=name", statements: 1},
	{name: "string contains", search: "Patient?family:contains=name", statements: 1},
	{name: "string contains a letter", search: "Patient?family:contains=n", statements: 1},
	{name: "token text", search: "Observation?code:text=press", statements: 2},
	{name: "word", search: "Patient?_content=smith", statements: 1},
	{name: "word of the narrative as a patient", search: "Patient?_text=smith", patient: "a", statements: 1},
	{name: "words", search: "Observation?_content=blood+pressure", statements: 2},
	{name: "word and token", search: "Observation?_content=blood&code=1", statements: 2},
	{name: "word in a chain", search: "Observation?patient._content=smith", statements: 1},
	{name: "date", search: "Observation?date=2020", statements: 1},
	{name: "date from", search: "Observation?date=ge2020&_count=1", statements: 1},
	{name: "date from, with what began before", search: "Observation?date=ge2020", statements: 2},
	{name: "date between", search: "Observation?date=lt2020-02&date=ge2020-01", statements: 2},
	{name: "period", search: "Coverage?period=gt2020", statements: 2},
	{name: "number", search: "RiskAssessment?probability=gt0.5", statements: 2},
	{name: "quantity", search: "Observation?value-quantity=gt5", statements: 2},
	{name: "quantity with unit", search: "Observation?value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg", statements: 1},
	{name: "uri", search: "ValueSet?url=http://a", statements: 1},
	{name: "composite", search: "Observation?code-value-quantity=1$gt5", statements: 2},
	{name: "composite of strings", search: "Observation?code-value-string=1$note", statements: 1},
	{name: "chain", search: "Observation?patient.identifier=1", statements: 2},
	{name: "chain as a patient", search: "Observation?patient.identifier=1", patient: "a", statements: 2},
	{name: "chain beside a reference", search: "Observation?patient=a&encounter.status=finished", statements: 2},
	{name: "chain that names what it leads to", search: "Observation?patient._id=a", statements: 1},
	{name: "chain of two", search: "Observation?encounter.patient._id=a", statements: 2},
	{name: "chain of two to what no index finds", search: "Observation?encounter.patient.family:contains=n", statements: 2},
	{name: "has", search: "Patient?_has:Observation:patient:code=1", statements: 2},
	{name: "missing", search: "Patient?birthdate:missing=true", statements: 2},
	{name: "missing token", search: "Patient?gender:missing=true", statements: 2},
	{name: "last updated", search: "Patient?_lastUpdated=ge2020", statements: 1},
	{name: "sort", search: "Observation?_sort=-date&_count=1", statements: 1},
	{name: "sort by what all have", search: "Observation?_sort=date", statements: 2},
	{name: "sort with its tail", search: "Observation?_sort=value-string", statements: 3},
	{name: "sort by last update", search: "Patient?_sort=-_lastUpdated", statements: 1},
	{name: "sort by string", search: "Patient?_sort=family&_count=1", statements: 1},
	{name: "sort of few", search: "Observation?code=1&_sort=-date", statements: 2},
	{name: "sort by two keys", search: "Patient?_sort=gender,-birthdate", statements: 2},
	{name: "sort by two keys, the first in order", search: "Patient?_sort=-birthdate,family&_count=1", statements: 2},
	{name: "sort by two keys, the second a token", search: "Observation?_sort=-date,code&_count=1", statements: 2},
	{name: "count", search: "Observation?code=1&_summary=count", statements: 1},
	{name: "total", search: "Observation?code=1&_total=accurate&_count=1", statements: 2},
	{name: "total that the page tells", search: "Observation?code=1&_total=accurate", statements: 1},
	{name: "include", search: "Observation?code=1&_include=Observation:subject&_include=Observation:encounter", statements: 2},
	{name: "include iterate", search: "Observation?_id=oa&_include=Observation:subject&_include:iterate=Patient:organization", statements: 3},
	{name: "revinclude", search: "Patient?_id=a&_revinclude=Observation:subject", statements: 2},
	{name: "include as a patient", search: "Observation?_id=oa&_include=*", patient: "a", statements: 2},
	{name: "system", search: "?_type=Patient,Observation&_tag=1", statements: 1},
	{name: "contained", search: "Observation?code=1&_contained=true", statements: 1},
	{name: "contained and others", search: "Observation?code=1&_contained=both", statements: 2},
	{name: "contained in an order", search: "Observation?code=1&_contained=true&_containedType=contained&_sort=-date,status", statements: 1, scan: true},
	{name: "containers and others in an order", search: "Observation?code=1&_contained=both&_sort=-date", statements: 1},
	{name: "words of contained", search: "Observation?_content=smith&_contained=true", statements: 1},
	{name: "contained through a chain", search: "Observation?patient.name=smith&_contained=true", statements: 2},
	{name: "last update of several types", search: "?_type=Patient,Observation&_lastUpdated=ge2020", statements: 1},
	{name: "sort by a token", search: "Observation?_sort=code&_count=1", statements: 1},
	{name: "sort by a reference", search: "Observation?_sort=subject&_count=1", statements: 1},
	{name: "everything", search: "?_lastUpdated=ge2020", statements: 1, scan: true},
}

var update = flag.Bool("update", false, "rewrite the golden statements")

func TestStatements(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, chartOfTwo()...)
		f.catchUp(t)
		name := "testdata/sqlite.sql"
		if f.dialect == searchsql.PostgreSQL {
			name = "testdata/postgres.sql"
		}
		var golden strings.Builder
		for _, p := range plans {
			r := &recorder{Querier: f.db}
			typ, query, _ := strings.Cut(p.search, "?")
			if _, err := searchsql.Run(context.Background(), r, f.dialect, f.env, parse(t, typ, query), access.Narrow{Patient: p.patient}, chart.Page{}); err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			if len(r.texts) != p.statements {
				t.Errorf("%s: %d statements, want %d", p.name, len(r.texts), p.statements)
			}
			fmt.Fprintf(&golden, "-- %s: %s\n", p.name, p.search)
			for i, text := range r.texts {
				golden.WriteString(text + ";\n")
				if n := strings.Count(text, "'"); strings.Count(ownQuotes.Replace(text), "'") != 0 {
					t.Errorf("%s: %d quotes: a value has become text", p.name, n)
				}
				if f.dialect == searchsql.SQLite && !p.scan {
					for _, step := range r.explain(t, i) {
						if fullScan(step) {
							t.Errorf("%s: %s in\n%s", p.name, step, text)
						}
					}
				}
			}
			golden.WriteString("\n")
		}
		if *update {
			if err := os.WriteFile(name, []byte(golden.String()), 0o644); err != nil { // a test's own file
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(golden.String(), "\n")); diff != "" {
			t.Errorf("run with -update if this is meant (-want +got)\n%s", diff)
		}
	})
}

// ownQuotes drops the constants that statements have.
var ownQuotes = strings.NewReplacer("' '", "", "''", "", "','", "", "'['", "", "']'", "")

// fullScan reports whether a step of a plan reads a table of the store from end to end. counter has one row.
func fullScan(step string) bool {
	rest, found := strings.CutPrefix(step, "SCAN ")
	if !found {
		return false
	}
	name, _, _ := strings.Cut(rest, " ")
	// Tables stand under the aliases t1, t2 … and r; everything else is a part of the same statement.
	return name == "r" || strings.HasPrefix(name, "t") && strings.Trim(name[1:], "0123456789") == "" || strings.HasPrefix(name, "idx_")
}

// TestDrivers looks at what drives a search of which several conditions could: what has the fewest rows, be their number kept or
// counted to a limit; where counting does not tell, what usually has fewer.
func TestDrivers(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		for i := range 600 {
			r := (&resource{typ: "Observation", id: fmt.Sprintf("o%03d", i)}).token("code", loinc, "common").token("status", "", "final")
			if i < 500 {
				r.token("category", "", "frequent")
			} else {
				r.token("category", "", "rare")
			}
			if i < 300 {
				r.date("date", "2020-01-01")
			} else if i < 310 {
				r.date("date", "2021-01-01")
			}
			list = append(list, r)
		}
		f.put(t, list...)
		for _, c := range []struct{ search, driver string }{
			{"code=common&category=frequent", "condition 2"},
			{"code=common&category=rare", "condition 2"},
			{"category=rare&status=final", "condition 1"},
			{"code=common&category=frequent,rare", "condition 1"},
			{"code=common&date=2021", "condition 2"},
			{"code=common&date=2020", "condition 1"},
			{"date=2020&category=rare", "condition 2"},
			{"code=none&date=2020", "condition 1"},
			{"status=final&date=2020", "condition 2"},
		} {
			result := f.run(t, parse(t, "Observation", c.search), access.Narrow{}, chart.Page{Explain: true})
			if !slices.Contains(result.Explained, "driver: "+c.driver) {
				t.Errorf("%s: want driver %s:\n%s", c.search, c.driver, strings.Join(result.Explained, "\n"))
			}
		}
		// What drives unless something else has fewer rows is counted only if that can be.
		for search, counted := range map[string]bool{"status=final&date=2020": false, "category=rare&date=2020": true, "code=none&date=2020": true} {
			result := f.run(t, parse(t, "Observation", search), access.Narrow{}, chart.Page{Explain: true})
			if got := slices.ContainsFunc(result.Explained, func(line string) bool { return strings.HasPrefix(line, "counted: condition 2") }); got != counted {
				t.Errorf("%s: the dates are counted: %t:\n%s", search, got, strings.Join(result.Explained, "\n"))
			}
		}
	})
}
