package scope

import (
	"net/url"
	"slices"
	"strings"
)

// A granular scope carries search parameters: patient/Observation.rs?category=laboratory. All of them must match, each with at
// least one of its comma-separated values, as in a search. The canonical form sorts and dedupes parameters and values and
// escapes what a scope or a query cannot hold, so that equal restrictions are equal strings.

// condition is one parameter of a query: the row must have one of the values.
type condition struct {
	name   string
	values []string // sorted, without repetition
}

// canonicalQuery checks the parameters of a granular scope and returns their canonical form.
func canonicalQuery(text, query string) (string, error) {
	var list []string
	for part := range strings.SplitSeq(query, "&") {
		rawName, rawValue, ok := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if !ok || err1 != nil || err2 != nil || value == "" {
			return "", bad("scope %s: parameters have the form name=value, joined by &", text)
		}
		if !isParameter(name) {
			return "", bad("scope %s: a parameter is the name of a search parameter, plain or with :in, :not-in, :below, :above or :not, without a chain", text)
		}
		values := splitValues(value)
		if slices.Contains(values, "") {
			return "", bad("scope %s: a parameter has an empty value", text)
		}
		slices.Sort(values)
		list = append(list, escape(name)+"="+escape(strings.Join(slices.Compact(values), ",")))
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "&"), nil
}

// Conditions returns the granular parameters as name and value pairs, in canonical order. The value is in search form: several
// values are joined by commas.
func (s Scope) Conditions() [][2]string {
	var list [][2]string
	for _, c := range conditions(s.Query) {
		list = append(list, [2]string{c.name, strings.Join(c.values, ",")})
	}
	return list
}

// modifiers are those that ask for the codes of the resource itself. https://hl7.org/fhir/R4/search.html#modifiers
var modifiers = [...]string{"in", "not-in", "below", "above", "not"}

// excludes reports whether a parameter asks that a row has none of its values: the more values, the fewer rows.
func (c *condition) excludes() bool {
	return strings.HasSuffix(c.name, ":not") || strings.HasSuffix(c.name, ":not-in")
}

// isParameter accepts the code of a search parameter, alone or with one of the modifiers. Result parameters (_count, _sort …) and
// those that reach over to other resources (_has, _list, _include …) restrict nothing or cannot be judged on one row.
func isParameter(name string) bool {
	name, modifier, modified := strings.Cut(name, ":")
	if modified && !slices.Contains(modifiers[:], modifier) {
		return false
	}
	switch name {
	case "_id", "_tag", "_security", "_profile", "_source", "_lastUpdated":
		return true
	}
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// splitValues splits at commas that no backslash escapes, keeping the escapes.
// https://hl7.org/fhir/R4/search.html#escaping
func splitValues(value string) []string {
	var values []string
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case ',':
			values = append(values, value[start:i])
			start = i + 1
		}
	}
	return append(values, value[start:])
}

// escape escapes only what a scope or a query cannot hold, so that published scopes keep their familiar look.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"\%&+=#;?`, c) >= 0 {
			b = append(b, '%', hex[c>>4], hex[c&15])
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

// conditions reads a canonical query.
func conditions(query string) []condition {
	if query == "" {
		return nil
	}
	var list []condition
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		value, _ = url.QueryUnescape(value)
		list = append(list, condition{name: name, values: splitValues(value)})
	}
	return list
}

// implies reports whether each row that satisfies query t satisfies query s. A row may have several values of a parameter, so
// t implies a condition of s exactly if one condition of t allows no value that it does not, or excludes all that it excludes.
func implies(t, s string) bool {
	if s == "" || s == t {
		return true
	}
	narrower := conditions(t)
	for _, want := range conditions(s) {
		if !slices.ContainsFunc(narrower, func(c condition) bool {
			few, many := c.values, want.values
			if want.excludes() {
				few, many = many, few
			}
			return c.name == want.name && !slices.ContainsFunc(few, func(v string) bool { return !slices.Contains(many, v) })
		}) {
			return false
		}
	}
	return true
}
