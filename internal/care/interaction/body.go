package interaction

import (
	"io"
	"strconv"

	"chartwright/internal/chart"
)

// Body is the content of an Answer: one JSON value.
type Body interface {
	// Write puts the value into s, spilling now and then if it is long.
	Write(s *Sink)
}

// spillAt is how much a Sink gathers before it passes it on.
const spillAt = 32 << 10

// Sink gathers JSON and passes it on in blocks, so that a long answer is never in memory as a whole.
type Sink struct {
	Buf []byte
	w   io.Writer // nil: keep everything
	err error
}

// NewSink returns a Sink over w that gathers in buf, which may be reused afterwards; a nil w keeps everything in Buf.
func NewSink(w io.Writer, buf []byte) *Sink { return &Sink{Buf: buf[:0], w: w} }

// Spill passes on what was gathered if it is much.
func (s *Sink) Spill() {
	if s.w != nil && len(s.Buf) >= spillAt {
		s.flush()
	}
}

// Close passes on the rest and returns the first error of the writer.
func (s *Sink) Close() error {
	if s.w != nil {
		s.flush()
	}
	return s.err
}

func (s *Sink) flush() {
	if s.err == nil && len(s.Buf) > 0 {
		_, s.err = s.w.Write(s.Buf)
	}
	s.Buf = s.Buf[:0]
}

// whole passes v on behind what was gathered: what is much, such as the CapabilityStatement, as it is and without a copy.
func (s *Sink) whole(v []byte) {
	if s.w == nil || len(v) < spillAt {
		s.Buf = append(s.Buf, v...)
		s.Spill()
		return
	}
	s.flush()
	if s.err == nil {
		_, s.err = s.w.Write(v)
	}
}

func (s *Sink) string(v string) { s.Buf = append(s.Buf, v...) }

func (s *Sink) quote(v string) { s.Buf = appendQuoted(s.Buf, v) }

// stored is the body of a version as stored, seen through a shape.
type stored struct {
	v     *chart.Version
	shape Shape
}

// Write implements [Body].
func (b stored) Write(s *Sink) {
	s.Buf = b.shape.append(s.Buf, b.v)
	s.Spill()
}

// Whole returns the version that the body of the answer is, with nothing left out; nil if it is anything else.
func (a *Answer) Whole() *chart.Version {
	if b, ok := a.Body.(stored); ok && b.shape.whole() {
		return b.v
	}
	return nil
}

// JSON is a body that is complete.
type JSON []byte

// Write implements [Body].
func (b JSON) Write(s *Sink) { s.whole(b) }

// appendQuoted appends v as a JSON string. v is valid UTF-8.
func appendQuoted(dst []byte, v string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := range len(v) {
		c := v[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, v[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		start = i + 1
	}
	return append(append(dst, v[start:]...), '"')
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
