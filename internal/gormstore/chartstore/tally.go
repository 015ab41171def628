package chartstore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chartwright/internal/chart"
)

// tally is what a flush adds to table idx_count on SQLite, whose triggers run for each row and not for each statement: one on
// insert costs more than the row. Rows that go are few, and are counted by triggers.
type tally map[counted]int64

// counted is the key of a row of idx_count.
type counted struct {
	param  int64
	code   string
	system int64
}

const addCount = `INSERT OR FAIL INTO idx_count (param, code, system, n) VALUES (?, ?, ?, ?)
	ON CONFLICT (param, code, system) DO UPDATE SET n = n + excluded.n`

// resources counts the live ones among new rows of table resource, by type.
func (t tally) resources(rows []any) {
	const typ, method = 1, 6
	for ; len(rows) > 0; rows = rows[len(resourceTable.columns):] {
		if m := rows[method]; m != int64(0) && m != int64(chart.Delete) {
			t[counted{code: rows[typ].(string)}]++
		}
	}
}

// token counts the first of rows of table idx_token.
func (t tally) token(rows []any) {
	const param, code, system = 0, 1, 2
	t[counted{rows[param].(int64), rows[code].(string), rows[system].(int64)}]++
}

// insertTokens inserts the rows of idx_token and counts those that were not there.
func (e *sqliteEngine) insertTokens(b *batch, counts tally) error {
	width := len(tokenTable.columns)
	if b.fresh() {
		n, err := e.insertRows(&b.tokens, b.tokens.added)
		if want := int64(b.tokens.rows(b.tokens.added)); err == nil && n != want {
			err = fmt.Errorf("%d of %d codes of new resources were in the index", want-n, want)
		}
		for rows := b.tokens.added; len(rows) > 0; rows = rows[width:] {
			counts.token(rows)
		}
		return err
	}
	for rows := b.tokens.added; len(rows) > 0; rows = rows[width:] {
		n, err := e.insertRows(&b.tokens, rows[:width])
		if err != nil {
			return err
		}
		if n > 0 {
			counts.token(rows)
		}
	}
	return nil
}

// count adds counts to the table.
func (e *sqliteEngine) count(counts tally) error {
	for _, c := range slices.SortedFunc(maps.Keys(counts), compareCounted) {
		if _, err := e.run(addCount, c.param, c.code, c.system, counts[c]); err != nil {
			return err
		}
	}
	return nil
}

func compareCounted(a, b counted) int {
	return cmp.Or(cmp.Compare(a.param, b.param), strings.Compare(a.code, b.code), cmp.Compare(a.system, b.system))
}
