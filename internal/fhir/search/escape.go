package search

import "strings"

// A backslash takes the meaning from the separators of values: \, \$ \| and \\ stand for themselves.
// https://hl7.org/fhir/R4/search.html#escaping

// split cuts s at every separator that is not escaped. The parts keep their escapes.
func split(s string, sep byte) []string {
	if strings.IndexByte(s, sep) < 0 {
		return []string{s}
	}
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unescape takes the escapes out of one part. It reports false for a backslash before anything else.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) || strings.IndexByte(`\,$|`, s[i]) < 0 {
			return "", false
		}
		out = append(out, s[i])
	}
	return string(out), true
}

// Escape is the inverse: s as one value of a parameter.
func Escape(s string) string {
	return escaper.Replace(s)
}

var escaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `$`, `\$`, `|`, `\|`)
