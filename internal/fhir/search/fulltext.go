package search

import (
	"slices"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
)

// Narrative and Content are the parameters that ask for words: of the narrative, and of the whole resource.
// https://hl7.org/fhir/R4/search.html#content
const (
	Narrative = "_text"
	Content   = "_content"
)

// FullText reports whether p asks for words, of which the store keeps account for each resource type.
func (p *Param) FullText() bool {
	return len(p.Rows) == 0 && (p.Code == Narrative || p.Code == Content)
}

// WordRow is the number under which the store has the words of the resources of p's type, those of the narrative among them; of
// contained ones, as other numbers of theirs, the negative.
func (p *Param) WordRow() int32 { return p.placed(RowNumber(p.Base, Content)) }

// words reads the words that a resource must all have, in any order.
func (p *parser) words(c *Clause, raw string) (Value, error) {
	text, ok := unescape(raw)
	if !ok {
		return Value{}, badEscape(c)
	}
	return p.wordsOf(c, text)
}

func (p *parser) wordsOf(c *Clause, text string) (Value, error) {
	list := index.WordsOf(text)
	switch {
	case len(list) == 0:
		return Value{}, invalid("%s: the text has no word: letters or digits are expected", c.Param.Code)
	case len(list) > MaxWords:
		return Value{}, costly("%s: at most %d words are allowed", c.Param.Code, MaxWords)
	}
	return Value{Text: text, Words: list}, nil
}

// isExpression reports whether a value joins words by AND, OR and NOT, or holds them together by parentheses. The operators are
// upper case; within an expression any case will do.
func isExpression(raw string) bool {
	return strings.ContainsAny(raw, "()") || slices.ContainsFunc(strings.Fields(raw), func(word string) bool {
		return word == "AND" || word == "OR" || word == "NOT"
	})
}

// expressions reads values of _text and _content of which some are expressions.
func (p *parser) expressions(c Clause, raws []string) (Clause, error) {
	either := &Group{Op: Or}
	for _, raw := range raws {
		text, ok := unescape(raw)
		if !ok {
			return Clause{}, badEscape(&c)
		}
		x := &expression{p: p, of: c, rest: lexWords(text)}
		e, err := x.or(0)
		if err == nil && len(x.rest) > 0 {
			err = x.wrong()
		}
		if err != nil {
			return Clause{}, err
		}
		either.Clauses = append(either.Clauses, e)
	}
	if len(either.Clauses) == 1 {
		return either.Clauses[0], nil
	}
	return Clause{Group: either}, nil
}

// expression reads words joined by operators: NOT before AND before OR, and what stands side by side is joined by AND.
//
// https://hl7.org/fhir/R4/search.html#text
type expression struct {
	p    *parser
	of   Clause
	rest []string // operators in upper case, parentheses, and words in double quotes or without
}

// maxExpression bounds how deep parentheses of an expression lie in one another.
const maxExpression = 16

func lexWords(text string) []string {
	var list []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		end := strings.IndexAny(text, "()\" \t\n\r")
		switch {
		case end < 0:
			end = len(text)
		case end > 0:
		case text[0] == '"':
			end = strings.IndexByte(text[1:], '"') + 2
			if end < 2 {
				end = len(text)
			}
		default:
			end = 1
		}
		word := text[:end]
		switch upper := strings.ToUpper(word); upper {
		case "AND", "OR", "NOT":
			word = upper
		}
		list, text = append(list, word), text[end:]
	}
	return list
}

func (x *expression) next() string {
	if len(x.rest) == 0 {
		return ""
	}
	return x.rest[0]
}

func (x *expression) wrong() error {
	at := "at its end"
	if len(x.rest) > 0 {
		at = "at " + fault.Shown(x.rest[0])
	}
	return invalid("%s: words are expected, joined by AND, OR and NOT, and parentheses that are closed; not so %s", x.of.Param.Code, at)
}

func (x *expression) or(depth int) (Clause, error) {
	return x.joined(Or, func() (Clause, bool, error) {
		c, err := x.and(depth)
		more := err == nil && x.next() == "OR"
		if more {
			x.rest = x.rest[1:]
		}
		return c, more, err
	})
}

func (x *expression) and(depth int) (Clause, error) {
	return x.joined(And, func() (Clause, bool, error) {
		c, err := x.one(depth)
		switch x.next() {
		case "AND":
			x.rest = x.rest[1:]
			return c, err == nil, err
		case "", "OR", ")":
			return c, false, err
		}
		return c, err == nil, err
	})
}

// joined reads parts while there are more, and joins them.
func (x *expression) joined(op Op, read func() (c Clause, more bool, err error)) (Clause, error) {
	g := &Group{Op: op}
	for more := true; more; {
		c, again, err := read()
		if err != nil {
			return Clause{}, err
		}
		g.Clauses, more = append(g.Clauses, c), again
	}
	if len(g.Clauses) == 1 {
		return g.Clauses[0], nil
	}
	return Clause{Group: g}, nil
}

// one reads a word, words in quotes, what is negated, or what stands in parentheses.
func (x *expression) one(depth int) (Clause, error) {
	word := x.next()
	if word == "" || word == "AND" || word == "OR" || word == ")" || depth >= maxExpression {
		return Clause{}, x.wrong()
	}
	x.rest = x.rest[1:]
	switch word {
	case "NOT":
		c, err := x.one(depth + 1)
		return Clause{Group: &Group{Op: Nor, Clauses: []Clause{c}}}, err
	case "(":
		c, err := x.or(depth + 1)
		if err == nil && x.next() != ")" {
			err = x.wrong()
		}
		if err == nil {
			x.rest = x.rest[1:]
		}
		return c, err
	}
	if err := x.p.counted(); err != nil {
		return Clause{}, err
	}
	c := x.of
	v, err := x.p.wordsOf(&c, word)
	c.Values = []Value{v}
	return c, err
}

// FullText reports whether c, or a condition within it, asks for words.
func (c *Clause) FullText() bool {
	if c.Param != nil && c.Chain == nil && c.Param.FullText() {
		return true
	}
	for _, inner := range c.Inner() {
		if inner.FullText() {
			return true
		}
	}
	return false
}
