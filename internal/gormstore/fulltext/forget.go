package fulltext

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/searchsql"
)

// Forgotten collects what versions of one type that are removed for good have left in the index, so that nothing in it tells what
// they said: their numbers among the postings, a term that nobody else has, and the texts that no resource has any more.
type Forgotten struct {
	batch batch
	texts map[text]string // what stands for each in the index rows behind its value: the rest of a string, the text of a token
}

// NewForgotten begins with nothing.
func NewForgotten() *Forgotten {
	return &Forgotten{batch: batch{postings: map[term][]int64{}, texts: map[text][]string{}}, texts: map[text]string{}}
}

// Add takes note of a version with its rows, words included.
func (f *Forgotten) Add(seq int64, typ string, r *index.Rows) {
	f.batch.add(seq, typ, r, known{})
	eachText(r, func(t text, _, rest string) { f.texts[t] = rest })
}

// Empty reports whether nothing was added that the index could have.
func (f *Forgotten) Empty() bool { return len(f.batch.postings) == 0 && len(f.batch.texts) == 0 }

// Forget takes what f has collected out of the index, in the transaction of conn, which has removed the versions and their index
// rows already.
func (x *Index) Forget(ctx context.Context, conn *sql.Conn, f *Forgotten) error {
	// Another epoch: who has read one of the versions and is about to index it begins again, and nobody believes any more that a
	// text which goes is there.
	if _, err := conn.ExecContext(ctx, "UPDATE idx_mark SET epoch = epoch + 1 WHERE id = 1"); err != nil {
		return err
	}
	if f.Empty() {
		return nil
	}
	w := &writer{ctx: ctx, conn: conn, d: x.config.Dialect}
	if err := w.byIndex(); err != nil {
		return err
	}
	if err := w.unused(f); err != nil {
		return err
	}
	gone := sorted(f.batch.postings, compareTerms)
	for part := range slices.Chunk(gone, forgetTerms) {
		if err := w.forget(part, f.batch.postings); err != nil {
			return err
		}
	}
	return nil
}

// forgetTerms bounds how many terms one statement looks for.
const forgetTerms = 1000

const (
	sqliteUnused = `DELETE FROM idx_text AS t WHERE id IN (SELECT i.id FROM json_each(?) x CROSS JOIN idx_text i
		ON i.param = x.value->>0 AND i.value = x.value->>1 AND i.hash = x.value->>2
		WHERE NOT EXISTS (SELECT 1 FROM idx_string s WHERE s.param = i.param AND s.norm = i.value AND coalesce(s.rest, '') = x.value->>3 AND s.n >= 0)
		AND NOT EXISTS (SELECT 1 FROM idx_token s WHERE s.param = i.param AND s.code = i.value
			AND instr(char(10) || s.text || char(10), char(10) || (x.value->>3) || char(10)) > 0))
		RETURNING id, param, value, hash`
	postgresUnused = `DELETE FROM idx_text i USING unnest($1::int[], $2::text[], $3::bigint[], $4::text[]) x (param, value, hash, rest)
		WHERE i.param = x.param AND i.value = x.value AND i.hash = x.hash
		AND NOT EXISTS (SELECT 1 FROM idx_string s WHERE s.param = i.param AND s.norm = i.value AND coalesce(s.rest, '') = x.rest AND s.n >= 0)
		AND NOT EXISTS (SELECT 1 FROM idx_token s WHERE s.param = i.param AND s.code = i.value
			AND strpos(chr(10) || s.text || chr(10), chr(10) || x.rest || chr(10)) > 0)
		RETURNING i.id, i.param, i.value, i.hash`

	sqliteHolding = `SELECT DISTINCT x.key, w.lo, w.docs FROM json_each(?) x CROSS JOIN json_each(x.value->>2) d
		CROSS JOIN idx_posting w ON w.param = x.value->>0 AND w.term = x.value->>1 AND w.lo = (SELECT max(p.lo) FROM idx_posting p
			WHERE p.param = x.value->>0 AND p.term = x.value->>1 AND p.lo <= d.value)`
	postgresHolding = `SELECT DISTINCT x.i - 1, w.lo, w.docs FROM unnest($1::int[], $2::text[], $3::text[]) WITH ORDINALITY x (param, term, at, i)
		CROSS JOIN LATERAL unnest(string_to_array(x.at, ',')::bigint[]) d (value)
		CROSS JOIN LATERAL (SELECT p.lo, p.docs FROM idx_posting p WHERE p.param = x.param AND p.term = x.term AND p.lo <= d.value
			ORDER BY p.lo DESC LIMIT 1) w`

	sqliteShrink = `UPDATE idx_posting AS p SET n = x.value->>3, docs = x.value->>4 FROM json_each(?) x
		WHERE p.param = x.value->>0 AND p.term = x.value->>1 AND p.lo = x.value->>2`
	postgresShrink = `UPDATE idx_posting AS p SET n = x.n, docs = x.docs FROM unnest($1::int[], $2::text[], $3::bigint[], $4::smallint[], $5::text[])
		x (param, term, lo, n, docs) WHERE p.param = x.param AND p.term = x.term AND p.lo = x.lo`

	sqliteDrop = `DELETE FROM idx_posting WHERE (param, term, lo) IN (SELECT value->>0, value->>1, value->>2 FROM json_each(?))`
	// The counts and documents of the rows are there for the number of the arguments: both statements are given the same.
	postgresDrop = `DELETE FROM idx_posting p USING unnest($1::int[], $2::text[], $3::bigint[], $4::smallint[], $5::text[]) x (param, term, lo, n, docs)
		WHERE p.param = x.param AND p.term = x.term AND p.lo = x.lo`
)

// unused drops the texts that no index row has any more, and adds the postings of their grams to those that go.
func (w *writer) unused(f *Forgotten) error {
	grams := f.batch.texts
	f.batch.texts = nil
	list := sorted(grams, compareTexts)
	if len(list) == 0 {
		return nil
	}
	var params []int32
	var values, rests []string
	var hashes []int64
	var rows [][]any
	for _, t := range list {
		if w.d == searchsql.SQLite {
			rows = append(rows, []any{t.param, t.value, t.hash, f.texts[t]})
			continue
		}
		params, values, hashes, rests = append(params, t.param), append(values, t.value), append(hashes, t.hash), append(rests, f.texts[t])
	}
	return w.query(sqliteUnused, rows, postgresUnused, []any{params, values, hashes, rests}, func(scan func(...any) error) error {
		var id int64
		var t text
		if err := scan(&id, &t.param, &t.value, &t.hash); err != nil {
			return err
		}
		for _, gram := range grams[t] {
			of := term{t.param, gram}
			f.batch.postings[of] = append(f.batch.postings[of], id<<1)
		}
		return nil
	})
}

// held is a row of idx_posting that has some of the documents that go.
type held struct {
	of   int // the term, by its place
	lo   int64
	docs string
}

// forget takes documents out of the rows of terms. A row that has none left goes.
func (w *writer) forget(terms []term, gone map[term][]int64) error {
	var params []int32
	var words, at []string
	var rows [][]any
	for _, t := range terms {
		if w.d == searchsql.SQLite {
			var numbers []int64
			for _, doc := range gone[t] {
				numbers = append(numbers, doc>>1)
			}
			rows = append(rows, []any{t.param, t.text, numbers})
			continue
		}
		params, words, at = append(params, t.param), append(words, t.text), append(at, numbered(gone[t]))
	}
	var list []held
	err := w.query(sqliteHolding, rows, postgresHolding, []any{params, words, at}, func(scan func(...any) error) error {
		var h held
		err := scan(&h.of, &h.lo, &h.docs)
		list = append(list, h)
		return err
	})
	if err != nil {
		return err
	}
	drop, shrink := &postingRows{d: w.d}, &postingRows{d: w.d}
	for _, h := range list {
		t := terms[h.of]
		left := h.without(gone[t])
		switch {
		case left == h.docs:
		case left == "":
			drop.add(t, h.lo, 0, "")
		default:
			shrink.add(t, h.lo, strings.Count(left, ",")+1, left)
		}
	}
	if err := drop.run(w, sqliteDrop, postgresDrop); err != nil {
		return err
	}
	return shrink.run(w, sqliteShrink, postgresShrink)
}

// without are the documents of the row but for those that go.
func (h *held) without(gone []int64) string {
	var left []string
	for doc := range strings.SplitSeq(h.docs, ",") {
		n, err := strconv.ParseInt(doc, 10, 64)
		if err != nil || !slices.ContainsFunc(gone, func(g int64) bool { return g>>1 == h.lo+n>>1 }) {
			left = append(left, doc)
		}
	}
	return strings.Join(left, ",")
}

// numbered joins the numbers of documents.
func numbered(docs []int64) string {
	b := make([]byte, 0, len(docs)*8)
	for i, doc := range docs {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, doc>>1, 10)
	}
	return string(b)
}

// postingRows are rows of idx_posting as a statement takes them.
type postingRows struct {
	d           searchsql.Dialect
	rows        [][]any
	params      []int32
	terms, docs []string
	first       []int64
	counts      []int16
}

func (p *postingRows) add(t term, lo int64, n int, docs string) {
	if p.d == searchsql.SQLite {
		p.rows = append(p.rows, []any{t.param, t.text, lo, n, docs})
		return
	}
	p.params, p.terms, p.first = append(p.params, t.param), append(p.terms, t.text), append(p.first, lo)
	p.counts, p.docs = append(p.counts, int16(n)), append(p.docs, docs) // at most blockSize
}

func (p *postingRows) run(w *writer, sqlite, postgres string) error {
	if len(p.rows) == 0 && len(p.params) == 0 {
		return nil
	}
	return w.query(sqlite, p.rows, postgres, []any{p.params, p.terms, p.first, p.counts, p.docs}, nil)
}
