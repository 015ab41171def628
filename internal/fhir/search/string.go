package search

import "chartwright/internal/fhir/index"

// str reads a text: for strings, and for :text of tokens.
// https://hl7.org/fhir/R4/search.html#string
func (p *parser) str(c *Clause, raw string) (Value, error) {
	text, ok := unescape(raw)
	if !ok {
		return Value{}, badEscape(c)
	}
	norm := index.Fold(text)
	if norm == "" {
		// What folds to nothing, such as a lone space, would be the beginning of everything.
		return Value{}, invalid("%s: the text has no character that is searched", c.Param.Code)
	}
	return Value{Text: text, Norm: norm}, nil
}
