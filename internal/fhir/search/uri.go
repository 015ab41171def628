package search

import "strings"

// hasVersion reports whether a value is a canonical URL with a version behind a bar.
func hasVersion(raw string) bool { return strings.Contains(raw, "|") }

// versioned reports whether c asks for the URL of a definition that has versions. https://hl7.org/fhir/R4/search.html#uri
func (p *parser) versioned(c *Clause) bool {
	return c.Param.Type == URI && c.Param.Code == "url" && c.Modifier == NoModifier && p.table.Lookup(c.Param.Base, "version") != nil
}

// versions reads URLs some of which have a version behind a bar: the definition must have both.
func (p *parser) versions(c Clause, raws []string) (Clause, error) {
	either := &Group{Op: Or}
	for _, raw := range raws {
		text, ok := unescape(raw)
		if !ok {
			return Clause{}, badEscape(&c)
		}
		url, version, found := strings.Cut(text, "|")
		both := []Clause{{Param: c.Param, Values: []Value{{Text: url}}}}
		if found {
			if url == "" || version == "" {
				return Clause{}, invalid("%s: a URL, or URL|version, is expected", c.Param.Code)
			}
			both = append(both, Clause{Param: p.table.Lookup(c.Param.Base, "version"), Values: []Value{{Code: version}}})
		}
		either.Clauses = append(either.Clauses, Clause{Group: &Group{Op: And, Clauses: both}})
	}
	return Clause{Group: either}, nil
}

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
