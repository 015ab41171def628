// Package framing makes sure that a request over HTTP/1 has one length: nobody in front of the server must see another end of it than
// the server does.
//
// A request with Content-Length beside Transfer-Encoding, or with Transfer-Encoding under HTTP/1.0, is how requests are smuggled past
// a proxy. net/http obeys Transfer-Encoding and forgets that there was the other (RFC 9112 §6.1 leaves that to servers, and "ought to be
// handled as an error"), so that a handler cannot tell. [Listener] looks at the bytes on their way to net/http and spoils the second of
// the two fields: it loses its colon, and net/http answers 400 and closes the connection, in its own time and after whatever it was
// asked before. Nothing else is changed, parsed for others, or held back, and nothing is allocated for a request.
//
// HTTP/2 has frames of its own and passes by.
package framing

import (
	"bytes"
	"math"
)

// most is beyond all lengths, and leaves room for one more digit.
const most = math.MaxInt / 32

// scanner follows the requests of one connection, as far as it takes to know where heads and bodies begin.
type scanner struct {
	state     state
	remaining int  // bytes of the body or chunk
	size      int  // Content-Length, or the size of the chunk, as far as its digits are read
	last      byte // of the line so far

	name  [len("transfer-encoding")]byte // of the field so far, in small letters
	named int                            // its length; more than fits = another field

	old            bool // the request is not HTTP/1.1
	length, coding bool // the fields that were seen
	counting       bool // the value is that of Content-Length
}

type state uint8

const (
	before   state = iota // a request; empty lines are skipped
	request               // line
	field                 // at the start of a line of the head
	name                  // of a field
	value                 // of a field
	body                  // of a known length
	chunk                 // its size
	behind                // the size of a chunk, up to the end of the line
	data                  // of a chunk with its line end
	trailer               // at the start of a line
	trailing              // in such a line
)

// pass follows p, which is what came next on the connection, and spoils in it what must not be.
func (s *scanner) pass(p []byte) {
	for i := 0; i < len(p); {
		switch s.state {
		case body, data:
			i += s.skip(len(p) - i)
		case request, value, behind, trailing:
			i = s.line(p, i)
		default:
			s.step(p, i)
			i++
		}
	}
}

// skip passes over up to n bytes of a body and returns how many.
func (s *scanner) skip(n int) int {
	if n < s.remaining {
		s.remaining -= n
		return n
	}
	n, s.remaining = s.remaining, 0
	if s.state == body {
		s.state = before
	} else {
		s.state, s.size = chunk, 0
	}
	return n
}

// line passes over the rest of a line, of which little matters, and returns where it ends in p.
func (s *scanner) line(p []byte, i int) int {
	part := p[i:]
	end := bytes.IndexByte(part, '\n')
	if end >= 0 {
		part = part[:end]
	}
	if s.state == request {
		if part = bytes.TrimSuffix(part, []byte{'\r'}); len(part) > 0 {
			s.last = part[len(part)-1]
		}
	} else if s.counting {
		for _, c := range part {
			if c >= '0' && c <= '9' {
				s.size = min(s.size*10+int(c-'0'), most)
			}
		}
	}
	if end < 0 {
		return len(p)
	}
	s.lineEnd()
	return i + end + 1
}

func (s *scanner) lineEnd() {
	switch s.state {
	case request:
		s.old = s.last == '0' // HTTP/1.0
		s.state = field
	case value:
		s.state = field
	case behind:
		if s.state = data; s.size == 0 {
			s.state = trailer
		}
		s.remaining = s.size + len("\r\n")
	case trailing:
		s.state = trailer
	}
}

// step passes one byte where every one matters.
func (s *scanner) step(p []byte, i int) {
	c := p[i]
	switch s.state {
	case before:
		if c != '\r' && c != '\n' {
			*s = scanner{state: request, last: c}
		}
	case field:
		switch c {
		case '\r':
		case '\n':
			s.headEnd()
		case ' ', '\t': // the value before goes on
			s.state = value
		case 'C', 'c', 'T', 't':
			s.state, s.named, s.counting = name, 0, false
			s.letter(c)
		default: // neither of the two
			s.state, s.counting = value, false
		}
	case name:
		switch c {
		case ':':
			if s.state = value; s.ambiguous() {
				p[i] = 0
			}
		case '\n': // no field; net/http refuses the request
			s.state = field
		default:
			s.letter(c)
		}
	case chunk:
		if digit, ok := hex(c); ok {
			s.size = min(s.size<<4|digit, most)
			return
		}
		if s.state = behind; c == '\n' {
			s.lineEnd()
		}
	case trailer:
		switch c {
		case '\r':
		case '\n':
			s.state = before
		default:
			s.state = trailing
		}
	}
}

func (s *scanner) letter(c byte) {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	if s.named < len(s.name) {
		s.name[s.named] = c
	}
	s.named++
}

// ambiguous takes note of the field whose name has just ended, and reports whether there must not be one.
func (s *scanner) ambiguous() bool {
	if s.named > len(s.name) {
		return false
	}
	switch string(s.name[:s.named]) {
	case "content-length":
		s.length, s.counting, s.size = true, true, 0
		return s.coding
	case "transfer-encoding":
		s.coding = true
		return s.length || s.old
	}
	return false
}

func (s *scanner) headEnd() {
	switch {
	case s.coding:
		s.state, s.size, s.counting = chunk, 0, false
	case s.length && s.size > 0:
		s.state, s.remaining = body, s.size
	default:
		s.state = before
	}
}

func hex(c byte) (digit int, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0'), true
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10, true
	}
	return 0, false
}
