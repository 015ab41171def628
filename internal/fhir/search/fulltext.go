package search

import "chartwright/internal/fhir/index"

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

// WordRow is the number under which the store has the words of the resources of p's type, those of the narrative among them.
func (p *Param) WordRow() int32 { return RowNumber(p.Base, Content) }

// words reads the words that a resource must all have, in any order.
func (p *parser) words(c *Clause, raw string) (Value, error) {
	text, ok := unescape(raw)
	if !ok {
		return Value{}, badEscape(c)
	}
	list := index.WordsOf(text)
	switch {
	case len(list) == 0:
		return Value{}, invalid("%s: the text has no word: letters or digits are expected", c.Param.Code)
	case len(list) > MaxWords:
		return Value{}, costly("%s: at most %d words are allowed", c.Param.Code, MaxWords)
	}
	return Value{Text: text, Words: list}, nil
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
