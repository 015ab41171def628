package chartstore

import (
	"fmt"
	"slices"
	"strings"
)

// kind is the type of a column, as the arrays of PostgreSQL need it. The nullable ones end in Null.
type kind string

const (
	bigint     kind = "bigint"
	bigintNull kind = "bigint "
	integer    kind = "integer"
	smallint   kind = "smallint"
	text       kind = "text"
	textNull   kind = "text "
	double     kind = "double precision"
	realNull   kind = "double precision "
	bytesNull  kind = "bytea"
)

// column is one column of a table that is written in bulk.
type column struct {
	name string
	kind kind
	key  bool // part of the primary key, by which rows are deleted
}

// table is a table that is written in bulk: its statements are made once, from its columns.
type table struct {
	name    string
	columns []column
	keys    []int // positions of the key columns

	inserts              []insert // SQLite: so many rows at once, most first; the last is one row
	deleteOne            string   // SQLite: one row
	insertAll, deleteAll string   // PostgreSQL: arrays
	insertNew            string   // PostgreSQL: arrays, of rows that cannot be there: spares looking for each
}

// insert is a statement that inserts a number of rows.
type insert struct {
	rows int
	text string
}

// insertSizes are the numbers of rows that one SQLite statement inserts into an index table, largest first. More do not pay: the
// driver looks a parameter up by walking all of them.
var insertSizes = []int{6, 3}

// newIndexTable makes a table whose rows may be there already: when a newer program extracts the body of an old version in
// another way than the one that wrote it.
func newIndexTable(name string, columns ...column) *table {
	return makeTable(name, onConflict, insertSizes, columns)
}

// newWideTable makes an index table whose rows are inserted one by one on SQLite: a statement of several rows has too many
// parameters, and keeps a journal of its own where an index calls a function.
func newWideTable(name string, columns ...column) *table {
	return makeTable(name, onConflict, nil, columns)
}

const onConflict = " ON CONFLICT DO NOTHING"

// newTable makes a table whose rows are inserted one by one on SQLite: where others refer to a table, a statement of several rows
// looks for each whether it ends a broken reference, and keeps a journal of its own.
func newTable(name string, columns ...column) *table { return makeTable(name, "", nil, columns) }

func makeTable(name, existing string, sizes []int, columns []column) *table {
	t := &table{name: name, columns: columns}
	var names, marks, arrays, match, keyNames, keyArrays, keyMatch []string
	for i, c := range columns {
		names = append(names, c.name)
		marks = append(marks, "?")
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, strings.TrimSpace(string(c.kind))))
		if c.key {
			t.keys = append(t.keys, i)
			match = append(match, c.name+" = ?")
			keyNames = append(keyNames, c.name)
			keyArrays = append(keyArrays, fmt.Sprintf("$%d::%s[]", len(t.keys), strings.TrimSpace(string(c.kind))))
			keyMatch = append(keyMatch, "t."+c.name+" = k."+c.name)
		}
	}
	into := " INTO " + name + " (" + strings.Join(names, ", ") + ") "
	row := "(" + strings.Join(marks, ", ") + ")"
	// OR FAIL tells SQLite that nobody needs a half-done statement undone: whoever meets an error here gives up the whole
	// transaction. Otherwise it would copy every page that a statement of several rows touches.
	for _, n := range append(slices.Clip(sizes), 1) {
		t.inserts = append(t.inserts, insert{n, "INSERT OR FAIL" + into + "VALUES " + strings.Repeat(row+", ", n-1) + row + existing})
	}
	t.insertNew = "INSERT" + into + "SELECT * FROM unnest(" + strings.Join(arrays, ", ") + ")"
	t.insertAll = t.insertNew + existing
	t.deleteOne = "DELETE FROM " + name + " WHERE " + strings.Join(match, " AND ")
	t.deleteAll = "DELETE FROM " + name + " t USING unnest(" + strings.Join(keyArrays, ", ") + ") AS k (" +
		strings.Join(keyNames, ", ") + ") WHERE " + strings.Join(keyMatch, " AND ")
	return t
}

// The tables of the search index and of the trail.
var (
	systemTable = newTable("system", column{"id", integer, true}, column{"uri", text, false})

	tokenTable = newIndexTable("idx_token", column{"param", integer, true}, column{"code", text, true},
		column{"system", integer, true}, column{"rid", bigint, true}, column{"text", textNull, false})

	stringTable = newIndexTable("idx_string", column{"param", integer, true}, column{"norm", text, true},
		column{"rid", bigint, true}, column{"n", smallint, true}, column{"exact", text, false}, column{"rest", textNull, false})

	uriTable = newIndexTable("idx_uri", column{"param", integer, true}, column{"uri", text, true}, column{"rid", bigint, true})

	refTable = newIndexTable("idx_ref", column{"rid", bigint, true}, column{"param", integer, true},
		column{"target", bigint, true}, column{"version", text, true})

	dateTable = newIndexTable("idx_date", column{"rid", bigint, true}, column{"param", integer, true},
		column{"lo", bigint, true}, column{"hi", bigint, true})

	numberTable = newWideTable("idx_number", column{"rid", bigint, true}, column{"param", integer, true},
		column{"value", double, true}, column{"lo", double, true}, column{"hi", double, true})

	quantityTable = newWideTable("idx_quantity", column{"rid", bigint, true}, column{"param", integer, true},
		column{"n", smallint, true}, column{"system", integer, false}, column{"code", text, false}, column{"unit", text, false},
		column{"value", double, false}, column{"lo", double, false}, column{"hi", double, false},
		column{"canon_unit", textNull, false}, column{"canon_lo", realNull, false}, column{"canon_hi", realNull, false})

	compositeTable = newWideTable("idx_composite", column{"rid", bigint, true}, column{"param", integer, true},
		column{"n", smallint, true},
		column{"a_text", text, false}, column{"a_ref", bigint, false},
		column{"a_value", double, false}, column{"a_lo", double, false}, column{"a_hi", double, false},
		column{"b_text", text, false}, column{"b_ref", bigint, false},
		column{"b_value", double, false}, column{"b_lo", double, false}, column{"b_hi", double, false},
		column{"b_canon_unit", textNull, false}, column{"b_canon_lo", realNull, false}, column{"b_canon_hi", realNull, false})

	auditTable = newTable("audit", column{"seq", bigint, true}, column{"events", integer, false},
		column{"earliest", bigint, false}, column{"latest", bigint, false}, column{"body", bytesNull, false})

	auditKeyTable = makeTable("audit_key", "", insertSizes, // nothing refers to it
		[]column{{"kind", smallint, true}, {"value", text, true}, {"seq", bigint, true}})

	resourceTable = newTable("resource", column{"rid", bigint, true}, column{"type", text, false}, column{"id", text, false},
		column{"vid", bigint, false}, column{"seq", bigintNull, false}, column{"updated", bigint, false},
		column{"method", smallint, false}, column{"owner", textNull, false}, column{"body", bytesNull, false})

	historyTable = newTable("history", column{"seq", bigint, true}, column{"rid", bigint, false}, column{"vid", bigint, false},
		column{"updated", bigint, false}, column{"method", smallint, false}, column{"owner", textNull, false},
		column{"body", bytesNull, false})
)

// changes are the rows to delete from and to insert into one table: the values of all columns, row after row.
type changes struct {
	*table
	gone, added []any
}

func (c *changes) rows(values []any) int { return len(values) / len(c.columns) }
