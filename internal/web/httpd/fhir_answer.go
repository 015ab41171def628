package httpd

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"chartwright/internal/care/interaction"
	"chartwright/internal/fault"
)

// output is the form in which the caller wants the answer.
type output struct {
	pretty bool
	base   string
}

// negotiate reads Accept and the parameters that shape the answer: _format, _pretty, and for other interactions than search
// _summary and _elements.
//
// Errors: NotAcceptable if the caller wants something else than JSON; Invalid for a bad _summary.
//
// https://hl7.org/fhir/R4/http.html#mime-type
func negotiate(r *http.Request, c *interaction.Call) (output, error) {
	out := output{base: c.Base}
	format, summary := "", ""
	var elements []string
	for _, p := range c.Params {
		switch p.Name {
		case "_format":
			format = p.Value
		case "_pretty":
			out.pretty = p.Value == "true"
		case "_summary":
			summary = p.Value
		case "_elements":
			elements = append(elements, strings.Split(p.Value, ",")...)
		}
	}
	switch {
	case format != "":
		if f := mediaOf(strings.ReplaceAll(format, " ", "+")); f != "json" && !isJSON(f) {
			return out, fault.New(fault.NotAcceptable, "httpd.accept", "this server speaks application/fhir+json")
		}
	case !accepts(r.Header["Accept"]):
		return out, fault.New(fault.NotAcceptable, "httpd.accept", "this server speaks application/fhir+json")
	}
	if summary == "" && elements == nil {
		return out, nil
	}
	var err error
	c.Shape, err = interaction.ShapeOf(summary, elements)
	return out, err
}

// accepts reports whether one of the media ranges of Accept takes JSON. Browsers, which ask for HTML and */*, get JSON.
func accepts(values []string) bool {
	if len(values) == 0 {
		return true
	}
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			media, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
			media = strings.ToLower(strings.TrimSpace(media))
			if q := strings.ReplaceAll(rest, " ", ""); strings.HasPrefix(q, "q=0") && strings.Trim(q[3:], ".0") == "" {
				continue
			}
			if media == "" || media == "*/*" || media == "application/*" || isJSON(media) {
				return true
			}
		}
	}
	return false
}

var senders = sync.Pool{New: func() any {
	s := &sender{}
	s.sink.Buf = make([]byte, 0, 8<<10)
	return s
}}

// maxKept is the largest buffer that goes back to the pool.
const maxKept = 128 << 10

// respond writes an answer. A short one is sent with its length in one write; a long one as it is produced.
func (o output) respond(x *exchange, w http.ResponseWriter, a *interaction.Answer) {
	if a.Version != nil {
		x.set("Etag", interaction.ETag(a.Version.VID))
		x.set("Last-Modified", a.Version.Updated.UTC().Format(http.TimeFormat))
	}
	if a.Location != "" {
		x.set("Location", o.base+"/"+a.Location)
	}
	if a.Allow != "" {
		x.set("Allow", a.Allow)
	}
	if a.Body == nil {
		w.WriteHeader(a.Status)
		return
	}
	w.Header()["Content-Type"] = fhirType
	s := senders.Get().(*sender) //nolint:forcetypeassert // the pool holds nothing else
	s.x, s.w, s.status, s.began = x, w, a.Status, false
	s.sink = *interaction.NewSink(s, s.sink.Buf)
	if o.pretty {
		s.sink = *interaction.NewSink(nil, s.sink.Buf)
	}
	a.Body.Write(&s.sink)
	switch {
	case o.pretty:
		var b bytes.Buffer
		if json.Indent(&b, s.sink.Buf, "", "  ") != nil {
			b.Write(s.sink.Buf)
		}
		s.last(b.Bytes())
	case s.began:
		_ = s.sink.Close() // the client may have left
	default:
		s.last(s.sink.Buf)
	}
	if cap(s.sink.Buf) <= maxKept {
		s.x, s.w = nil, nil
		senders.Put(s)
	}
}

var fhirType = []string{fhirJSON}

// sender sends the header before the first block of a body, with the length if that block is the only one.
type sender struct {
	x      *exchange
	w      http.ResponseWriter
	status int
	began  bool
	sink   interaction.Sink
}

// Write implements [io.Writer] for the blocks of a long answer.
func (s *sender) Write(b []byte) (int, error) {
	if !s.began {
		s.began = true
		s.w.WriteHeader(s.status)
	}
	return s.w.Write(b)
}

// last sends an answer that is complete.
func (s *sender) last(b []byte) {
	s.x.set("Content-Length", strconv.Itoa(len(b)))
	s.w.WriteHeader(s.status)
	_, _ = s.w.Write(b) // the client may have left
}
