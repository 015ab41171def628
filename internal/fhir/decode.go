package fhir

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"chartwright/internal/fault"
)

// MaxDepth bounds how deep elements may lie in each other, so that a hostile body costs no more than its length.
const MaxDepth = 64

// Unmarshal decodes one resource. It is strict: unknown elements, members given twice, a second alternative of a choice,
// empty objects, arrays and strings, values that are not of the form of their type, invalid UTF-8, more than MaxDepth levels
// and anything behind the resource are refused. Cardinality and bindings are left to package validate.
//
// The strings of the result share one copy of data, which lives as long as any of them.
//
// Errors: Invalid, with one issue that holds the FHIRPath expression of the element at fault.
//
// https://hl7.org/fhir/R4/json.html
func (s *Schema) Unmarshal(data []byte) (Resource, error) {
	if !utf8.Valid(data) {
		return nil, invalidUTF8(data)
	}
	d := decoder{scanner: newScanner(data), schema: s}
	const byteOrderMark = "\uFEFF"
	d.word(byteOrderMark)
	r, ok := d.resource()
	if ok && (d.space() != 0 || d.i < len(d.s)) {
		ok = d.syntax("there is more behind the resource")
	}
	if !ok {
		return nil, d.err()
	}
	return r, nil
}

func invalidUTF8(data []byte) error {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	return fault.At("fhir.decode", "", "the body is not valid UTF-8 at byte %d", at)
}

// decoder walks the tables beside the input. Its methods return false after a fault; each level then adds its step to the
// path on the way out, so that a good input pays nothing for paths.
type decoder struct {
	scanner
	schema *Schema
	depth  int
	gap    bool // the array just read holds a null

	detail string
	code   string
	path   []string // from the inside out
}

// fail notes a fault; it always returns false.
func (d *decoder) fail(code, format string, args ...any) bool {
	d.code, d.detail = code, fmt.Sprintf(format, args...)
	return false
}

// syntax notes that the input is no JSON here.
func (d *decoder) syntax(what string) bool {
	return d.fail("structure", "byte %d: %s", d.i, what)
}

// at adds a step to the path of a fault; it always returns false.
func (d *decoder) at(name string) bool {
	d.path = append(d.path, name)
	return false
}

func (d *decoder) atItem(name string, i int) bool { return d.at(name + "[" + strconv.Itoa(i) + "]") }

func (d *decoder) err() error {
	var b strings.Builder
	for i := len(d.path) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(d.path[i])
	}
	return &fault.Error{
		Kind: fault.Invalid, Op: "fhir.decode", Detail: d.detail,
		Issues: []fault.Issue{{Code: d.code, Expression: b.String(), Detail: d.detail}},
	}
}

// resource decodes an object whose type its resourceType names.
func (d *decoder) resource() (Resource, bool) {
	if b := d.space(); b != '{' {
		return nil, d.wrongToken("a resource", b)
	}
	name, ok := d.resourceType()
	if !ok {
		return nil, d.fail("structure", "the resource has no resourceType")
	}
	t := d.schema.byName[name]
	if t == nil || !t.Resource {
		return nil, d.fail("structure", "unknown resourceType %q", clip(name))
	}
	p := t.New()
	if !d.object(t, p) {
		if d.depth == 0 {
			d.at(t.Name)
		}
		return nil, false
	}
	return t.AsResource(p), true
}

// clip shortens a name of the input for a message.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// object decodes an object into the struct of type t at p.
func (d *decoder) object(t *Type, p unsafe.Pointer) bool {
	if !d.take('{') {
		return d.wrongToken("an object", d.space())
	}
	d.depth++
	if d.depth > MaxDepth {
		d.depth--
		return d.fail("structure", "elements lie more than %d levels deep", MaxDepth)
	}
	ok := d.members(t, p)
	d.depth--
	return ok
}

func (d *decoder) members(t *Type, p unsafe.Pointer) bool {
	if d.space() == '}' {
		return d.fail("structure", "an object must not be empty")
	}
	var seen, twins, gaps uint64
	typed := false
	for {
		if d.space() != '"' {
			return d.syntax("a member name is expected")
		}
		key, bad := d.text()
		if bad != "" {
			return d.syntax(bad)
		}
		if !d.take(':') {
			return d.syntax("a colon is expected")
		}
		var k *keySlot
		if key != "" {
			k = t.plan.find(key)
		}
		switch {
		case k != nil:
			f := &t.Fields[k.field]
			bit := uint64(1) << k.field
			mask := &seen
			if k.twin {
				mask = &twins
			}
			if *mask&bit != 0 {
				d.duplicate(f, k, p)
				return d.at(f.Name)
			}
			*mask |= bit
			if !d.member(f, k, p, seen&twins&bit != 0) {
				return false
			}
			if d.gap {
				gaps |= bit
				d.gap = false
			}
		case t.Resource && key == "resourceType" && !typed:
			typed = true
			if d.space() != '"' {
				d.wrongToken("a string", d.space())
				return d.at(key)
			}
			if _, bad := d.text(); bad != "" {
				return d.syntax(bad)
			}
		case t.Resource && key == "resourceType":
			return d.fail("structure", "resourceType is given twice")
		default:
			d.fail("structure", "unknown element %q", clip(key))
			return key != "" && d.at(clip(key))
		}
		switch {
		case d.take(','):
		case d.take('}'):
			if gaps != 0 {
				return d.filled(t, p, gaps)
			}
			return true
		default:
			return d.syntax("a comma or the end of the object is expected")
		}
	}
}

// duplicate notes that a member is there twice, or that a choice has a second alternative.
func (d *decoder) duplicate(f *Field, k *keySlot, p unsafe.Pointer) {
	if f.Kind == KindChoice {
		if v := *(*Value)(unsafe.Add(p, f.Offset)); v != nil && v.Type() != f.Choices[k.choice] {
			d.secondAlternative(f, k, v)
			return
		}
	}
	if k.twin {
		d.fail("structure", "_%s is given twice", f.Name)
		return
	}
	d.fail("structure", "%s is given twice", f.Name)
}

func (d *decoder) secondAlternative(f *Field, k *keySlot, have Value) bool {
	return d.fail("structure", "%s[x] has two values, %s and %s", f.Name, have.Type().Name, f.Choices[k.choice].Name)
}

// member decodes the value of one member. Again reports that the other half of a primitive, value or twin, was there before.
func (d *decoder) member(f *Field, k *keySlot, p unsafe.Pointer, again bool) bool {
	at := unsafe.Add(p, f.Offset)
	if f.Kind == KindChoice {
		return d.choice(f, k, at) || d.at(f.Name)
	}
	if !f.List {
		var ok bool
		switch f.Kind {
		case KindComplex:
			q := f.Type.New()
			*(*unsafe.Pointer)(at) = q
			ok = d.object(f.Type, q)
		case KindResource:
			var r Resource
			if r, ok = d.resource(); ok {
				*(*Resource)(at) = r
			}
		case KindRaw:
			ok = d.str(f.Type, (*string)(at))
		default:
			if k.twin {
				ok = d.twin(f.Kind, at)
			} else {
				ok = d.primitive(f.Type, at)
			}
		}
		return ok || d.at(f.Name)
	}
	if !d.take('[') {
		d.wrongToken("an array", d.space())
		return d.at(f.Name)
	}
	if d.space() == ']' {
		d.fail("structure", "an array must not be empty")
		return d.at(f.Name)
	}
	switch f.Kind {
	case KindComplex:
		return d.list(f, at)
	case KindResource:
		return d.resources(f, (*[]Resource)(at))
	}
	return d.primitives(f, k, at, again)
}

// next takes what follows an item of an array; more is false at its end.
func (d *decoder) next() (more, ok bool) {
	switch {
	case d.take(','):
		return true, true
	case d.take(']'):
		return false, true
	}
	return false, d.syntax("a comma or the end of the array is expected")
}

func (d *decoder) list(f *Field, at unsafe.Pointer) bool {
	for i := 0; ; i++ {
		if !d.object(f.Type, f.Type.Append(at)) {
			return d.atItem(f.Name, i)
		}
		if more, ok := d.next(); !more {
			return ok || d.at(f.Name)
		}
	}
}

func (d *decoder) resources(f *Field, at *[]Resource) bool {
	for i := 0; ; i++ {
		r, ok := d.resource()
		if !ok {
			return d.atItem(f.Name, i)
		}
		*at = append(*at, r)
		if more, ok := d.next(); !more {
			return ok || d.at(f.Name)
		}
	}
}

// primitives decodes an array of primitive values or of their twins into the slice at address at.
func (d *decoder) primitives(f *Field, k *keySlot, at unsafe.Pointer, again bool) bool {
	have := 0
	if again {
		have = (*slice)(at).len
	}
	for i := 0; ; i++ {
		var q unsafe.Pointer
		if i < have {
			q = unsafe.Add((*slice)(at).data, uintptr(i)*f.Type.Size)
		} else {
			q = f.Type.Append(at)
		}
		var ok bool
		switch {
		case d.space() == 'n' && d.word("null"):
			ok, d.gap = true, true // the other array has to fill it; see filled
		case k.twin:
			ok = d.twin(f.Kind, q)
		default:
			ok = d.primitive(f.Type, q)
		}
		if !ok {
			return d.atItem(f.Name, i)
		}
		more, ok := d.next()
		if !ok {
			return d.at(f.Name)
		}
		if more {
			continue
		}
		if again && i+1 != have {
			d.fail("structure", "%s and _%s differ in length", f.Name, f.Name)
			return d.at(f.Name)
		}
		return true
	}
}

// filled checks that each null in an array of primitives has a value or a twin in its place.
func (d *decoder) filled(t *Type, p unsafe.Pointer, gaps uint64) bool {
	for ; gaps != 0; gaps &= gaps - 1 {
		f := &t.Fields[bits.TrailingZeros64(gaps)]
		list := (*slice)(unsafe.Add(p, f.Offset))
		for i := range list.len {
			if isAbsent(f.Kind, unsafe.Add(list.data, uintptr(i)*f.Type.Size)) {
				d.fail("structure", "null stands for a value with an id or extension, and there is none")
				return d.atItem(f.Name, i)
			}
		}
	}
	return true
}

// choice decodes one alternative of a choice element, value or twin, into the Value at address at.
func (d *decoder) choice(f *Field, k *keySlot, at unsafe.Pointer) bool {
	t := f.Choices[k.choice]
	v := (*Value)(at)
	var q unsafe.Pointer
	switch {
	case *v == nil:
		q = t.New()
		*v = t.AsValue(q)
	case (*v).Type() != t:
		return d.secondAlternative(f, k, *v)
	default:
		q = (*iface)(at).data
	}
	switch {
	case k.twin:
		return d.twin(t.Kind, q)
	case t.Kind == KindComplex:
		return d.object(t, q)
	}
	return d.primitive(t, q)
}

// twin decodes the id and extensions of a primitive of the kind at p.
func (d *decoder) twin(kind Kind, p unsafe.Pointer) bool {
	x := new(Element)
	*twinOf(kind, p) = x
	return d.object(d.schema.element, unsafe.Pointer(x))
}

// primitive decodes the value of a primitive of type t at p.
func (d *decoder) primitive(t *Type, p unsafe.Pointer) bool {
	switch t.Kind {
	case KindBoolean:
		v := (*Boolean)(p)
		d.space()
		switch {
		case d.word("true"):
			v.V, v.Set = true, true
			return true
		case d.word("false"):
			v.Set = true
			return true
		}
		return d.wrongToken("a boolean", d.space())
	case KindInteger:
		return d.integer(t, (*Integer)(p))
	case KindDecimal:
		b := d.space()
		lit := d.number()
		if lit == "" {
			return d.wrongToken("a number", b)
		}
		(*Decimal)(p).V = lit
		return true
	}
	return d.str(t, &(*String)(p).V)
}

// str decodes a string of the form of t into the Go string at to.
func (d *decoder) str(t *Type, to *string) bool {
	if b := d.space(); b != '"' {
		return d.wrongToken("a string", b)
	}
	s, bad := d.text()
	switch {
	case bad != "":
		return d.syntax(bad)
	case s == "":
		return d.fail("value", "a string must not be empty")
	case t.Format != nil && !t.Format(s):
		return d.fail("value", "not of the form of the type %s", t.Name)
	}
	*to = s
	return true
}

func (d *decoder) integer(t *Type, v *Integer) bool {
	b := d.space()
	lit := d.number()
	if lit == "" {
		return d.wrongToken("an integer", b)
	}
	n, err := strconv.ParseInt(lit, 10, 32)
	if err != nil || lit == "-0" {
		return d.fail("value", "not an integer of 32 bits")
	}
	if low := lowest(t); n < low {
		return d.fail("value", "a %s is at least %d", t.Name, low)
	}
	v.V, v.Set = int32(n), true
	return true
}

// wrongToken notes that something else stands where what is expected; b is the next byte.
func (d *decoder) wrongToken(what string, b byte) bool {
	have := ""
	switch {
	case d.i >= len(d.s):
		return d.syntax(what + " is expected, the input ends")
	case b == '{':
		have = "an object"
	case b == '[':
		have = "an array"
	case b == '"':
		have = "a string"
	case b == '-' || b >= '0' && b <= '9':
		have = "a number"
	case b == 'n':
		have = "null"
	case b == 't' || b == 'f':
		have = "a boolean"
	default:
		return d.syntax(what + " is expected")
	}
	return d.fail("structure", "%s is expected, not %s", what, have)
}
