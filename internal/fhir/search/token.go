package search

import (
	"slices"
	"strings"
)

// token reads code, system|code, |code and system|, and of :of-type system|code|value; of :in and :not-in the
// URL of a value set, or ValueSet/id.
// https://hl7.org/fhir/R4/search.html#token
func (p *parser) token(c *Clause, raw string) (Value, error) {
	switch c.Modifier {
	case Text:
		return p.str(c, raw)
	case In, NotIn:
		set, ok := unescape(raw)
		if !ok {
			return Value{}, badEscape(c)
		}
		if local, found := strings.CutPrefix(set, p.opts.Base+"/"); found && p.opts.Base != "" {
			set = local
		}
		if id, found := strings.CutPrefix(set, "ValueSet/"); found && !isID(id) || !found && !strings.Contains(set, ":") {
			return Value{}, invalid("%s:%s: the URL of a value set or ValueSet/id is expected", c.Param.Code, c.Modifier)
		}
		return Value{Text: set}, nil
	}
	parts := split(raw, '|')
	for i := range parts {
		var ok bool
		if parts[i], ok = unescape(parts[i]); !ok {
			return Value{}, badEscape(c)
		}
	}
	if c.Modifier == OfType {
		// "All 3 parts must be present": https://hl7.org/fhir/R4/search.html#token
		if len(parts) != 3 || slices.Contains(parts, "") {
			return Value{}, invalid("%s:of-type: system|code|value is expected", c.Param.Code)
		}
		return Value{TypeSys: parts[0], TypeCode: parts[1], Code: parts[2]}, nil
	}
	if c.Modifier == StartsWith {
		if typ, sub, found := strings.Cut(parts[0], "/"); typ == "" || found && sub == "" || len(parts) != 1 || strings.ContainsAny(sub, "/; ") {
			return Value{}, invalid("%s:below: a mime type without parameters is expected, such as text/xml or text", c.Param.Code)
		}
		return Value{Code: parts[0]}, nil
	}
	if (c.Modifier == Above || c.Modifier == Below) && (len(parts) != 2 || parts[0] == "" || parts[1] == "") {
		return Value{}, invalid("%s:%s: system|code is expected, since a code alone has no place in a hierarchy", c.Param.Code, c.Modifier)
	}
	if code := parts[len(parts)-1]; c.Param.Boolean && !p.mixed && code != "true" && code != "false" {
		return Value{}, invalid("%s: true or false is expected", c.Param.Code)
	}
	switch {
	case len(parts) == 1 && c.Param == ID:
		if !isID(parts[0]) {
			return Value{}, invalid("_id: a logical id is expected")
		}
		return Value{Code: parts[0]}, nil
	case len(parts) == 1:
		return Value{Code: parts[0]}, nil
	case len(parts) > 2 || parts[0] == "" && parts[1] == "" || c.Param == ID:
		return Value{}, invalid("%s: code, system|code, |code or system| is expected", c.Param.Code)
	}
	return Value{System: parts[0], HasSystem: true, Code: parts[1], NoCode: parts[1] == ""}, nil
}

// mimeTypes reports whether the codes of p are mime types, whose hierarchy is in how they are written: text/xml; charset=UTF-8 is
// below text/xml, and that below text. https://hl7.org/fhir/R4/search.html#mimetype
func mimeTypes(p *Param) bool {
	return strings.HasSuffix(p.Expression, ".contentType") || strings.HasSuffix(p.Expression, ".payload")
}

func badEscape(c *Clause) error {
	return invalid(`%s: a backslash stands only before a comma, a dollar sign, a vertical bar or a backslash`, c.Param.Code)
}

// isID reports whether s has the form of a logical id. https://hl7.org/fhir/R4/datatypes.html#id
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
