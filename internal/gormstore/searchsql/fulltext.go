package searchsql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// ErrBehind is the result of a search for words while something was written that idx_posting does not have yet. The search may
// be repeated when it has.
var ErrBehind = errors.New("the words of the newest versions are not indexed")

// wordSources reads the postings of words. A version's number leads to its resource while it is the current version; of several
// words the rarest is read, and the others are looked up.
func (c *compiler) wordSources(cl *search.Clause) []source {
	params := append([]*search.Param{cl.Param}, cl.Also...)
	var list []source
	for i := range cl.Values {
		for _, p := range params {
			words, row := c.rarestFirst(p, cl.Values[i].Words), int64(p.WordRow())
			if p.Within {
				list = append(list, c.wordsWithin(cl, p, words))
				continue
			}
			conds := []expr{inNarrative(cl)}
			for _, w := range words[1:] {
				conds = append(conds, c.hasWord(cl, p, w, "r.seq"))
			}
			from := sq("(SELECT r.rid, w.lo, r.seq FROM idx_posting w"+c.d.over()+c.d.docs()+c.d.over()+
				"resource r ON r.seq = w.lo + j.value / 2 WHERE ?)", and(sq("w.param = ? AND w.term = ?", row, words[0]), and(conds...)))
			s := source{from: from, unique: true}
			if len(cl.Values)*len(params) == 1 {
				s.key, s.postings = "seq", &postings{params: []int64{row}, term: words[0], block: c.wordBlock(and(conds...))}
			}
			list = append(list, s)
		}
	}
	return list
}

// wordsWithin reads the postings of what is contained: a document is a place in a version of the container.
func (c *compiler) wordsWithin(cl *search.Clause, p *search.Param, words []string) source {
	const doc = "(w.lo + j.value / 2)"
	where := and(sq("w.param = ? AND w.term = ?", int64(p.WordRow()), words[0]), inNarrative(cl))
	for _, w := range words[1:] {
		where = and(where, c.hasWord(cl, p, w, doc))
	}
	return source{unique: true, from: sq("(SELECT -((r.rid << 12) | ("+doc+" & 4095)) AS rid FROM idx_posting w"+c.d.over()+c.d.docs()+c.d.over()+
		"resource r ON r.seq = ("+doc+" >> 12) WHERE ?)", where)}
}

// wordBlock selects the resources of a block of postings that satisfy conds.
func (c *compiler) wordBlock(conds expr) func(a, columns string, b *branchSQL, limit int) expr {
	// What OFFSET 0 keeps apart is looked up one by one, as far as the page needs.
	docs := "(SELECT r.rid, w.lo, r.seq, j.i FROM " + orderedDocs + " CROSS JOIN LATERAL (SELECT r.rid, r.seq FROM resource r WHERE r.seq = w.lo + j.value / 2 OFFSET 0) r WHERE ?)"
	return func(a, columns string, b *branchSQL, limit int) expr {
		return sq("SELECT "+columns+" FROM ? "+a+" WHERE ? ORDER BY "+a+".i ?", sq(docs, and(expr{text: "r.rid > 0"}, conds)), b.where, c.d.limit(limit))
	}
}

// docs unfolds the documents of the row w of idx_posting as the numbers j.value.
func (d Dialect) docs() string {
	if d == PostgreSQL {
		return "unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true"
	}
	return "json_each('[' || w.docs || ']') j ON true"
}

// inNarrative keeps the documents that have the word in their narrative, where that is asked for.
func inNarrative(cl *search.Clause) expr {
	if cl.Param.Code == search.Narrative {
		return expr{text: "j.value % 2 = 1"}
	}
	return expr{}
}

// hasWord is the condition that the document with a number, a version or a place in one, has a word: that the row of the word in
// which the number would be has it.
func (c *compiler) hasWord(cl *search.Clause, p *search.Param, word, number string) expr {
	flags := []string{"", " + 1"}
	if cl.Param.Code == search.Narrative {
		flags = flags[1:]
	}
	return c.posted(sq("?", int64(p.WordRow())), word, number, flags...)
}

// posted is the condition that a document is among those of a term, with one of the flags.
func (c *compiler) posted(param expr, term, number string, flags ...string) expr {
	w, o := c.alias(), c.alias()
	var found []expr
	for _, flag := range flags {
		found = append(found, sq("? > 0", c.d.find("(',' || "+w+".docs || ',')", "',' || (("+number+" - "+w+".lo) * 2"+flag+") || ','")))
	}
	return c.exists(sq("idx_posting "+w+" WHERE "+w+".param = ? AND "+w+".term = ? AND "+w+".lo = (SELECT max("+o+".lo) FROM idx_posting "+o+
		" WHERE "+o+".param = ? AND "+o+".term = ? AND "+o+".lo <= "+number+") AND ?", param, term, param, term, or(found...)))
}

// find is the place of one piece of SQL's text in another, from 1; 0 if it is not there.
func (d Dialect) find(in, what string) expr {
	if d == PostgreSQL {
		return expr{text: "strpos(" + in + ", " + what + ")"}
	}
	return expr{text: "instr(" + in + ", " + what + ")"}
}

// wordFilter is the condition that the resource with rid x has all words of a value.
func (c *compiler) wordFilter(cl *search.Clause, x string) expr {
	r := c.alias()
	top, number := x, r+".seq"
	if cl.Param.Within {
		top, number = container(x), document(x, r+".seq")
	}
	var either []expr
	for i := range cl.Values {
		for _, p := range append([]*search.Param{cl.Param}, cl.Also...) {
			var all []expr
			for _, w := range c.rarestFirst(p, cl.Values[i].Words) {
				all = append(all, c.hasWord(cl, p, w, number))
			}
			either = append(either, sq("(?)", and(all...)))
		}
	}
	return c.exists(sq("resource "+r+" WHERE "+r+".rid = "+top+" AND ?", or(either...)))
}

// word is a word of the resources of one type.
type word struct {
	row  int32
	text string
}

// rarestFirst orders words by how many documents have them.
func (c *compiler) rarestFirst(p *search.Param, words []string) []string {
	if len(words) < 2 {
		return words
	}
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b string) int {
		return cmp.Compare(c.frequency[word{p.WordRow(), a}], c.frequency[word{p.WordRow(), b}])
	})
	return words
}

// countWords asks how many documents have each word, where a value has several: the rarest is then read.
func (c *compiler) countWords(ctx context.Context, db Querier, q *search.Query) error {
	var parts []expr
	asked := map[word]bool{}
	eachClause(q.Clauses, func(cl *search.Clause) {
		if cl.Chain != nil || cl.Param == nil || !cl.Param.FullText() {
			return
		}
		for i := range cl.Values {
			if len(cl.Values[i].Words) < 2 {
				continue
			}
			for _, p := range append([]*search.Param{cl.Param}, cl.Also...) {
				for _, w := range cl.Values[i].Words {
					if one := (word{p.WordRow(), w}); !asked[one] {
						asked[one] = true
						parts = append(parts, sq("SELECT p.param, p.term, sum(p.n) FROM idx_posting p WHERE p.param = ? AND p.term = ? GROUP BY p.param, p.term", int64(one.row), w))
					}
				}
			}
		}
	})
	c.frequency = map[word]int64{}
	for part := range slices.Chunk(parts, maxCounted) {
		text, args := c.d.finish(join(part, " UNION ALL "))
		err := query(ctx, db, text, args, func(rows *sql.Rows) error {
			var one word
			var n int64
			err := rows.Scan(&one.row, &one.text, &n)
			c.frequency[one] = n
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxCounted is how many words one statement counts: SQLite allows 500 parts of a UNION.
const maxCounted = 100

// eachClause calls f with the clauses of list and those within them.
func eachClause(list []search.Clause, f func(*search.Clause)) {
	for i := range list {
		f(&list[i])
		eachClause(list[i].Inner(), f)
	}
}

// watched lets a statement that depends on postings tell, as its first column, how many writes these are behind at the instant of
// the statement: the columns of e follow it. One row more than e has tells it, whose other columns are NULL; in those of e it is 0, so
// that no row waits for another.
func (r *runner) watched(e expr, columns int, cur *cursor) (expr, bool) {
	lag := r.lag(cur)
	if lag.empty() {
		return e, false
	}
	return sq("SELECT ? AS lag"+strings.Repeat(", NULL", columns)+" FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1 UNION ALL SELECT 0, x.* FROM (?) x", lag, e), true
}

// lag selects how many writes the postings are behind, or whether something was written since the texts were found that a search
// relies on; of a later page by texts, whether these have been renewed. It is empty where that does not count.
func (r *runner) lag(cur *cursor) expr {
	watch := (r.words || r.walk.watch) && !r.env.Settled
	again := r.walk.byText && cur != nil
	lag := expr{}
	if watch {
		at := int64(math.MaxInt64)
		if len(r.texts) > 0 {
			at = r.at
		}
		lag = sq("CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END", at)
	}
	if again {
		if !watch {
			lag = expr{text: "0"}
		}
		lag = sq("CASE WHEN ? THEN -1 ELSE ? END", renewed(cur), lag)
	}
	return lag
}

// behind is what a lag means for a search.
func behind(lag int64) error {
	switch {
	case lag > 0:
		return &fault.Error{Kind: fault.Unavailable, Op: "search.words", Detail: "what was written last is not indexed yet", Err: ErrBehind}
	case lag < 0:
		return fault.New(fault.Invalid, "search.cursor", "everything was indexed anew since the page before: begin again at the first page")
	}
	return nil
}
