package fhir

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// scanner reads JSON tokens from one copy of the input, so that strings without escapes are slices of it and cost no
// allocation. It is written for this codec: what it does not need, such as reading from a stream, it does not have.
//
// Methods take the position to read at and return the one behind, or -1 after a fault that they have noted. Positions travel
// in registers that way; kept in the struct they cost a fifth of the time.
type scanner struct {
	b []byte // the input and padding bytes of zero, which end every token; only escaped writes to it
	n int    // length of the input

	ahead int // bytes that resourceType has looked at

	at     int // where the fault is
	code   string
	detail string
}

// padding lets eight bytes be loaded at any position of the input and the one behind it.
const padding = 8

func newScanner(data []byte) scanner {
	b := make([]byte, len(data)+padding)
	copy(b, data)
	return scanner{b: b, n: len(data)}
}

// fail notes a fault; it always returns -1.
func (c *scanner) fail(at int, code, detail string) int {
	c.at, c.code, c.detail = at, code, detail
	return -1
}

// load8 returns eight bytes, the first in the lowest bits.
func (c *scanner) load8(i int) uint64 { return binary.LittleEndian.Uint64(c.b[i : i+8]) }

// space skips white space.
func (c *scanner) space(i int) int {
	for {
		switch c.b[i] {
		case ' ', '\n', '\r', '\t':
			i++
		default:
			return i
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of w that are quotes, backslashes or control characters in their highest bits. Flipping the second
// bit puts the quote (0x22) below 0x21 with the control characters and the blank above, so that one subtraction finds both. A
// mark is where a subtraction borrows and the byte itself has no high bit; a false one can only stand above a true one, so
// that the lowest is always right.
func special(w uint64) uint64 {
	low := (w ^ ones*0x02) - ones*0x21
	slash := (w ^ ones*'\\') - ones
	return (low | slash) &^ w & highs
}

// plain returns the position of the first quote, backslash or control character at or behind i. There is one: the padding.
func (c *scanner) plain(i int) int {
	for {
		if m := special(c.load8(i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
}

// text takes the string whose opening quote is at i.
func (c *scanner) text(i int) (string, int) {
	start := i + 1
	end := c.plain(start)
	if c.b[end] == '"' {
		return c.slice(start, end), end + 1
	}
	return c.escaped(start, end)
}

// slice returns a part of the input as a string without copying it.
func (c *scanner) slice(start, end int) string {
	b := c.b[start:end]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

const badControl = "control characters other than tab, line feed and carriage return are not allowed"

// escaped takes a string with escapes; the plain part from start to end is read already. The result is built in the place of
// the escapes: it is never longer than they were, and nothing reads them again.
func (c *scanner) escaped(start, end int) (string, int) {
	to := end
	for {
		switch ch := c.b[end]; {
		case ch == '"':
			return c.slice(start, to), end + 1
		case end >= c.n || end+1 >= c.n:
			return "", c.fail(c.n, "structure", "the string has no end")
		case ch < ' ':
			return "", c.fail(end, "structure", "a control character in a string must be escaped")
		}
		switch ch := c.b[end+1]; ch {
		case '"', '\\', '/':
		case 'n':
			c.b[end+1] = '\n'
		case 'r':
			c.b[end+1] = '\r'
		case 't':
			c.b[end+1] = '\t'
		case 'b', 'f':
			return "", c.fail(end, "value", badControl)
		case 'u':
			r, n := c.hex(end)
			switch {
			case n == 0:
				return "", c.fail(end, "structure", `bad \u escape`)
			case r < ' ' && r != '\n' && r != '\r' && r != '\t':
				return "", c.fail(end, "value", badControl)
			}
			var buf [utf8.UTFMax]byte
			to += copy(c.b[to:], buf[:utf8.EncodeRune(buf[:], r)])
			if end += n; c.b[end] != '\\' {
				to, end = c.shift(to, end)
			}
			continue
		default:
			return "", c.fail(end, "structure", "bad escape")
		}
		c.b[to] = c.b[end+1]
		to++
		if end += 2; c.b[end] != '\\' { // escapes come in runs
			to, end = c.shift(to, end)
		}
	}
}

// shift moves the plain part that begins at from down to position to and returns the ends of both.
func (c *scanner) shift(to, from int) (int, int) {
	end := c.plain(from)
	return to + copy(c.b[to:], c.b[from:end]), end
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
	if at+6 > c.n || c.b[at] != '\\' || c.b[at+1] != 'u' {
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

// number takes the JSON number at i and returns its literal; empty if there is none.
func (c *scanner) number(i int) (string, int) {
	n := numberLength(c.slice(i, c.n))
	return c.slice(i, i+n), i + n
}

// literal reports whether w is at i.
func (c *scanner) literal(i int, w string) bool { return string(c.b[i:min(i+len(w), c.n)]) == w }

// resourceType looks ahead in the object that begins at i and returns its resourceType, which may stand anywhere. Ok is false
// if there is none; broken JSON is left for the decoder to report.
func (c *scanner) resourceType(i int) (name string, ok bool) {
	const key = `"resourceType"`
	start := i
	defer func() { c.ahead += i - start }()
	depth := 0
	expectKey := false
	for i < c.n {
		switch ch := c.b[i]; ch {
		case '{', '[':
			depth++
			expectKey = ch == '{'
			i++
		case '}', ']':
			if depth--; depth == 0 {
				return "", false
			}
			expectKey = false
			i++
		case '"':
			if depth == 1 && expectKey && c.literal(i, key) {
				if i = c.space(i + len(key)); c.b[i] != ':' {
					return "", false
				}
				if i = c.space(i + 1); c.b[i] != '"' {
					return "", false
				}
				end := c.plain(i + 1)
				return c.slice(i+1, end), c.b[end] == '"'
			}
			if i = c.skipText(i); i < 0 {
				return "", false
			}
			expectKey = false
		case ',':
			expectKey = true
			i++
		default:
			i++
		}
	}
	return "", false
}

// skipText passes over the string whose opening quote is at i; -1 if it has no end.
func (c *scanner) skipText(i int) int {
	for i++; ; {
		i = c.plain(i)
		switch {
		case i >= c.n:
			return -1
		case c.b[i] == '"':
			return i + 1
		case c.b[i] == '\\':
			if i += 2; i > c.n {
				return -1
			}
		default:
			return -1
		}
	}
}
