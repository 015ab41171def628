package searchsql

import (
	"strconv"
	"strings"
)

// postings are the blocks of documents that have a term, under one or several row numbers. They are read block by block, and each
// document by document, until there are enough rows: the database would rather read all of them and sort.
type postings struct {
	params []int64 // on SQLite one
	term   string
	// block selects the rows of the block w in order, up to a limit or a little more; for PostgreSQL. The conditions of b are on
	// alias a.
	block func(a, columns string, b *branchSQL, limit int) expr
}

// orderedDocs unfolds the documents of the block w on PostgreSQL, which knows that they come in the order of i.
const orderedDocs = "unnest(string_to_array(w.docs, ',')::bigint[]) WITH ORDINALITY j (value, i)"

// page reads the first rows. SQLite, which reads the tables of a CROSS JOIN in the order in which they are named and the documents of
// a block as they stand, gives the rows of from in the order of the key while it is asked for that of the blocks. PostgreSQL takes
// of each row number as many blocks as are needed, and sorts what it has.
func (p *postings) page(d Dialect, from expr, a, columns string, b *branchSQL, keys []string, limit int) expr {
	if d == SQLite {
		return sq("SELECT "+columns+" FROM ? "+a+" WHERE ? ORDER BY "+a+".lo ?", from, and(p.seek(a, "?", b.cur, p.params[0]), b.where), d.limit(limit))
	}
	enough := " ORDER BY w.lo " + ties(limit)
	blocks := func(param string, args ...any) expr {
		where := and(sq("w.param = "+param+" AND w.term = ?", append(args, p.term)...), p.seek("w", param, b.cur, args...))
		return sq("SELECT z.* FROM idx_posting w CROSS JOIN LATERAL (?) z WHERE ?"+enough, p.block(a, columns, b, limit), where)
	}
	var rows expr
	if len(p.params) == 1 {
		rows = blocks("?", p.params[0])
	} else {
		rows = sq("SELECT x.* FROM unnest(?::bigint[]) v (param) CROSS JOIN LATERAL (?) x", p.params, blocks("v.param"))
	}
	return sq("SELECT * FROM (?) g ORDER BY "+strings.Join(keys, ", ")+", rid ?", rows, d.limit(limit))
}

// seek passes over the blocks before the one in which the cursor's document would be.
func (p *postings) seek(a, param string, cur *cursor, args ...any) expr {
	if cur == nil {
		return expr{}
	}
	return sq(a+".lo >= coalesce((SELECT max(p.lo) FROM idx_posting p WHERE p.param = "+param+" AND p.term = ? AND p.lo <= ?), 0)", append(args, p.term, cur.keys[0])...)
}

// ties ends a statement of PostgreSQL that reads groups in order until it has n rows, and the last group as a whole.
func ties(n int) string { return "FETCH FIRST " + strconv.Itoa(n) + " ROWS WITH TIES" }
