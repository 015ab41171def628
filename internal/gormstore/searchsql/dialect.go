package searchsql

import (
	"strconv"
	"strings"
)

// in says that column is one of the numbers.
func (d Dialect) in(column string, numbers []int64) expr {
	switch n := len(numbers); {
	case n == 0:
		return never
	case n == 1:
		return sq(column+" = ?", numbers[0])
	case n <= 4:
		e := expr{text: column + " IN (?" + strings.Repeat(", ?", n-1) + ")"}
		for _, v := range numbers {
			e.args = append(e.args, v)
		}
		return e
	case d == PostgreSQL:
		return sq(column+" = ANY(?::bigint[])", numbers)
	}
	// One text for any number of values keeps the statement prepared.
	b := []byte{'['}
	for i, v := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, v, 10)
	}
	return sq(column+" IN (SELECT value FROM json_each(?))", string(append(b, ']')))
}

// among is in for rows that something better than their number leads to: whatever index there is, the few that were found are
// compared with the numbers, and not each number looked up.
func (d Dialect) among(column string, numbers []int64) expr {
	if len(numbers) > 4 {
		column += " + 0"
	}
	return d.in(column, numbers)
}

// limit ends a statement that gives at most n rows. SQLite must not see a bare parameter there, or it prepares the statement anew
// for each value. PostgreSQL must see the number: it plans a statement once for all values, and of an unknown limit it would
// think that a tenth of all rows is wanted.
func (d Dialect) limit(n int) expr {
	if d == PostgreSQL {
		return expr{text: "LIMIT " + strconv.Itoa(n)}
	}
	return sq("LIMIT ? + 0", n)
}

// limitIf ends a statement as limit does, if a condition holds that is about none of its rows; else there are none, and nothing is
// read. SQLite would ask a WHERE of each row.
func (d Dialect) limitIf(cond expr, n int) expr {
	if d == PostgreSQL {
		return sq("WHERE ? ?", cond, d.limit(n))
	}
	return sq("LIMIT CASE WHEN ? THEN ? ELSE 0 END", cond, n)
}

// notIn says that column is none of the numbers, in a way that costs the same however many there are: PostgreSQL looks each up in
// a table of hashes, where it would compare every one with every row if the numbers were those of NOT EXISTS.
func (d Dialect) notIn(column string, numbers []int64) expr {
	if d == PostgreSQL && len(numbers) > 4 {
		return sq(column+" NOT IN (SELECT unnest(?::bigint[]))", numbers)
	}
	return sq("NOT (?)", d.in(column, numbers))
}

// inTexts says that column is one of the texts.
func (d Dialect) inTexts(column string, texts []string) expr {
	switch n := len(texts); {
	case n == 0:
		return never
	case n == 1:
		return sq(column+" = ?", texts[0])
	case n <= 16:
		e := expr{text: column + " IN (?" + strings.Repeat(", ?", n-1) + ")"}
		for _, v := range texts {
			e.args = append(e.args, v)
		}
		return e
	case d == PostgreSQL:
		return sq(column+" = ANY(?::text[])", texts)
	}
	return sq(column+" IN (SELECT value FROM json_each(?))", jsonTexts(texts))
}

// inRows says that column is among what a subquery selects, which is run once: an index on column is asked for each of its rows.
func (d Dialect) inRows(column string, rows expr) expr {
	if d == PostgreSQL {
		return sq(column+" = ANY(ARRAY(?))", rows)
	}
	return sq(column+" IN (?)", rows)
}

// jsonTexts writes names of types and ids, which need no escapes beyond JSON's own.
func jsonTexts(texts []string) string {
	b := []byte{'['}
	for i, t := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONText(b, t)
	}
	return string(append(b, ']'))
}

func appendJSONText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// position is the place of text in column, from 1; 0 if it is not there.
func (d Dialect) position(column, text string) expr {
	if d == PostgreSQL {
		return sq("strpos("+column+", ?)", text)
	}
	return sq("instr("+column+", ?)", text)
}

// placeIn is the place of column, from 1, in text; 0 if it is not there.
func (d Dialect) placeIn(text string, column expr) expr {
	if d == PostgreSQL {
		return sq("strpos(?, ?)", text, column)
	}
	return sq("instr(?, ?)", text, column)
}

// ends says that column ends with text.
func (d Dialect) ends(column, text string) expr {
	if d == PostgreSQL {
		return sq("right("+column+", length(?)) = ?", text, text)
	}
	return sq("substr("+column+", -length(?)) = ?", text, text)
}

// exists says that a subquery, given from FROM on, has a row. While a page is read in the order of an index, PostgreSQL is kept
// from turning the check of one rid into a join of all: it would give up the order, and with it the end after a page.
func (c *compiler) exists(from expr) expr {
	if c.fence && c.d == PostgreSQL {
		return sq("EXISTS (SELECT 1 FROM ? OFFSET 0)", from)
	}
	return sq("EXISTS (SELECT 1 FROM ?)", from)
}

// member says that rid x is among the rows of table, which has alias a, that satisfy cond. Direct tells that an index leads
// from the rid to the rows. Where none does, SQLite collects the rids once; PostgreSQL chooses by itself.
func (c *compiler) member(x, table, a string, cond expr, direct bool) expr {
	switch {
	case direct:
		return c.exists(sq(table+" "+a+" WHERE "+a+".rid = "+x+" AND ?", cond))
	case c.d == SQLite:
		return sq(x+" IN (SELECT "+a+".rid FROM "+table+" "+a+" WHERE ?)", cond)
	}
	return sq("EXISTS (SELECT 1 FROM "+table+" "+a+" WHERE "+a+".rid = "+x+" AND ?)", cond)
}

// over joins a small set, named first in FROM, with what is looked up for each of its rows. SQLite takes the order of a
// CROSS JOIN as a promise.
func (d Dialect) over() string {
	if d == SQLite {
		return " CROSS JOIN "
	}
	return " JOIN "
}

// prefixEnd is the text above all texts that begin with prefix, in the order of bytes.
func prefixEnd(prefix string) string { return prefix + "\U0010FFFF" }
