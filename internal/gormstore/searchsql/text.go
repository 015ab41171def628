package searchsql

import (
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// stringSources reads idx_string, whose key is (param, norm, rid, n). Rows of later words are for the default search alone.
func (c *compiler) stringSources(cl *search.Clause, driving bool) []source {
	if driving && c.walk.takes(cl) {
		return c.textSources(cl)
	}
	base := source{from: table("idx_string"), params: rows(cl), direct: true, key: "norm", ties: []string{"n"}}
	var list []source
	var conds []func(string) expr
	for i := range cl.Values {
		v := &cl.Values[i]
		s := base
		switch cl.Modifier {
		case search.Exact:
			head, _ := index.Head(v.Norm, index.MaxKey)
			s.key, s.ordered = "", true
			s.cond = func(a string) expr { return sq(a+".norm = ? AND "+a+".exact = ?", head, v.Text) }
		case search.Contains, search.Text:
			s.cond = func(a string) expr { return and(c.contains(a, v.Norm), whole(a)) }
			if known, ok := c.textsWith(base.params, v.Norm); ok && driving {
				s.cond = func(a string) expr { return and(c.d.inTexts(a+".norm", known), c.contains(a, v.Norm), whole(a)) }
			}
		case search.EndsWith:
			s.cond = func(a string) expr {
				return and(c.d.ends("("+a+".norm || coalesce("+a+".rest, ''))", v.Norm), whole(a))
			}
		case search.StartsWith:
			s.cond = func(a string) expr { return and(c.begins(a+".norm", a+".rest", v.Norm), whole(a)) }
		case search.Same, search.Unequal:
			s.key, s.ordered = "", true
			if s.cond = func(a string) expr { return and(same(a, v.Norm), whole(a)) }; cl.Modifier == search.Unequal {
				s.ordered = false
				s.cond = func(a string) expr { return and(unequal(same(a, v.Norm)), whole(a)) }
			}
		case search.Ordered:
			s.cond = func(a string) expr { return and(compareText(a, v.Prefix, v.Norm), whole(a)) }
		default:
			s.cond = func(a string) expr { return c.begins(a+".norm", a+".rest", v.Norm) }
		}
		list = append(list, s)
		conds = append(conds, s.cond)
	}
	if driving && len(list) <= maxBranches {
		return list
	}
	one := anyOf(base, conds)
	switch cl.Modifier {
	case search.Exact, search.Same:
		one.key = ""
		if len(conds) > 1 { // an index is asked for the texts; alternatives would be compared with all rows
			alternatives := one.cond
			one.cond = func(a string) expr { return and(c.d.inTexts(a+".norm", heads(cl.Values)), alternatives(a)) }
		}
	case search.Unequal:
		one.key = ""
	}
	return []source{one}
}

// heads are the values of folded texts as the index has them.
func heads(values []search.Value) []string {
	list := make([]string, len(values))
	for i := range values {
		list[i], _ = index.Head(values[i].Norm, index.MaxKey)
	}
	return list
}

// whole is the condition that a row is one of a whole text.
func whole(a string) expr { return expr{text: a + ".n >= 0"} }

// contains looks for text anywhere in a string, what the key has no room for included.
func (c *compiler) contains(a, text string) expr {
	return sq("(? > 0 OR "+a+".rest IS NOT NULL AND ? > 0)", c.d.position(a+".norm", text), c.d.position("("+a+".norm || "+a+".rest)", text))
}

// same asks for the whole of a folded text.
func same(a, text string) expr {
	head, tail := index.Head(text, index.MaxKey)
	if tail == "" {
		return sq(a+".norm = ? AND "+a+".rest IS NULL", head)
	}
	return sq(a+".norm = ? AND "+a+".rest = ?", head, tail)
}

// compareText compares folded texts by their bytes, as far as the key has room.
func compareText(a string, p search.Prefix, text string) expr {
	head, _ := index.Head(text, index.MaxKey)
	switch p {
	case search.GT:
		return sq("("+a+".norm > ? OR "+a+".norm = ? AND "+a+".rest IS NOT NULL)", head, head)
	case search.GE:
		return sq(a+".norm >= ?", head)
	case search.LT:
		return sq(a+".norm < ?", head)
	}
	return sq("("+a+".norm < ? OR "+a+".norm = ? AND "+a+".rest IS NULL)", head, head)
}

// begins is a range of the index on column; rest is the column with what it has no room for, empty if there is none.
func (c *compiler) begins(column, rest, text string) expr {
	head, tail := index.Head(text, index.MaxKey)
	if tail != "" {
		if rest == "" {
			return sq(column+" = ?", head)
		}
		return and(sq(column+" = ?", head), sq("? = 1", c.d.position(rest, tail)))
	}
	return sq(column+" >= ? AND "+column+" < ?", head, prefixEnd(head))
}

// uriSources reads idx_uri, whose key is (param, uri, rid).
func (c *compiler) uriSources(cl *search.Clause, driving bool) []source {
	base := source{from: table("idx_uri"), params: rows(cl), direct: true}
	var list []source
	for _, v := range cl.Values {
		switch cl.Modifier {
		case search.Below:
			// The URL itself, and what lies below it: from slash to the character after the slash.
			u := strings.TrimSuffix(v.Text, "/")
			self, below := base, base
			self.ordered = true
			self.cond = func(a string) expr { return sq(a+".uri = ?", index.Key(u)) }
			below.direct = false
			below.cond = func(a string) expr { return sq(a+".uri >= ? AND "+a+".uri < ?", u+"/", u+"0") }
			list = append(list, self, below)
		case search.StartsWith:
			s := base
			s.direct = false
			s.cond = func(a string) expr {
				return sq(a+".uri >= ? AND "+a+".uri < ?", index.Key(v.Text), prefixEnd(index.Key(v.Text)))
			}
			list = append(list, s)
		case search.Unequal:
			s := base
			s.cond = func(a string) expr { return sq(a+".uri <> ?", index.Key(v.Text)) }
			list = append(list, s)
		case search.Above:
			s := base
			keys := ancestors(v.Text)
			s.cond = func(a string) expr { return c.d.inTexts(a+".uri", keys) }
			list = append(list, s)
		default:
			s := base
			s.ordered, s.unique = true, true
			s.cond = func(a string) expr { return sq(a+".uri = ?", index.Key(v.Text)) }
			list = append(list, s)
		}
	}
	if len(list) > 1 && cl.Modifier == search.NoModifier && (!driving || len(list) > maxBranches) {
		var keys []string
		for _, v := range cl.Values {
			keys = append(keys, index.Key(v.Text))
		}
		base.cond = func(a string) expr { return c.d.inTexts(a+".uri", keys) }
		return []source{base}
	}
	return list
}

// ancestors are the URLs above u by segments, itself first, each with and without a slash at the end.
// https://hl7.org/fhir/R4/search.html#uri
func ancestors(u string) []string {
	u = strings.TrimSuffix(u, "/")
	list := []string{index.Key(u), index.Key(u + "/")}
	root := strings.Index(u, "://") + len("://")
	for {
		i := strings.LastIndexByte(u, '/')
		if i < root {
			return list
		}
		u = u[:i]
		list = append(list, index.Key(u), index.Key(u+"/"))
	}
}
