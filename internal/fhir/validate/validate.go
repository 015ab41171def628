// Package validate checks a resource against the tables of its type: cardinality, lexical forms, required bindings, choices
// and the types that references may name. It runs on every write, so it compiles nothing and, where there is nothing to say,
// allocates nothing. Invariants in FHIRPath are the business of package invariant.
//
// https://hl7.org/fhir/R4/validation.html
package validate

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// Mode says how much is checked.
type Mode uint8

// The modes.
const (
	// Structure checks what the element tables state.
	Structure Mode = iota
	// Full also checks the rules about contained resources (dom-2 to dom-5), that a reference to a contained resource finds
	// it (ref-1), and that narratives are harmless XHTML (txt-1, txt-2).
	Full
)

// Resource checks r and everything in it and returns every finding, each with its FHIRPath expression, in the order of the
// elements; nil if there is none. R is not changed.
func Resource(r fhir.Resource, mode Mode) []fault.Issue {
	v := &validator{mode: mode}
	v.path = append(v.path, step{name: r.Type().Name, index: -1})
	v.resource(fhir.NodeOf(r), false)
	return v.issues
}

// Error returns the findings as one error of kind Unprocessable, nil if there are none.
func Error(op string, issues []fault.Issue) error {
	if len(issues) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Unprocessable, Op: op, Detail: issues[0].Detail, Issues: issues}
}

type validator struct {
	mode   Mode
	issues []fault.Issue
	path   []step
	// container is the resource whose contained resources local references name.
	container fhir.Node
}

// step is one part of the path to the element under way; index is -1 for an element that does not repeat.
type step struct {
	name  string
	index int
}

// report adds a finding about the element under way, or about its child if one is named.
func (v *validator) report(code, child, detail string) {
	var b strings.Builder
	for i, s := range v.path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	if child != "" {
		b.WriteString("." + child)
	}
	v.issues = append(v.issues, fault.Issue{Code: code, Expression: b.String(), Detail: detail})
}

// resource checks a resource; inner tells that it lies in another one as contained.
func (v *validator) resource(n fhir.Node, inner bool) {
	outer := v.container
	if !inner {
		v.container = n
	}
	v.object(n)
	if v.mode == Full && !inner {
		v.contained(n)
	}
	v.container = outer
}

// object checks the elements of a complex value.
func (v *validator) object(n fhir.Node) {
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		count := n.Len(f)
		if count < int(f.Min) {
			v.missing(f, count)
		}
		if f.Max > 1 && count > int(f.Max) {
			v.report("structure", f.Name, "at most "+strconv.Itoa(int(f.Max))+" are allowed")
		}
		for j := range count {
			index := -1
			if f.List {
				index = j
			}
			v.path = append(v.path, step{f.Name, index})
			v.element(f, n.Item(f, j))
			v.path = v.path[:len(v.path)-1]
		}
	}
	switch n.Type.Name {
	case "Extension":
		v.extension(n)
	case "Reference":
		v.local(n)
	}
}

func (v *validator) missing(f *fhir.Field, count int) {
	if f.Min == 1 {
		v.report("required", f.Name, "the element is required")
		return
	}
	v.report("required", f.Name, "at least "+strconv.Itoa(int(f.Min))+" are required, there are "+strconv.Itoa(count))
}

// element checks one value of the element f.
func (v *validator) element(f *fhir.Field, n fhir.Node) {
	if !n.Valid() {
		v.report("structure", "", "the list has a hole")
		return
	}
	switch {
	case f.Kind == fhir.KindResource:
		v.resource(n, f.Name == "contained")
		return
	case f.Kind == fhir.KindChoice && !allowed(f, n.Type):
		v.report("structure", "", "the type "+n.Type.Name+" is not one of the choice")
		return
	case n.Type.Kind == fhir.KindComplex:
		v.object(n)
		if len(f.Targets) > 0 && n.Type.Name == "Reference" {
			v.target(f, n)
		}
	default:
		v.primitive(n)
	}
	if f.Binding != nil {
		v.binding(f.Binding, n)
	}
}

func allowed(f *fhir.Field, t *fhir.Type) bool {
	return slices.Contains(f.Choices, t)
}

// maxString is how many characters a string may have: "strings SHALL NOT exceed 1MB (1024*1024 characters) in size".
//
// https://hl7.org/fhir/R4/datatypes.html#string
const maxString = 1 << 20

// tooLong reports whether text, of more bytes than maxString, has too many characters for a value of type t. Markdown and code are strings
// by their definitions; base64Binary, xhtml and the kinds of uri are not.
//
// This is no matter of the codec's: what a site took before it knew the rule must stay readable.
func tooLong(t *fhir.Type, text string) bool {
	switch t.Name {
	case "string", "markdown", "code":
		return utf8.RuneCountInString(text) > maxString
	}
	return false
}

func (v *validator) primitive(n fhir.Node) {
	if format := n.Type.Format; format != nil && n.HasValue() && !format(n.Text()) {
		v.report("value", "", "not of the form of the type "+n.Type.Name)
	}
	if text := n.Text(); len(text) > maxString && tooLong(n.Type, text) {
		v.report("too-long", "", "a "+n.Type.Name+" has at most "+strconv.Itoa(maxString)+" characters")
	}
	if n.Type.Name == "xhtml" {
		v.narrative(n)
	}
	if x := n.Twin(); x.Valid() {
		v.object(x)
	}
}

// extension checks ext-1: an extension has a value or extensions, never both and never neither.
// https://hl7.org/fhir/R4/extensibility.html#Extension
func (v *validator) extension(n fhir.Node) {
	value, inner := false, false
	for i := range n.Type.Fields {
		f := &n.Type.Fields[i]
		switch f.Name {
		case "value":
			value = n.Len(f) > 0
		case "extension":
			inner = n.Len(f) > 0
		}
	}
	if value == inner {
		v.report("invariant", "", "ext-1: an extension has either extensions or a value")
	}
}
