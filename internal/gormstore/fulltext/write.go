package fulltext

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"chartwright/internal/gormstore/searchsql"
)

// errMoved tells that another process has indexed what the batch begins with.
var errMoved = errors.New("the mark has moved")

// blockSize is how many documents a row of idx_posting has at most. A search reads a row as a whole.
const blockSize = 64

// block is the last row of a term.
type block struct{ lo, n int64 }

// write writes the batch in the transaction of conn. Errors: errMoved when there is nothing of it to write any more; then the
// transaction has changed nothing.
func (b *batch) write(ctx context.Context, conn *sql.Conn, d searchsql.Dialect) error {
	w := &writer{ctx: ctx, conn: conn, d: d}
	texts := sorted(b.texts, compareTexts)
	r, err := conn.ExecContext(ctx, d.Rebind("UPDATE idx_mark SET seq = ?, text = text + ? WHERE id = 1 AND epoch = ? AND seq = ? AND text = ?"),
		b.until, len(texts), b.from.epoch, b.from.indexed, b.from.text)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, errMoved)
	}
	if err := w.byIndex(); err != nil {
		return err
	}
	fresh, err := w.texts(texts, b.from.text)
	if err != nil {
		return err
	}
	for _, id := range fresh { // in the order of texts, and so of ids
		for _, gram := range b.texts[texts[id-b.from.text-1]] {
			t := term{texts[id-b.from.text-1].param, gram}
			b.postings[t] = append(b.postings[t], id<<1)
		}
	}
	return w.postings(b.postings)
}

// writer has one statement for each database where they differ: SQLite takes many rows as JSON, PostgreSQL as arrays.
type writer struct {
	ctx  context.Context //nolint:containedctx // of one call of write
	conn *sql.Conn
	d    searchsql.Dialect
}

const (
	sqliteTexts = `INSERT INTO idx_text (id, param, value, hash) SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true
		ON CONFLICT DO NOTHING RETURNING id`
	postgresTexts = `INSERT INTO idx_text (id, param, value, hash) SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::bigint[])
		ON CONFLICT DO NOTHING RETURNING id`

	sqliteLast = `SELECT x.key, w.lo, w.n FROM json_each(?) x CROSS JOIN idx_posting w ON w.param = x.value->>0 AND w.term = x.value->>1
		AND w.lo = (SELECT max(p.lo) FROM idx_posting p WHERE p.param = x.value->>0 AND p.term = x.value->>1)`
	postgresLast = `SELECT x.i - 1, w.lo, w.n FROM unnest($1::int[], $2::text[]) WITH ORDINALITY x (param, term, i) CROSS JOIN LATERAL
		(SELECT p.lo, p.n FROM idx_posting p WHERE p.param = x.param AND p.term = x.term ORDER BY p.lo DESC LIMIT 1) w`

	sqlitePostings = `INSERT INTO idx_posting (param, term, lo, n, docs)
		SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?) WHERE true
		ON CONFLICT (param, term, lo) DO UPDATE SET n = n + excluded.n, docs = docs || ',' || excluded.docs`
	postgresPostings = `INSERT INTO idx_posting AS p (param, term, lo, n, docs)
		SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::smallint[], $5::text[])
		ON CONFLICT (param, term, lo) DO UPDATE SET n = p.n + excluded.n, docs = p.docs || ',' || excluded.docs`
)

// byIndex keeps PostgreSQL, for the rest of the transaction, to looking terms and texts up by their keys. A plan that was made while
// the tables were empty would read them whole for each term, and stays in use when they have grown.
func (w *writer) byIndex() error {
	if w.d != searchsql.PostgreSQL {
		return nil
	}
	_, err := w.conn.ExecContext(w.ctx, "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
	return err
}

// texts adds those of list that are not there, numbered from last on, and returns their numbers in order.
func (w *writer) texts(list []text, last int64) (fresh []int64, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	var ids, hashes []int64
	var params []int32
	var values []string
	var rows [][]any
	for i, t := range list {
		id := last + 1 + int64(i)
		if w.d == searchsql.SQLite {
			rows = append(rows, []any{id, t.param, t.value, t.hash})
			continue
		}
		ids, params, values, hashes = append(ids, id), append(params, t.param), append(values, t.value), append(hashes, t.hash)
	}
	added := make([]bool, len(list))
	err = w.query(sqliteTexts, rows, postgresTexts, []any{ids, params, values, hashes}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		if err == nil {
			added[id-last-1] = true
		}
		return err
	})
	for i, ok := range added {
		if ok {
			fresh = append(fresh, last+1+int64(i))
		}
	}
	return fresh, err
}

// postings appends to the last row of each term as long as it has room, and goes on in new ones.
func (w *writer) postings(all map[term][]int64) error {
	list := sorted(all, compareTerms)
	last, err := w.last(list)
	if err != nil {
		return err
	}
	var params []int32
	var terms, docs []string
	var los []int64
	var counts []int16
	var rows [][]any
	put := func(t term, lo int64, part []int64) {
		var text strings.Builder
		for i, doc := range part {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteString(strconv.FormatInt(doc-lo<<1, 10))
		}
		if w.d == searchsql.SQLite {
			rows = append(rows, []any{t.param, t.text, lo, len(part), text.String()})
			return
		}
		params, terms, los = append(params, t.param), append(terms, t.text), append(los, lo)
		counts, docs = append(counts, int16(len(part))), append(docs, text.String()) // at most blockSize
	}
	for i, t := range list {
		rest := all[t]
		if room := blockSize - last[i].n; last[i].n > 0 && room > 0 {
			n := min(int64(len(rest)), room)
			put(t, last[i].lo, rest[:n])
			rest = rest[n:]
		}
		for len(rest) > 0 {
			n := min(len(rest), blockSize)
			put(t, rest[0]>>1, rest[:n])
			rest = rest[n:]
		}
	}
	if len(list) == 0 {
		return nil
	}
	return w.query(sqlitePostings, rows, postgresPostings, []any{params, terms, los, counts, docs}, nil)
}

// last finds the last row of each term; n is 0 where there is none.
func (w *writer) last(list []term) ([]block, error) {
	blocks := make([]block, len(list))
	var params []int32
	var terms []string
	var rows [][]any
	for _, t := range list {
		if w.d == searchsql.SQLite {
			rows = append(rows, []any{t.param, t.text})
			continue
		}
		params, terms = append(params, t.param), append(terms, t.text)
	}
	err := w.query(sqliteLast, rows, postgresLast, []any{params, terms}, func(scan func(...any) error) error {
		var i int
		var one block
		err := scan(&i, &one.lo, &one.n)
		if err == nil {
			blocks[i] = one
		}
		return err
	})
	return blocks, err
}

// query runs the statement of the database and hands out the rows that it returns.
func (w *writer) query(sqlite string, rows [][]any, postgres string, arrays []any, each func(scan func(...any) error) error) error {
	text, args := postgres, arrays
	if w.d == searchsql.SQLite {
		list, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		text, args = sqlite, []any{string(list)}
	}
	if each == nil {
		_, err := w.conn.ExecContext(w.ctx, text, args...)
		return err
	}
	found, err := w.conn.QueryContext(w.ctx, text, args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := each(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}
