package searchsql_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/searchsql"
)

// numbered are n observations of one code, each a day later than the one before.
func numbered(n int) []*resource {
	var list []*resource
	for i := range n {
		r := &resource{typ: "Observation", id: fmt.Sprintf("o%03d", i)}
		list = append(list, r.token("code", loinc, "1").date("date", fmt.Sprintf("2020-01-%02d", 1+i%28)).
			token("status", "", fmt.Sprint(i%3)).quantity("value-quantity", fmt.Sprint(i%7), "", "").ref("subject", "Patient/a"))
	}
	return list
}

// TestPagingWhileOthersWrite changes, removes and adds resources between the pages of a search.
func TestPagingWhileOthersWrite(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		list := numbered(40)
		f.put(t, list...)
		for round, c := range []struct {
			search string
			keeps  bool // a changed resource that still matches is not lost
		}{
			{"Observation?_count=7", true},
			{"Observation?code=1&_count=7", true},
			{"Observation?code=1,2&_count=7", true},
			{"Observation?subject=Patient/a&_count=7", true},
			{"Observation?code:not=2&_count=7", true},
			{"Observation?date=ge2019&_count=7", false},
			{"Observation?value-quantity=ge0&_count=7", false},
			{"Observation?_sort=date&_count=7", false},
			{"Observation?_sort=-date&_count=7", false},
			{"Observation?subject=Patient/a&_sort=-date,status&_count=7", false},
			{"Observation?_sort=_lastUpdated&_count=7", false},
		} {
			typ, query, _ := strings.Cut(c.search, "?")
			q := parse(t, typ, query)
			seen := map[string]int{}
			page := chart.Page{}
			changed, removed := list[(round*11+20)%40], list[(round*7+33)%40]
			for n := 0; ; n++ {
				result := f.run(t, q, access.Narrow{}, page)
				for _, v := range result.Matches {
					seen[v.ID]++
				}
				if result.Next == "" {
					break
				}
				page.After = result.Next
				if n != 1 {
					continue
				}
				// Between the second page and the third: one moves to the end of every order, one goes, one comes.
				moved := (&resource{typ: "Observation", id: changed.id}).token("code", loinc, "1").date("date", "2031-01-01").
					quantity("value-quantity", "99", "", "").ref("subject", "Patient/a")
				f.put(t, moved, (&resource{typ: "Observation", id: fmt.Sprintf("new%d", round)}).token("code", loinc, "1").date("date", "2030-01-01").
					quantity("value-quantity", "98", "", "").ref("subject", "Patient/a"))
				f.remove(t, removed)
			}
			for _, r := range list {
				n := seen[r.id]
				switch {
				case n > 1:
					t.Errorf("%s: %s came %d times", c.search, r.id, n)
				case n == 0 && r.id != removed.id && (c.keeps || r.id != changed.id):
					t.Errorf("%s: %s was lost", c.search, r.id)
				}
			}
			if seen[fmt.Sprintf("new%d", round)] > 0 {
				t.Errorf("%s: what came after the first page is shown", c.search)
			}
			f.put(t, changed)
			f.put(t, removed)
			f.remove(t, &resource{typ: "Observation", id: fmt.Sprintf("new%d", round)})
		}
	})
}

// TestRepeats searches what resources have several of, in the order of these values: each resource comes once, where its first
// value puts it, however the pages cut them; and only a first page that repeats fill takes a second statement.
func TestRepeats(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		var list []*resource
		for i, names := range [][]string{{"ab", "ac", "ad"}, {"aa", "ae"}, {"ac"}, {"b", "af"}, {"b"}, {"aa", "b", "ab", "ac"}} {
			r := &resource{typ: "Patient", id: fmt.Sprint("p", i)}
			for _, n := range names {
				r.str("name", n)
			}
			list = append(list, r)
		}
		f.put(t, list...)
		for _, c := range []struct {
			search     string
			want       []string
			statements int // of the first page
		}{
			{"name=a&_count=1", []string{"p1", "p5", "p0", "p2", "p3"}, 1},
			{"name=a&_count=3", []string{"p1", "p5", "p0", "p2", "p3"}, 2},
			{"name=a&_count=4", []string{"p1", "p5", "p0", "p2", "p3"}, 2},
			{"name=a&_count=20", []string{"p1", "p5", "p0", "p2", "p3"}, 1},
			{"name=ab,ac&_count=2", []string{"p0", "p5", "p2"}, 2},
			{"name=b,aa&_count=2", []string{"p1", "p5", "p3", "p4"}, 1},
			{"_sort=name&_count=3", []string{"p1", "p5", "p0", "p2", "p3", "p4"}, 2},
			{"_sort=-name&_count=2", []string{"p5", "p4", "p3", "p1", "p0", "p2"}, 1},
		} {
			q := parse(t, "Patient", c.search)
			page := chart.Page{}
			var got []string
			for n := 0; ; n++ {
				rec := &recorder{Querier: f.db}
				result, err := searchsql.Run(t.Context(), rec, f.dialect, f.env, q, access.Narrow{}, page)
				if err != nil {
					t.Fatalf("%s: %v", c.search, err)
				}
				if n == 0 && len(rec.texts) != c.statements {
					t.Errorf("%s: %d statements for the first page, want %d", c.search, len(rec.texts), c.statements)
				}
				for _, v := range result.Matches {
					got = append(got, v.ID)
				}
				if page.After = result.Next; page.After == "" || n > len(c.want) {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", c.search, got, c.want)
			}
		}
	})
}

func TestTotals(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f *fixture) {
		f.put(t, numbered(25)...)
		for _, c := range []struct {
			search  string
			total   int64
			matches int
		}{
			{"Observation?code=1&_count=10", -1, 10},
			{"Observation?code=1&_count=25", 25, 25},
			{"Observation?code=1&_count=10&_total=accurate", 25, 10},
			{"Observation?code=1&_count=10&_total=estimate", 25, 10},
			{"Observation?code=1&_count=30&_total=none", -1, 25},
			{"Observation?code=1&_count=0", 25, 0},
			{"Observation?status=1&_summary=count", 8, 0},
			{"Observation?code=nothing", 0, 0},
			{"Observation?_sort=date&_count=3&_total=accurate", 25, 3},
			{"Observation?code:missing=false&_count=3&_total=accurate", 25, 3},
			{"Observation?code:missing=true&_summary=count", 0, 0},
			{"Observation?value-string:missing=true&_count=3&_total=accurate&_sort=date", 25, 3},
		} {
			typ, query, _ := strings.Cut(c.search, "?")
			q := parse(t, typ, query)
			result := f.run(t, q, access.Narrow{}, chart.Page{})
			if result.Total != c.total || len(result.Matches) != c.matches {
				t.Errorf("%s: total %d with %d matches, want %d with %d", c.search, result.Total, len(result.Matches), c.total, c.matches)
			}
			if result.Next != "" {
				if next := f.run(t, q, access.Narrow{}, chart.Page{After: result.Next}); next.Total != c.total {
					t.Errorf("%s: total %d on the second page, want %d", c.search, next.Total, c.total)
				}
			}
		}
		if got := f.run(t, parse(t, "Observation", "code=1"), access.Narrow{}, chart.Page{Count: 3}); len(got.Matches) != 3 || got.Next == "" {
			t.Errorf("the page asks for 3: %d", len(got.Matches))
		}
	})
}

// TestForeignCursors gives searches cursors that are not theirs.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	f := openSQLite(t)
	f.put(t, numbered(10)...)
	searches := []string{
		"Observation?_count=2", "Observation?code=1&_count=2", "Observation?date=ge2019&_count=2", "Observation?_sort=date&_count=2",
		"Observation?_sort=-date&_count=2", "Observation?subject=Patient/a&_sort=status,-date&_count=2", "Observation?subject=Patient/a&code=1&_count=2",
	}
	var cursors []string
	for _, s := range searches {
		typ, query, _ := strings.Cut(s, "?")
		cursors = append(cursors, f.run(t, parse(t, typ, query), access.Narrow{}, chart.Page{}).Next)
	}
	try := func(search, cursor string) error {
		typ, query, _ := strings.Cut(search, "?")
		_, err := searchsql.Run(context.Background(), f.db, f.dialect, f.env, parse(t, typ, query), access.Narrow{}, chart.Page{After: cursor})
		return err
	}
	for i, search := range searches {
		for j, cursor := range cursors {
			if err := try(search, cursor); (err == nil) != (i == j) || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s with the cursor of %s: %v", search, searches[j], err)
			}
		}
		raw, err := base64.RawURLEncoding.DecodeString(cursors[i])
		if err != nil {
			t.Fatal(err)
		}
		for k := range raw { // no byte of a cursor can make more than a wrong page or a refusal
			for _, b := range []byte{0xff, raw[k] ^ 1} {
				changed := slices.Clone(raw)
				changed[k] = b
				if err := try(search, base64.RawURLEncoding.EncodeToString(changed)); err != nil && !fault.Is(err, fault.Invalid) {
					t.Errorf("%s with byte %d changed to %d: %v", search, k, b, err)
				}
			}
			if err := try(search, base64.RawURLEncoding.EncodeToString(raw[:k])); k > 0 && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s cut after %d bytes: %v", search, k, err)
			}
		}
	}
	for _, bad := range []string{"!", "AA", "x", strings.Repeat("A", 5000)} {
		if err := try(searches[0], bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestStatementsAreShared runs more shapes than the cache keeps from several goroutines.
func TestStatementsAreShared(t *testing.T) {
	t.Parallel()
	f := openSQLite(t)
	f.put(t, numbered(10)...)
	kept := searchsql.NewStatements(f.db.(searchsql.Preparer), f.dialect)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 700 {
				// Each list of ids of another length is another statement.
				rows, err := kept.QueryContext(context.Background(), "SELECT rid FROM resource WHERE rid = ? OR rid < "+fmt.Sprint((i*(g+1))%600), 1)
				if err != nil {
					t.Error(err)
					return
				}
				for rows.Next() {
				}
				if err := rows.Err(); err != nil {
					t.Error(err)
				}
				rows.Close()
			}
		})
	}
	wait.Wait()
	if err := kept.Close(); err != nil {
		t.Error(err)
	}
}
