package fhir

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// primitive appends value and twin of the primitive of the kind at p, as far as they are there.
func (e *encoder) primitive(b []byte, key, twin string, kind Kind, p unsafe.Pointer) []byte {
	if hasValue(kind, p) {
		b = e.value(append(b, key...), kind, p)
	}
	if x := liveTwin(kind, p); x != nil {
		b = e.keyed(b, twin, e.schema.element, unsafe.Pointer(x))
	}
	return b
}

// value appends the value of the primitive of the kind at p, which is there.
func (e *encoder) value(b []byte, kind Kind, p unsafe.Pointer) []byte {
	switch kind {
	case KindBoolean:
		b = strconv.AppendBool(b, (*Boolean)(p).V)
	case KindInteger:
		b = strconv.AppendInt(b, int64((*Integer)(p).V), 10)
	case KindDecimal:
		v := (*Decimal)(p).V
		if !isDecimal(v) {
			return e.fail(b, "not a decimal")
		}
		b = append(b, v...)
	default:
		b = e.text(b, (*String)(p).V)
	}
	return append(b, ',')
}

// primitives appends an array of values and, if any element has a twin, the array of twins; null fills the gaps of both.
func (e *encoder) primitives(b []byte, st *step, s *slice) []byte {
	kind, size := st.typ.Kind, st.typ.Size
	start := len(b)
	b = append(b, st.key...)
	b = append(b, '[')
	values, twins := false, false
	for i := range s.len {
		p := unsafe.Add(s.data, uintptr(i)*size)
		switch x := liveTwin(kind, p); {
		case hasValue(kind, p):
			values = true
			twins = twins || x != nil
			b = e.value(b, kind, p)
		case x != nil:
			twins = true
			b = append(b, "null,"...)
		}
		if e.failed {
			e.inItem(st.field.Name, i)
			return b
		}
	}
	if values {
		b = e.close(b, ']')
	} else {
		b = b[:start]
	}
	if twins {
		b = e.twins(b, st, s)
	}
	return b
}

// twins appends the array of twins of a list of primitives, of which at least one is there.
func (e *encoder) twins(b []byte, st *step, s *slice) []byte {
	kind, size := st.typ.Kind, st.typ.Size
	start := len(b)
	b = append(b, st.field.twinKey...)
	b = append(b, '[')
	some := false
	for i := range s.len {
		p := unsafe.Add(s.data, uintptr(i)*size)
		x := liveTwin(kind, p)
		if x == nil && !hasValue(kind, p) {
			continue // the item is absent from both arrays
		}
		mark := len(b)
		if x != nil {
			b = e.object(b, e.schema.element, unsafe.Pointer(x))
		}
		if e.failed {
			e.inItem(st.field.Name, i)
			return b
		}
		if len(b) == mark {
			b = append(b, "null,"...)
			continue
		}
		some = true
	}
	if !some {
		return b[:start]
	}
	return e.close(b, ']')
}

// text appends s as a JSON string.
func (e *encoder) text(b []byte, s string) []byte {
	b = append(b, '"')
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
	if all&highs != 0 && !utf8.ValidString(s) {
		return e.fail(b, "text that is not UTF-8")
	}
	return append(b, '"')
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
