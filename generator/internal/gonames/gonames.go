// Package gonames turns FHIR names into Go names: one table of initialisms, one rule for names that are taken.
package gonames

import (
	"fmt"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]string{
	"fhir": "FHIR", "http": "HTTP", "id": "ID", "json": "JSON", "oid": "OID", "uri": "URI", "url": "URL", "uuid": "UUID",
	"xhtml": "XHTML",
}

// reserved are the field names that a method of every generated type takes. Such a field gets an underscore, as in the Go
// code of protocol buffers.
var reserved = map[string]bool{"Type": true, "IDField": true, "MetaField": true}

// Field returns the name of the struct field for the element called name (without [x]).
func Field(name string) string {
	g := camel(name)
	if reserved[g] {
		return g + "_"
	}
	return g
}

// Type returns the Go name of the type called name; of a backbone element called by its path, all parts joined.
func Type(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, ".") {
		b.WriteString(camel(part))
	}
	return b.String()
}

// File returns the file name, without ending, of the type called name.
func File(name string) string { return strings.ToLower(name) }

// Unique reports two FHIR names that became one Go name.
type Unique map[string]string

// Add notes that fhir is called goName.
func (u Unique) Add(goName, fhir string) error {
	if other, taken := u[goName]; taken && other != fhir {
		return fmt.Errorf("%s and %s are both called %s in Go", other, fhir, goName)
	}
	u[goName] = fhir
	return nil
}

// camel capitalises name word by word: a word starts where a capital follows a small letter or digit, and at an underscore
// or hyphen, which it drops.
func camel(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		if i, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(i)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

func words(name string) []string {
	var out []string
	start := 0
	for i, r := range name {
		switch {
		case r == '_' || r == '-':
			if i > start {
				out = append(out, name[start:i])
			}
			start = i + 1
		case i > start && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])):
			out = append(out, name[start:i])
			start = i
		}
	}
	if start < len(name) {
		out = append(out, name[start:])
	}
	return out
}
