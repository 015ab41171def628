package path

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"chartwright/internal/fhir"
)

// Collection is the result of every expression: an ordered list of items, empty when there is nothing.
type Collection []Item

// Item is one member of a collection: an [*Element] of a resource, or a value of FHIRPath itself: [Boolean], [String],
// [Integer], [Decimal], [*Temporal], [*Quantity], [TypeInfo].
type Item interface{ item() }

// The values of FHIRPath itself. https://hl7.org/fhirpath/N1/#literals
type (
	Boolean bool
	String  string
	Integer int64 // within 32 bits
	Decimal struct{ *apd.Decimal }
	// Quantity is a number with a unit: a UCUM code, or a calendar word such as week, then Calendar is set.
	Quantity struct {
		Value    *apd.Decimal
		Unit     string
		Calendar bool
	}
	// TypeInfo is what type() returns.
	TypeInfo struct{ Namespace, Name string }
)

// Element is an element of a resource with the way that led to it.
type Element struct {
	Node   fhir.Node
	Parent *Element    // nil for what evaluation began with
	Field  *fhir.Field // of the parent's type; nil for the id and extensions of a primitive
	Name   string      // name of the element in its parent, without [x]; of a root its type
	Index  int         // position in a list, 0 for a single element
}

func (Boolean) item()   {}
func (String) item()    {}
func (Integer) item()   {}
func (Decimal) item()   {}
func (*Temporal) item() {}
func (*Quantity) item() {}
func (TypeInfo) item()  {}
func (*Element) item()  {}

// Path is the place of the element in its resource, in the form of OperationOutcome.issue.expression:
// Patient.name[0].given[1].
func (e *Element) Path() string {
	if e.Parent == nil {
		return e.Name
	}
	p := e.Parent.Path() + "." + e.Name
	if e.Field == nil || e.Field.List {
		p += "[" + strconv.Itoa(e.Index) + "]"
	}
	return p
}

// Root returns the element of a resource, from which evaluation begins.
func Root(r fhir.Resource) *Element {
	n := fhir.NodeOf(r)
	return &Element{Node: n, Name: n.Type.Name}
}

// Children are the elements of the element, in the order of the definition.
func (e *Element) Children() []*Element {
	found := e.children(nil, "")
	out := make([]*Element, len(found))
	for i, c := range found {
		out[i] = c.(*Element) // children are elements
	}
	return out
}

// isPrimitive reports whether the element is of a primitive type.
func (e *Element) isPrimitive() bool { return e.Node.Type.Kind != fhir.KindComplex }

// children appends the elements called name, or all if name is empty.
func (e *Element) children(dst Collection, name string) Collection {
	if !e.Node.Valid() {
		return dst
	}
	holder := e.Node
	if e.isPrimitive() {
		if holder = holder.Twin(); !holder.Valid() {
			return dst
		}
	}
	for i := range holder.Type.Fields {
		f := &holder.Type.Fields[i]
		if name != "" && f.Name != name {
			continue
		}
		for j := range holder.Len(f) {
			n := holder.Item(f, j)
			if n.Valid() {
				dst = append(dst, &Element{Node: n, Parent: e, Field: f, Name: f.Name, Index: j})
			}
		}
		if name != "" {
			break
		}
	}
	return dst
}

// has reports whether the type of the element has an element called name.
func (e *Element) has(name string) bool {
	if e.isPrimitive() {
		return name == "id" || name == "extension"
	}
	for i := range e.Node.Type.Fields {
		if e.Node.Type.Fields[i].Name == name {
			return true
		}
	}
	return false
}

// child returns the text of a single primitive child, empty if there is none.
func (e *Element) child(name string) string {
	for _, c := range e.children(nil, name) {
		return c.(*Element).Node.Text() // children are elements
	}
	return ""
}

// Value is the item as a value of FHIRPath itself: a primitive or a Quantity of a resource becomes one, another element stays
// what it is. It is nil for a primitive that has only an id or extensions.
//
// https://hl7.org/fhir/R4/fhirpath.html#types
func Value(i Item) Item { return value(i) }

func value(i Item) Item {
	e, ok := i.(*Element)
	if !ok {
		return i
	}
	if !e.isPrimitive() {
		if isQuantity(e.Node.Type.Name) {
			if q := e.quantity(); q != nil {
				return q
			}
		}
		return e
	}
	if !e.Node.HasValue() {
		return nil
	}
	switch v := e.Node.Value().(type) {
	case *fhir.Boolean:
		return Boolean(v.V)
	case *fhir.Integer:
		return Integer(v.V)
	case *fhir.PositiveInt:
		return Integer(v.V)
	case *fhir.UnsignedInt:
		return Integer(v.V)
	case *fhir.Decimal:
		if d, err := parseDecimal(v.V); err == nil {
			return d
		}
	case *fhir.Date:
		if t, ok := parseTemporal(v.V, DateKind); ok {
			return t
		}
	case *fhir.DateTime:
		if t, ok := parseTemporal(v.V, DateTimeKind); ok {
			return t
		}
	case *fhir.Instant:
		if t, ok := parseTemporal(v.V, DateTimeKind); ok {
			return t
		}
	case *fhir.Time:
		if t, ok := parseTemporal(v.V, TimeKind); ok {
			return t
		}
	}
	return String(e.Node.Text())
}

// quantity reads a FHIR Quantity. One with a comparator is a range, not a value.
func (e *Element) quantity() *Quantity {
	d, err := parseDecimal(e.child("value"))
	if err != nil || e.child("comparator") != "" {
		return nil
	}
	unit := e.child("code")
	if system := e.child("system"); system != ucumURL || unit == "" {
		if system != "" && system != ucumURL {
			return nil
		}
		unit = e.child("unit")
	}
	if unit == "" {
		unit = "1"
	}
	return &Quantity{Value: d.Decimal, Unit: unit}
}

func isQuantity(name string) bool {
	switch name {
	case "Quantity", "Age", "Count", "Distance", "Duration":
		return true
	}
	return false
}

// text writes a value the way toString() does; ok is false for what has no text.
func text(i Item) (s string, ok bool) {
	switch v := value(i).(type) {
	case Boolean:
		return strconv.FormatBool(bool(v)), true
	case String:
		return string(v), true
	case Integer:
		return strconv.FormatInt(int64(v), 10), true
	case Decimal:
		return v.Text('f'), true
	case *Temporal:
		return v.String(), true
	case *Quantity:
		return v.String(), true
	}
	return "", false
}

// Text writes an item the way results are shown: a value as its text, a date or time with the @ of its literal.
func Text(i Item) string {
	if t, ok := i.(*Temporal); ok {
		return "@" + map[TemporalKind]string{TimeKind: "T"}[t.Kind] + t.String()
	}
	if s, ok := text(i); ok {
		return s
	}
	switch v := i.(type) {
	case TypeInfo:
		return v.String()
	case unresolved:
		return v.typ
	case *Element:
		return v.Path()
	}
	return ""
}

// String writes the quantity as a literal without its quotes: 4 days, 4 'mg'.
func (q *Quantity) String() string {
	if q.Calendar {
		return q.Value.Text('f') + " " + q.Unit
	}
	return q.Value.Text('f') + " " + quote('\'', q.Unit)
}

// String is the name with its namespace.
func (t TypeInfo) String() string { return t.Namespace + "." + t.Name }

// parseDecimal reads a decimal of FHIR or FHIRPath.
func parseDecimal(s string) (Decimal, error) {
	if len(s) > maxDigits || strings.ContainsAny(s, "iInN") { // not Infinity nor NaN
		return Decimal{}, strconv.ErrSyntax
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return Decimal{}, err
	}
	if d.Exponent > maxDigits || d.Exponent < -maxDigits {
		return Decimal{}, strconv.ErrRange
	}
	return Decimal{d}, nil
}

// maxDigits bounds the numbers that are computed with.
const maxDigits = 400
