package searchsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

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

func TestShowPlans(t *testing.T) {
	which := os.Getenv("SHOW")
	if which == "" {
		t.Skip()
	}
	var f *fixture
	if os.Getenv("SHOWPG") != "" {
		f = openPostgres(t)
		benchChart(t, f, 50)
	} else {
		f = openSQLite(t)
	}
	for _, s := range shapes {
		if !strings.Contains(" "+which+" ", " "+s.name+" ") && which != "all" {
			continue
		}
		r := &recorder{Querier: f.db}
		typ, query, _ := strings.Cut(strings.ReplaceAll(s.search, "§", "1"), "?")
		if _, err := searchsql.Run(context.Background(), r, f.dialect, f.env, parse(t, typ, query), access.Narrow{}, chart.Page{}); err != nil {
			t.Error(err)
		}
		for i := range r.texts {
			fmt.Println(s.name, r.texts[i], r.args[i])
			if f.dialect == searchsql.PostgreSQL {
				rows, err := r.Querier.QueryContext(context.Background(), "EXPLAIN (ANALYZE, BUFFERS) "+r.texts[i], r.args[i]...)
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var line string
					rows.Scan(&line)
					fmt.Println("   ", line)
				}
				rows.Close()
				continue
			}
			fmt.Println("   ", strings.Join(r.explain(t, i), "\n    "))
		}
	}
}
