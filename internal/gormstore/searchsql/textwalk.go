package searchsql

import (
	"slices"
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// A search for a part of a string (:contains, :text) reads the postings of one of the part's grams: the distinct texts that have it,
// in the order in which they were first met, then the index rows of each text that has the part. This is also the order of the
// answer, so that a page reads what it shows, however many resources, or texts, have the part; and so one statement is enough.
//
// Index rows are written at once and postings behind them, so the statement tells whether something is not indexed yet. Then a
// first page reads all strings in their own order instead, and its later pages go on with that. What stood in the index when the
// first page was read remains there, and nothing else belongs to the later ones, which need not be watched.

// textWalk tells which strings are found by their texts.
type textWalk struct {
	on bool
	// later is the condition that drives a later page, and byText whether the first page was read by texts.
	later  *search.Clause
	byText bool
	// watch tells that the statement is only true if every write is indexed.
	watch bool
}

// walks decides how the strings of q are found. Grams tells whether a condition that the page does not go on with may use them.
func walks(q *search.Query, cur *cursor, grams bool) textWalk {
	w := textWalk{on: grams && q.Contained == search.NotContained}
	if cur != nil && cur.mode == byKey && cur.driver >= 0 {
		w.later, w.byText = &q.Clauses[cur.driver], cur.byText(q)
	}
	return w
}

// byText reports whether the page ended in the order of texts.
func (cur *cursor) byText(q *search.Query) bool {
	if cur.mode != byKey || len(cur.keys) == 0 {
		return false
	}
	cl := &q.Clauses[cur.driver]
	_, number := cur.keys[0].(int64)
	return number && partial(cl) && cl.Param.Type == search.String
}

// takes reports whether the strings of a clause that drives are found by their texts.
func (w *textWalk) takes(cl *search.Clause) bool {
	switch {
	case !partial(cl) || cl.Param.Type != search.String || len(cl.Values)*len(rows(cl)) > maxBranches:
		return false
	case slices.ContainsFunc(cl.Values, func(v search.Value) bool { return len(index.Grams(v.Norm)) == 0 }):
		return false
	case cl == w.later:
		return w.byText
	}
	return w.on
}

// textSources read the strings of a clause by their texts: on SQLite each row number by itself, on PostgreSQL all in a loop, since
// there a branch of a statement costs more than what it reads.
func (c *compiler) textSources(cl *search.Clause) []source {
	c.walk.watch = c.walk.watch || cl != c.walk.later
	var list []source
	for i := range cl.Values {
		norm := cl.Values[i].Norm
		if c.d == PostgreSQL {
			list = append(list, c.textSource(cl, rows(cl), norm))
			continue
		}
		for _, param := range rows(cl) {
			list = append(list, c.textSource(cl, []int64{param}, norm))
		}
	}
	return list
}

// Pieces of a source by texts: its columns, and the rows of a text.
const (
	textColumns = "SELECT s.rid, s.param, s.n, s.norm, s.rest, t.id AS text, w.lo FROM "
	rowsOfText  = "s.param = t.param AND s.norm = t.value AND s.n >= 0"
)

func (c *compiler) textSource(cl *search.Clause, params []int64, norm string) source {
	term, mayHave := rarest(norm), c.mayHave("t", norm)
	return source{
		from: sq("("+textColumns+"idx_posting w"+c.d.over()+c.d.docs()+c.d.over()+"idx_text t ON t.id = w.lo + j.value / 2"+c.d.over()+"idx_string s ON "+rowsOfText+
			" WHERE ? AND w.term = ? AND ?)", c.d.in("w.param", params), term, mayHave),
		key: "text", ties: []string{"n"},
		cond:  func(a string) expr { return c.contains(a, norm) },
		first: func(a string) expr { return c.firstText(cl, a) },
		// Of each text as many rows as a page could show. What OFFSET 0 keeps apart is looked up by its key, however small its table is.
		postings: &postings{params: params, term: term, block: func(a, columns string, b *branchSQL, limit int) expr {
			rows := sq("SELECT "+columns+" FROM ("+textColumns+"idx_string s WHERE "+rowsOfText+") "+a+" WHERE ? ORDER BY "+a+".rid ?", b.where, c.d.limit(limit))
			return sq("SELECT y.* FROM "+orderedDocs+" CROSS JOIN LATERAL (SELECT * FROM idx_text t WHERE t.id = w.lo + j.value / 2 OFFSET 0) t CROSS JOIN LATERAL (?) y WHERE ? ORDER BY j.i "+
				ties(limit), rows, mayHave)
		}},
	}
}

// rarest is the gram of a part that fewest texts can be expected to have: the one whose letters are seldom in names and addresses.
// It is the same for each page, as the order of an answer must be.
func rarest(norm string) string {
	const often = "eanirotslhdcmu "
	weight := func(gram string) (n int) {
		for _, r := range gram {
			if i := strings.IndexRune(often, r); i >= 0 {
				n += len(often) - i
			}
		}
		return n
	}
	return slices.MinFunc(index.Grams(norm), func(a, b string) int { return weight(a) - weight(b) })
}

// mayHave is the condition that a text that has a gram has the part, or may have it behind the end of its value.
func (c *compiler) mayHave(t, norm string) expr {
	return sq("("+t+".hash <> 0 OR ? > 0)", c.d.position(t+".value", norm))
}

// firstText is the condition that no other row of the resource of alias a's row stands before it: none of an earlier text.
func (c *compiler) firstText(cl *search.Clause, a string) expr {
	s, t := c.alias(), c.alias()
	var either []expr
	for i := range cl.Values {
		norm := cl.Values[i].Norm
		// A text whose end is cut off may be another's, which has not the gram.
		met := sq("(? > 0 OR ?)", c.d.position(t+".value", norm), and(expr{text: t + ".hash <> 0"}, c.posted(expr{text: t + ".param"}, rarest(norm), t+".id", "")))
		either = append(either, sq("(?)", and(c.contains(s, norm), met)))
	}
	return sq("NOT ?", c.exists(sq("idx_string "+s+c.d.over()+"idx_text "+t+" ON "+t+".param = "+s+".param AND "+t+".value = "+s+".norm WHERE "+s+".n >= 0 AND "+s+".rid = "+a+".rid AND ? AND ("+
		t+".id, "+s+".n) < ("+a+".text, "+a+".n) AND ?", c.d.in(s+".param", rows(cl)), or(either...))))
}

// renewed is the condition that the texts have got other numbers since the first page: none that was there before keeps its own.
func renewed(cur *cursor) expr {
	return sq("NOT EXISTS (SELECT 1 FROM idx_text t WHERE t.id <= ?)", cur.keys[0])
}
