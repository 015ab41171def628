package standard_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	api "chartwright/gen/api/standard"
	"chartwright/internal/care/form"
	"chartwright/tools/contract/check"
)

// Every operation that answers a collection pages and sorts, by every key that its document names; a key that it does not name is
// refused. Collections are found by their answers, so that none can be forgotten.
func TestEveryCollectionPagesAndSorts(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		c := newContract(t, w, check.Standard)
		c.fill()
		collections := 0
		for i := range api.Operations {
			op := &api.Operations[i]
			one := strings.HasSuffix(op.Path, "}") && op.ID != "getList" // some show it as the only item of a list
			if op.Method != http.MethodGet || op.ID == "swapInsurance" || one {
				continue
			}
			path := c.made[op.Path]
			all, ok := rowsIn(op, w.ask(op.Method, path, nil))
			if !ok {
				continue
			}
			collections++
			t.Run(op.ID, func(t *testing.T) {
				if len(op.Sort) == 0 {
					t.Fatal("it does not sort")
				}
				base, query, _ := strings.Cut(path, "?")
				ask := func(pairs ...string) answer {
					q, err := url.ParseQuery(query)
					if err != nil {
						t.Fatal(err)
					}
					for i := 0; i < len(pairs); i += 2 {
						q.Set(pairs[i], pairs[i+1])
					}
					return w.ask(op.Method, base+"?"+q.Encode(), nil)
				}
				for _, key := range op.Sort {
					for _, sign := range []string{"", "-"} {
						a := ask("_sort", sign+key.Name).want(200)
						c.documented(t, op, a)
						rows, _ := rowsIn(op, a)
						if len(rows) != len(all) {
							t.Errorf("_sort=%s%s: %d rows of %d", sign, key.Name, len(rows), len(all))
						}
						if !inOrder(rows, key.Name, sign == "-") {
							t.Errorf("_sort=%s%s: %v", sign, key.Name, columnOf(rows, key.Name))
						}
						var paged []any
						for offset := range all {
							one, _ := rowsIn(op, ask("_sort", sign+key.Name, "_limit", "1", "_offset", text(float64(offset))).want(200))
							paged = append(paged, one...)
							if offset == 3 {
								break
							}
						}
						if got, want := text(paged), text(rows[:min(4, len(rows))]); len(rows) > 0 && got != want {
							t.Errorf("_sort=%s%s in pages: %s, want %s", sign, key.Name, got, want)
						}
					}
				}
				ask("_sort", "shoe").want(400)
				ask("_limit", "many").want(400)
				if past, _ := rowsIn(op, ask("_offset", "5000").want(200)); len(past) != 0 {
					t.Errorf("%d rows past the end", len(past))
				}
			})
		}
		if collections < 25 {
			t.Errorf("%d collections", collections)
		}
	})
}

// rowsIn returns the rows of an answer; false if it is no collection.
func rowsIn(op *form.Operation, a answer) ([]any, bool) {
	if a.status != 200 || !json.Valid(a.body) {
		return nil, false
	}
	v := a.at()
	if o, ok := v.(map[string]any); ok && op.Shape == form.Envelope {
		v = o["data"]
	}
	rows, ok := v.([]any)
	return rows, ok
}

func columnOf(rows []any, name string) (column []string) {
	for _, r := range rows {
		if v := r.(map[string]any)[name]; v != nil {
			column = append(column, text(v))
		}
	}
	return column
}

// inOrder reports whether rows are sorted by a column; rows without a value come last. Numbers are sorted as numbers, texts in
// any case.
func inOrder(rows []any, name string, descending bool) bool {
	return slices.IsSortedFunc(rows, func(a, b any) int {
		x, y := a.(map[string]any)[name], b.(map[string]any)[name]
		switch {
		case x == nil || x == "":
			return 1 // after anything
		case y == nil || y == "":
			return -1
		}
		c := strings.Compare(strings.ToLower(text(x)), strings.ToLower(text(y)))
		if n, ok := x.(float64); ok {
			m, _ := y.(float64)
			c = cmp.Compare(n, m)
		}
		if descending {
			return -c
		}
		return c
	})
}
