package searchsql

import (
	"context"
	"database/sql"
	"slices"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// A search for a part of the display texts of tokens (:text), or of strings where these are not read by their texts ([textWalk]),
// first asks which of the distinct texts of the parameter have its grams, and then reads the index rows of those alone, where it
// looks for the part itself. So nothing depends on the grams but the time it takes: where they are no help (a part of one or two
// characters, very many texts, a parameter of the site's own) or not up to date, the search looks at all texts of the parameter.

// part is what is looked for in the texts under one row number.
type part struct {
	row  int64
	norm string
}

const (
	// maxTexts is how many texts may have the grams before it is better to look at all.
	maxTexts = 1000
	// maxGrams is how many grams of a part are asked for: few texts have these and not the rest.
	maxGrams = 4
)

// findTexts fills c.texts for the clauses of q. It notes the sequence number that they hold for; nothing may have been written
// since when they are used.
func (c *compiler) findTexts(ctx context.Context, db Querier, q *search.Query) error {
	var parts []expr
	var asked [][]part
	eachClause(q.Clauses, func(cl *search.Clause) {
		if !partial(cl) || c.walk.takes(cl) || len(parts) >= maxBranches {
			return
		}
		params := rows(cl)
		for i := range cl.Values {
			norm := cl.Values[i].Norm
			grams := index.Grams(norm)
			if len(grams) == 0 {
				continue
			}
			if len(grams) > maxGrams {
				n := len(grams) - 1
				grams = []string{grams[0], grams[n/3], grams[2*n/3], grams[n]}
			}
			where := c.d.in("t.param", params)
			for _, g := range grams {
				where = and(where, sq("t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w"+c.d.over()+c.d.docs()+" WHERE ? AND w.term = ?)", c.d.in("w.param", params), g))
			}
			var keys []part
			for _, row := range params {
				keys = append(keys, part{row, norm})
			}
			parts = append(parts, sq("SELECT * FROM (SELECT ? + 0 AS i, t.param, t.value FROM idx_text t WHERE ? ?) p", len(asked), where, c.d.limit(maxTexts+1)))
			asked = append(asked, keys)
		}
	})
	if len(parts) == 0 {
		return nil
	}
	e := sq("SELECT c.seq, m.seq, x.i, x.param, x.value FROM counter c CROSS JOIN idx_mark m LEFT JOIN (?) x ON 1 = 1 WHERE c.id = 1 AND m.id = 1", join(parts, " UNION ALL "))
	text, args := c.d.finish(e)
	found := map[part][]string{}
	counts := make([]int, len(asked))
	for _, keys := range asked {
		for _, k := range keys {
			found[k] = []string{}
		}
	}
	var written, indexed int64
	err := query(ctx, db, text, args, func(rows *sql.Rows) error {
		var i, row *int64
		var value *string
		if err := rows.Scan(&written, &indexed, &i, &row, &value); err != nil || i == nil {
			return err
		}
		k := part{*row, asked[*i][0].norm}
		if !slices.Contains(found[k], *value) {
			found[k] = append(found[k], *value)
		}
		counts[*i]++
		return nil
	})
	if err != nil || indexed < written {
		return err
	}
	for i, n := range counts {
		if n > maxTexts {
			for _, k := range asked[i] {
				delete(found, k)
			}
		}
	}
	if len(found) > 0 {
		c.texts, c.at = found, written
	}
	return nil
}

// partial reports whether a clause asks for a part of a text of the standard's parameters. Resources that were there before one of
// the site's own have rows of it, but no grams; neither have contained ones.
func partial(cl *search.Clause) bool {
	if cl.Chain != nil || cl.Param == nil || cl.Param.Within || len(cl.Param.Rows) == 0 || cl.Missing != nil {
		return false
	}
	own := func(p *search.Param) bool { return p.Revision != 0 }
	if own(cl.Param) || slices.ContainsFunc(cl.Also, own) {
		return false
	}
	return cl.Modifier == search.Text && cl.Param.Type == search.Token ||
		(cl.Modifier == search.Text || cl.Modifier == search.Contains) && cl.Param.Type == search.String
}

// textsWith are the values under which the texts lie that may have a part, of all row numbers; false if they are not known.
func (c *compiler) textsWith(rows []int64, norm string) ([]string, bool) {
	list := []string{}
	for _, row := range rows {
		values, ok := c.texts[part{row, norm}]
		if !ok {
			return nil, false
		}
		list = append(list, values...)
	}
	slices.Sort(list)
	return slices.Compact(list), true
}

// tokenText looks for parts of the display texts of tokens: code by code, each in the order of its index, where the codes are known
// and few.
func (c *compiler) tokenText(params []int64, values []search.Value, driving bool) []source {
	var conds []func(string) expr
	var list []source
	for _, v := range values {
		has := func(a string) expr { return sq("? > 0", c.d.position(a+".text", v.Norm)) }
		codes, ok := c.textsWith(params, v.Norm)
		if !ok {
			conds, driving = append(conds, has), false
			continue
		}
		conds = append(conds, func(a string) expr { return and(c.d.inTexts(a+".code", codes), has(a)) })
		for _, code := range codes {
			list = append(list, source{from: table("idx_token"), params: params, ordered: true, cond: func(a string) expr { return and(sq(a+".code = ?", code), has(a)) }})
		}
	}
	if driving && len(list) > 0 && len(list) <= maxBranches {
		return list
	}
	return []source{anyOf(source{from: table("idx_token"), params: params}, conds)}
}
