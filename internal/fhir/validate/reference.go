package validate

import (
	"slices"
	"strings"

	"chartwright/internal/fhir"
)

// target checks that a reference names a type that the element allows, as far as the reference says its type: by its type
// element, by a literal of the form [base/]Type/id, or by the contained resource it names.
// https://hl7.org/fhir/R4/references.html
func (v *validator) target(f *fhir.Field, n fhir.Node) {
	name := child(n, "type")
	if literal := child(n, "reference"); literal != "" {
		if t := v.literalType(literal); t != "" {
			name = t
		}
	}
	if name != "" && isTypeName(name) && !slices.Contains(f.Targets, name) {
		v.report("value", "", "the reference must be to "+strings.Join(f.Targets, " or ")+", not "+name)
	}
}

// literalType returns the type that a literal reference names, empty if it does not tell.
func (v *validator) literalType(literal string) string {
	if id, ok := strings.CutPrefix(literal, "#"); ok {
		if c := v.find(id); c.Valid() {
			return c.Type.Name
		}
		return ""
	}
	if strings.HasPrefix(literal, "urn:") || strings.ContainsAny(literal, "?#") {
		return ""
	}
	literal, _, _ = strings.Cut(literal, "/_history/")
	id := strings.LastIndexByte(literal, '/')
	if id < 1 {
		return ""
	}
	return literal[strings.LastIndexByte(literal[:id], '/')+1 : id]
}

// isTypeName tells a type name from another part of an address: types begin with a capital and have only letters.
func isTypeName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z' || i == 0) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

// find returns the contained resource with the id; not Valid if there is none.
func (v *validator) find(id string) fhir.Node {
	if !v.container.Valid() {
		return fhir.Node{}
	}
	if id == "" {
		return v.container
	}
	contained := field(v.container.Type, "contained")
	if contained == nil {
		return fhir.Node{}
	}
	for i := range v.container.Len(contained) {
		if c := v.container.Item(contained, i); c.Valid() && child(c, "id") == id {
			return c
		}
	}
	return fhir.Node{}
}

// local checks ref-1: a reference that begins with # names a contained resource of the same container.
func (v *validator) local(n fhir.Node) {
	if v.mode != Full {
		return
	}
	id, ok := strings.CutPrefix(child(n, "reference"), "#")
	if ok && !v.find(id).Valid() {
		v.report("not-found", "reference", "ref-1: there is no contained resource of this id")
	}
}

// contained checks dom-2 to dom-5: a contained resource holds none itself, carries no version, no date of change and no
// security label, and is referred to from the container or refers to it.
// https://hl7.org/fhir/R4/domainresource.html
func (v *validator) contained(n fhir.Node) {
	f := field(n.Type, "contained")
	if f == nil || n.Len(f) == 0 {
		return
	}
	used := map[string]bool{}
	fhir.WalkLinks(n.Resource(), func(link *string) {
		if id, ok := strings.CutPrefix(*link, "#"); ok {
			used[id] = true
		}
	})
	for i := range n.Len(f) {
		c := n.Item(f, i)
		if !c.Valid() {
			continue
		}
		v.path = append(v.path, step{f.Name, i})
		if in := field(c.Type, "contained"); in != nil && c.Len(in) > 0 {
			v.report("invariant", "contained", "dom-2: a contained resource must not contain another")
		}
		if !used[child(c, "id")] && !refersToContainer(c) {
			v.report("invariant", "", "dom-3: nothing refers to the contained resource")
		}
		v.containedMeta(c)
		v.path = v.path[:len(v.path)-1]
	}
}

func refersToContainer(c fhir.Node) bool {
	found := false
	fhir.WalkReferences(c.Resource(), func(ref *string) { found = found || *ref == "#" })
	return found
}

func (v *validator) containedMeta(c fhir.Node) {
	f := field(c.Type, "meta")
	if f == nil || c.Len(f) == 0 {
		return
	}
	meta := c.Item(f, 0)
	if child(meta, "versionId") != "" || child(meta, "lastUpdated") != "" {
		v.report("invariant", "meta", "dom-4: a contained resource must not have a version or a date of change")
	}
	if s := field(meta.Type, "security"); s != nil && meta.Len(s) > 0 {
		v.report("invariant", "meta.security", "dom-5: a contained resource must not have a security label")
	}
}
