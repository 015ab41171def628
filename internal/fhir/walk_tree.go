package fhir

import (
	"maps"
	"slices"
	"strings"
)

// Link is a kind of text that names a resource by its address.
type Link uint8

// The kinds of links: where a transaction replaces the addresses of its entries.
// https://hl7.org/fhir/R4/http.html#transaction
const (
	LinkReference Link = iota // Reference.reference
	LinkAddress               // uri, url, canonical, oid, uuid
	LinkNarrative             // XHTML, with links in its attributes
)

// ReplaceLinks is [WalkLinks] and [WalkNarratives] for decoded JSON that need not be a resource: what a patch puts into one. Value
// is put into the member of a resource of type typ that the names in path lead to, from the outside in, places in lists left out; no names = value is
// (a part of) the resource itself. It returns value with each link replaced by what fn returns for it, and may change value.
//
// Behind what the path does not tell, the type of a contained resource, only members called reference are links.
func (s *Schema) ReplaceLinks(typ *Type, path []string, value any, fn func(kind Link, text string) string) any {
	w := treeWalker{schema: s, fn: fn}
	if len(path) == 0 {
		if object, ok := value.(map[string]any); ok {
			w.object(typ, object)
		}
		return value
	}
	last := len(path) - 1
	for _, name := range path[:last] {
		typ = memberType(typ, name)
	}
	return w.member(typ, path[last], value)
}

type treeWalker struct {
	schema *Schema
	fn     func(Link, string) string
}

func (w *treeWalker) object(t *Type, object map[string]any) {
	if name, ok := object["resourceType"].(string); ok {
		t = w.schema.TypeByName(name)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		object[key] = w.member(t, key, object[key])
	}
}

// member returns the value, or values, of a member of an object of type t, with its links replaced.
func (w *treeWalker) member(t *Type, key string, value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = w.member(t, key, value[i])
		}
	case map[string]any:
		w.object(memberType(t, key), value)
	case string:
		if kind, ok := linkAt(t, key); ok {
			return w.fn(kind, value)
		}
	}
	return value
}

func linkAt(t *Type, key string) (kind Link, ok bool) {
	if key == "reference" && (t == nil || t.Name == "Reference") {
		return LinkReference, true
	}
	child := memberType(t, key)
	switch {
	case child == nil:
		return 0, false
	case child == &xhtmlType:
		return LinkNarrative, true
	}
	return LinkAddress, isAddress(child)
}

// memberType is the type of a member of an object of type t; nil if it has none of its own (a resource) or t is not known.
func memberType(t *Type, key string) *Type {
	if t == nil {
		return nil
	}
	if strings.HasPrefix(key, "_") {
		return t.plan.element
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		switch {
		case f.Kind == KindRaw:
		case f.Kind != KindChoice && f.Name == key:
			return f.Type
		case f.Kind == KindChoice && strings.HasPrefix(key, f.Name):
			name := key[len(f.Name):]
			for _, c := range f.Choices {
				if strings.EqualFold(c.Name[:1], name[:min(1, len(name))]) && c.Name[1:] == name[min(1, len(name)):] {
					return c
				}
			}
		}
	}
	return nil
}
