package fhir

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// scanner reads JSON tokens from one immutable copy of the input, so that strings without escapes are slices of it and cost
// no allocation. It is written for this codec: what it does not need, such as reading from a stream, it does not have.
type scanner struct {
	s string
	b []byte // the same bytes; never written
	i int    // position of the next byte
}

func newScanner(data []byte) scanner {
	s := string(data)
	return scanner{s: s, b: unsafe.Slice(unsafe.StringData(s), len(s))}
}

// space skips white space and returns the next byte without taking it; 0 at the end.
func (c *scanner) space() byte {
	for c.i < len(c.s) {
		switch b := c.s[c.i]; b {
		case ' ', '\n', '\r', '\t':
			c.i++
		default:
			return b
		}
	}
	return 0
}

// take skips white space and takes b if it is next.
func (c *scanner) take(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b || c.space() == b && c.i < len(c.s) {
		c.i++
		return true
	}
	return false
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain returns the number of bytes of b before the first quote, backslash or control character, eight at a time.
func plain(b []byte) int {
	n := 0
	for len(b)-n >= 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// A byte is found where the subtraction borrows and the byte itself has no high bit; a false hit can only follow a
		// true one, so the lowest is right.
		hit := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w) & highs
		if hit != 0 {
			return n + bits.TrailingZeros64(hit)>>3
		}
		n += 8
	}
	for n < len(b) && b[n] != '"' && b[n] != '\\' && b[n] >= 0x20 {
		n++
	}
	return n
}

// text takes a string; the opening quote is next. Escaped tells whether the result was built anew. What is not a string of
// FHIR is a fault that the second result names; it is empty for a good string.
func (c *scanner) text() (s, fault string) {
	start := c.i + 1
	n := plain(c.b[start:])
	end := start + n
	if end < len(c.s) && c.s[end] == '"' {
		c.i = end + 1
		return c.s[start:end], ""
	}
	return c.escaped(start, end)
}

// escaped takes a string with escapes: the plain part from start to end is read already.
func (c *scanner) escaped(start, end int) (string, string) {
	buf := make([]byte, 0, end-start+64)
	for {
		buf = append(buf, c.b[start:end]...)
		c.i = end
		if end >= len(c.s) {
			return "", "the string has no end"
		}
		switch ch := c.s[end]; {
		case ch == '"':
			c.i = end + 1
			return unsafe.String(unsafe.SliceData(buf), len(buf)), ""
		case ch < 0x20:
			return "", "a control character in a string must be escaped"
		}
		if end+1 >= len(c.s) {
			return "", "the string has no end"
		}
		start = end + 2
		switch ch := c.s[end+1]; ch {
		case '"', '\\', '/':
			buf = append(buf, ch)
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'b', 'f':
			return "", "control characters other than tab, line feed and carriage return are not allowed"
		case 'u':
			r, n := c.hex(end)
			switch {
			case n == 0:
				return "", "bad \\u escape"
			case r < 0x20 && r != '\n' && r != '\r' && r != '\t':
				return "", "control characters other than tab, line feed and carriage return are not allowed"
			}
			buf = utf8.AppendRune(buf, r)
			start = end + n
		default:
			return "", "bad escape"
		}
		end = start + plain(c.b[start:])
	}
}

// hex reads the \u escape, or the pair of them, that begins at position at. The length is 0 for a bad escape or half a pair.
func (c *scanner) hex(at int) (rune, int) {
	r, ok := c.hex4(at)
	if !ok {
		return 0, 0
	}
	if r < 0xD800 || r > 0xDFFF {
		return r, 6
	}
	low, ok := c.hex4(at + 6)
	if !ok || r > 0xDBFF || low < 0xDC00 || low > 0xDFFF {
		return 0, 0
	}
	return (r-0xD800)<<10 | (low - 0xDC00) + 0x10000, 12
}

func (c *scanner) hex4(at int) (rune, bool) {
	if at+6 > len(c.s) || c.s[at] != '\\' || c.s[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, ch := range c.b[at+2 : at+6] {
		r <<= 4
		switch {
		case ch >= '0' && ch <= '9':
			r |= rune(ch - '0')
		case ch >= 'a' && ch <= 'f':
			r |= rune(ch - 'a' + 10)
		case ch >= 'A' && ch <= 'F':
			r |= rune(ch - 'A' + 10)
		default:
			return 0, false
		}
	}
	return r, true
}

// word takes the literal w if it is next.
func (c *scanner) word(w string) bool {
	if len(c.s)-c.i >= len(w) && c.s[c.i:c.i+len(w)] == w {
		c.i += len(w)
		return true
	}
	return false
}

// number takes a JSON number and returns its literal; empty if there is none.
func (c *scanner) number() string {
	n := numberLength(c.s[c.i:])
	lit := c.s[c.i : c.i+n]
	c.i += n
	return lit
}

// resourceType looks ahead in the object that begins at the position and returns its resourceType without moving. The member
// may stand anywhere. Ok is false if the object ends without one; broken JSON is left for the decoder to report.
func (c *scanner) resourceType() (name string, ok bool) {
	const key = `"resourceType"`
	look := *c
	if !look.take('{') {
		return "", false
	}
	depth := 1
	expectKey := true
	for look.i < len(look.s) {
		b := look.space()
		switch b {
		case '{', '[':
			depth++
			expectKey = b == '{'
			look.i++
		case '}', ']':
			if depth--; depth == 0 {
				return "", false
			}
			expectKey = false
			look.i++
		case '"':
			if depth == 1 && expectKey && look.word(key) {
				if look.take(':') && look.space() == '"' {
					s, fault := look.text()
					return s, fault == ""
				}
				return "", false
			}
			if !look.skipText() {
				return "", false
			}
			expectKey = false
		case ',':
			expectKey = true
			look.i++
		default:
			look.i++
		}
	}
	return "", false
}

// skipText passes over a string; the opening quote is next.
func (c *scanner) skipText() bool {
	c.i++
	for {
		c.i += plain(c.b[min(c.i, len(c.b)):])
		if c.i >= len(c.s) {
			return false
		}
		switch c.s[c.i] {
		case '"':
			c.i++
			return true
		case '\\':
			c.i += 2
		default:
			return false
		}
	}
}
