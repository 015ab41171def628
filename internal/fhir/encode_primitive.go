package fhir

import (
	"encoding/binary"
	"math/bits"
	"slices"
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
		return e.text(b, (*String)(p).V)
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

// slack is the room that text needs beside the bytes of the string: quotes, comma, and the rest of the word stored last.
const slack = 16

// text appends s as a JSON string with the comma behind it. It copies and checks eight bytes at a time.
func (e *encoder) text(b []byte, s string) []byte {
	n := len(b)
	if cap(b)-n < len(s)+slack {
		b = slices.Grow(b, len(s)+slack)
	}
	src, dst := unsafe.Pointer(unsafe.StringData(s)), unsafe.Pointer(unsafe.SliceData(b))
	*(*byte)(unsafe.Add(dst, n)) = '"'
	n++
	i := 0
	var all uint64 // every byte seen, or-ed
	for len(s)-i >= 8 {
		w := loadWord(unsafe.Add(src, i))
		if special(w) != 0 {
			return e.escaped(b[:n], s, i)
		}
		storeWord(unsafe.Add(dst, n), w)
		all |= w
		i += 8
		n += 8
	}
	if k := len(s) - i; k > 0 {
		w := tail(src, i, k)
		if special(w)&(1<<(8*k)-1) != 0 {
			return e.escaped(b[:n], s, i)
		}
		storeWord(unsafe.Add(dst, n), w)
		all |= w
		n += k
	}
	*(*byte)(unsafe.Add(dst, n)) = '"'
	*(*byte)(unsafe.Add(dst, n+1)) = ','
	b = b[:n+2]
	if all&highs != 0 && !utf8.ValidString(s) {
		return e.fail(b, "text that is not UTF-8")
	}
	return b
}

// tail returns the last k bytes, one to seven, of the string at src, which begin at i; above them is zero.
func tail(src unsafe.Pointer, i, k int) uint64 {
	switch {
	case i > 0:
		return loadWord(unsafe.Add(src, i+k-8)) >> (64 - 8*k)
	case k >= 4:
		lo := binary.LittleEndian.Uint32((*[4]byte)(src)[:])
		hi := binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(src, k-4))[:])
		return uint64(lo) | uint64(hi)<<(8*(k-4))
	}
	first, mid, last := *(*byte)(src), *(*byte)(unsafe.Add(src, k>>1)), *(*byte)(unsafe.Add(src, k-1))
	return uint64(first) | uint64(mid)<<(8*(k>>1)) | uint64(last)<<(8*(k-1))
}

func loadWord(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }

func storeWord(p unsafe.Pointer, w uint64) { binary.LittleEndian.PutUint64((*[8]byte)(p)[:], w) }

// escaped appends the rest of s from i on, which has something to escape.
func (e *encoder) escaped(b []byte, s string, i int) []byte {
	n := len(b)
	for i < len(s) {
		if len(s)-i >= 8 {
			if cap(b)-n < len(s)-i+slack {
				b = slices.Grow(b[:n], 2*(len(s)-i)+slack)
			}
			w := load8(s, i)
			storeWord(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), n), w)
			m := special(w)
			if m == 0 {
				i += 8
				n += 8
				continue
			}
			k := bits.TrailingZeros64(m) >> 3
			i += k
			n += k
		}
		// What needs an escape comes in runs, such as the line breaks and tabs of a narrative.
		for ; i < len(s); i++ {
			esc := escapes[s[i]]
			if esc == 0 {
				if len(s)-i >= 8 {
					break
				}
				esc = uint64(s[i]) | 1<<56
			}
			if cap(b)-n < len(s)-i+slack {
				b = slices.Grow(b[:n], 2*(len(s)-i)+slack)
			}
			storeWord(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), n), esc)
			n += int(esc >> 56)
		}
	}
	b = append(b[:n], '"', ',')
	if !utf8.ValidString(s) {
		return e.fail(b, "text that is not UTF-8")
	}
	return b
}

// escapes are the bytes to write for a character that needs an escape, the first in the lowest bits, and their number in the
// highest; zero for all others.
var escapes = func() (table [256]uint64) {
	const hex = "0123456789abcdef"
	put := func(c byte, esc string) { table[c] = headOf(esc) | uint64(len(esc))<<56 }
	for c := range byte(' ') {
		put(c, `\u00`+hex[c>>4:c>>4+1]+hex[c&15:c&15+1])
	}
	put('\n', `\n`)
	put('\r', `\r`)
	put('\t', `\t`)
	put('"', `\"`)
	put('\\', `\\`)
	return table
}()
