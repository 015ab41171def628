package search

import "strings"

// uri reads a URI: compared exactly, or with :above and :below by its segments.
// https://hl7.org/fhir/R4/search.html#uri
func (p *parser) uri(c *Clause, raw string) (Value, error) {
	u, ok := unescape(raw)
	if !ok {
		return Value{}, badEscape(c)
	}
	if (c.Modifier == Above || c.Modifier == Below) && strings.HasPrefix(u, "urn:") {
		return Value{}, invalid("%s:%s: a URN has no segments; a URL is expected", c.Param.Code, c.Modifier)
	}
	return Value{Text: u}, nil
}
