package fhir

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"chartwright/internal/fault"
)

// AppendJSON appends the canonical JSON of r to dst: compact, resourceType first, then the elements in the order of the
// definition, which begins with id and meta. Elements without content are left out, so that no empty object or array arises;
// what is left out in a list of complex values closes up.
//
// Errors: Internal if r breaks a promise of its type: a choice with a type that the element does not allow, a decimal that is
// no number, text that is not UTF-8, a resource deeper than [MaxDepth]. Dst is then of no use.
func (s *Schema) AppendJSON(dst []byte, r Resource) ([]byte, error) {
	e := encoder{b: dst, schema: s}
	if !e.resource(r) {
		e.at(r.Type().Name)
		return nil, e.err()
	}
	if len(e.b) == len(dst) {
		return nil, fault.New(fault.Internal, "fhir.encode", "nil resource")
	}
	return e.b[:len(e.b)-1], nil
}

// encoder writes every value with a comma behind it; the end of an object or array takes the place of the last one.
type encoder struct {
	b      []byte
	schema *Schema
	depth  int

	detail string
	path   []string // from the inside out
}

func (e *encoder) fail(detail string) bool {
	e.detail = detail
	return false
}

func (e *encoder) at(name string) bool {
	e.path = append(e.path, name)
	return false
}

func (e *encoder) atItem(name string, i int) bool { return e.at(name + "[" + strconv.Itoa(i) + "]") }

func (e *encoder) err() error {
	path := ""
	for i := len(e.path) - 1; i >= 0; i-- {
		if path != "" {
			path += "."
		}
		path += e.path[i]
	}
	return fault.New(fault.Internal, "fhir.encode", "%s: %s", path, e.detail)
}

func (e *encoder) resource(r Resource) bool {
	p := (*iface)(unsafe.Pointer(&r)).data
	if r == nil || p == nil {
		return true
	}
	t := r.Type()
	e.b = append(e.b, `{"resourceType":"`...)
	e.b = append(e.b, t.Name...)
	e.b = append(e.b, '"', ',')
	if !e.members(t, p) {
		return false
	}
	e.close('}')
	return true
}

// close ends an object or array that has content.
func (e *encoder) close(b byte) {
	e.b[len(e.b)-1] = b
	e.b = append(e.b, ',')
}

// object appends the struct of type t at p; nothing if it has no content.
func (e *encoder) object(t *Type, p unsafe.Pointer) bool {
	start := len(e.b)
	e.b = append(e.b, '{')
	if !e.members(t, p) {
		return false
	}
	if len(e.b) == start+1 {
		e.b = e.b[:start]
		return true
	}
	e.close('}')
	return true
}

func (e *encoder) members(t *Type, p unsafe.Pointer) bool {
	e.depth++
	if e.depth > MaxDepth {
		return e.fail("elements lie too deep")
	}
	steps := t.plan.encode
	for i := range steps {
		st := &steps[i]
		f := st.field
		at := unsafe.Add(p, f.Offset)
		if f.List {
			if (*slice)(at).len > 0 && !e.list(st, f, at) {
				return false
			}
			continue
		}
		switch f.Kind {
		case KindString:
			v := (*String)(at)
			if v.V == "" && v.X == nil {
				continue
			}
			if v.V != "" {
				e.b = append(e.b, st.key...)
				if !e.text(v.V) {
					return e.at(f.Name)
				}
				e.b = append(e.b, ',')
			}
			if v.X != nil && !e.twin(st.twin, v.X) {
				return e.at(f.Name)
			}
		case KindComplex:
			q := *(*unsafe.Pointer)(at)
			if q == nil {
				continue
			}
			if !e.keyed(st.key, f.Type, q) {
				return e.at(f.Name)
			}
		case KindRaw:
			if s := *(*string)(at); s != "" {
				e.b = append(e.b, st.key...)
				if !e.text(s) {
					return e.at(f.Name)
				}
				e.b = append(e.b, ',')
			}
		case KindChoice:
			if v := *(*Value)(at); v != nil && !e.choice(st, f, v, (*iface)(at).data) {
				return e.at(f.Name)
			}
		case KindResource:
			if r := *(*Resource)(at); r != nil {
				start := len(e.b)
				e.b = append(e.b, st.key...)
				mark := len(e.b)
				if !e.resource(r) {
					return e.at(f.Name)
				}
				if len(e.b) == mark {
					e.b = e.b[:start]
				}
			}
		default:
			if !e.primitive(st.key, st.twin, f.Type, at) {
				return e.at(f.Name)
			}
		}
	}
	e.depth--
	return true
}

// keyed appends the key and the object at p; nothing if the object has no content.
func (e *encoder) keyed(key string, t *Type, p unsafe.Pointer) bool {
	start := len(e.b)
	e.b = append(e.b, key...)
	mark := len(e.b)
	if !e.object(t, p) {
		return false
	}
	if len(e.b) == mark {
		e.b = e.b[:start]
	}
	return true
}

func (e *encoder) twin(key string, x *Element) bool {
	return e.keyed(key, e.schema.element, unsafe.Pointer(x))
}

// primitive appends value and twin of the primitive of type t at p, as far as they are there.
func (e *encoder) primitive(key, twin string, t *Type, p unsafe.Pointer) bool {
	if hasValue(t.Kind, p) {
		e.b = append(e.b, key...)
		if !e.value(t.Kind, p) {
			return false
		}
	}
	if x := liveTwin(t.Kind, p); x != nil {
		return e.twin(twin, x)
	}
	return true
}

// value appends the value of the primitive of the kind at p, which is there.
func (e *encoder) value(kind Kind, p unsafe.Pointer) bool {
	switch kind {
	case KindBoolean:
		e.b = strconv.AppendBool(e.b, (*Boolean)(p).V)
	case KindInteger:
		e.b = strconv.AppendInt(e.b, int64((*Integer)(p).V), 10)
	case KindDecimal:
		v := (*Decimal)(p).V
		if !isDecimal(v) {
			return e.fail("not a decimal")
		}
		e.b = append(e.b, v...)
	default:
		if !e.text((*String)(p).V) {
			return false
		}
	}
	e.b = append(e.b, ',')
	return true
}

func (e *encoder) choice(st *step, f *Field, v Value, p unsafe.Pointer) bool {
	if p == nil {
		return true
	}
	t := v.Type()
	for i, c := range f.Choices {
		if c != t {
			continue
		}
		if t.Kind == KindComplex {
			return e.keyed(st.keys[i], t, p)
		}
		return e.primitive(st.keys[i], st.twins[i], t, p)
	}
	return e.fail("the type " + t.Name + " is not one of the choice")
}

// list appends the elements of the slice at address at, which is not empty.
func (e *encoder) list(st *step, f *Field, at unsafe.Pointer) bool {
	start := len(e.b)
	e.b = append(e.b, st.key...)
	e.b = append(e.b, '[')
	mark := len(e.b)
	s := (*slice)(at)
	switch f.Kind {
	case KindComplex:
		for i := range s.len {
			if !e.object(f.Type, unsafe.Add(s.data, uintptr(i)*f.Type.Size)) {
				return e.atItem(f.Name, i)
			}
		}
	case KindResource:
		for i, r := range *(*[]Resource)(at) {
			if !e.resource(r) {
				return e.atItem(f.Name, i)
			}
		}
	default:
		return e.primitives(st, f, s, start)
	}
	if len(e.b) == mark {
		e.b = e.b[:start]
		return true
	}
	e.close(']')
	return true
}

// primitives appends an array of values and, if any element has a twin, the array of twins; null fills the gaps of both. The
// key and the bracket of the first, which begins at start, are there already.
func (e *encoder) primitives(st *step, f *Field, s *slice, start int) bool {
	values, twins := false, false
	for i := range s.len {
		p := unsafe.Add(s.data, uintptr(i)*f.Type.Size)
		switch has, x := hasValue(f.Kind, p), liveTwin(f.Kind, p); {
		case has:
			values = true
			twins = twins || x != nil
			if !e.value(f.Kind, p) {
				return e.atItem(f.Name, i)
			}
		case x != nil:
			twins = true
			e.b = append(e.b, "null,"...)
		}
	}
	if values {
		e.close(']')
	} else {
		e.b = e.b[:start]
	}
	if !twins {
		return true
	}
	start = len(e.b)
	e.b = append(e.b, st.twin...)
	e.b = append(e.b, '[')
	some := false
	for i := range s.len {
		p := unsafe.Add(s.data, uintptr(i)*f.Type.Size)
		x := liveTwin(f.Kind, p)
		if x == nil {
			if hasValue(f.Kind, p) {
				e.b = append(e.b, "null,"...)
			}
			continue
		}
		mark := len(e.b)
		if !e.object(e.schema.element, unsafe.Pointer(x)) {
			return e.atItem(f.Name, i)
		}
		if len(e.b) == mark {
			e.b = append(e.b, "null,"...)
			continue
		}
		some = true
	}
	if !some {
		e.b = e.b[:start]
		return true
	}
	e.close(']')
	return true
}

// text appends s as a JSON string.
func (e *encoder) text(s string) bool {
	b := append(e.b, '"')
	raw := unsafe.Slice(unsafe.StringData(s), len(s))
	var all uint64 // every byte seen, or-ed
	done, i := 0, 0
	for {
		// Find the next byte that needs an escape, eight at a time.
		m := uint64(0)
		for len(raw)-i >= 8 {
			w := binary.LittleEndian.Uint64(raw[i : i+8])
			all |= w
			if m = special(w); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if m == 0 {
			for i < len(raw) && raw[i] != '"' && raw[i] != '\\' && raw[i] >= ' ' {
				all |= uint64(raw[i])
				i++
			}
			if i == len(raw) {
				break
			}
		}
		b = append(b, s[done:i]...)
		b = appendEscape(b, raw[i])
		i++
		done = i
	}
	b = append(b, s[done:]...)
	e.b = append(b, '"')
	if all&highs != 0 && !utf8.ValidString(s) {
		return e.fail("text that is not UTF-8")
	}
	return true
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
