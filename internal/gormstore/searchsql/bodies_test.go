package searchsql

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"chartwright/internal/chart"
)

// TestBodies meets rows in any order, some of them twice: what is kept is the beginning of their order behind a place, and nothing else has a body.
func TestBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Int64Range(0, 3), func(n int64) any { return n }))
		b := bodies{most: rapid.IntRange(1, 4).Draw(t, "most"), desc: []bool{rapid.Bool().Draw(t, "descending")}}
		compare := func(x, y row) int { return compareKeys(&x, &y, b.desc, b.desc[0]) }
		if rapid.Bool().Draw(t, "later page") {
			b.behind = &row{number: 5, keys: []any{key.Draw(t, "place")}}
		}
		var met, want []row
		for _, n := range rapid.SliceOfN(rapid.Int64Range(1, 9), 0, 12).Draw(t, "numbers") {
			one := row{number: n, version: &chart.Version{Body: []byte("{}")}, elsewhere: rapid.Bool().Draw(t, "elsewhere")}
			if i := slices.IndexFunc(met, func(r row) bool { return r.number == n }); i >= 0 {
				one.keys, one.elsewhere = met[i].keys, met[i].elsewhere
			} else if one.keys = []any{key.Draw(t, "key")}; !one.elsewhere && (b.behind == nil || compare(one, *b.behind) > 0) {
				want = append(want, one)
			}
			b.meet(&one)
			met = append(met, one)
		}
		slices.SortFunc(want, compare)
		want = want[:min(b.most, len(want))]
		if !slices.EqualFunc(b.rows, want, func(x, y row) bool { return x.number == y.number }) {
			t.Fatalf("kept %v, want %v", b.rows, want)
		}
		for _, one := range met {
			kept := slices.ContainsFunc(want, func(r row) bool { return r.number == one.number })
			if (one.version.Body != nil) != kept {
				t.Errorf("row %d: kept %v, body %q", one.number, kept, one.version.Body)
			}
		}
	})
}
