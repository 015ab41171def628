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

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, 8<<10)
	return &b
}}

// maxKept is the largest buffer that goes back to the pool.
const maxKept = 128 << 10

// respond writes an answer. A short one is sent with its length in one write; a long one as it is produced.
func (o output) respond(w http.ResponseWriter, a *interaction.Answer) {
	h := w.Header()
	if a.Version != nil {
		h["Etag"] = []string{interaction.ETag(a.Version.VID)}
		h["Last-Modified"] = []string{a.Version.Updated.UTC().Format(http.TimeFormat)}
	}
	if a.Location != "" {
		h["Location"] = []string{o.base + "/" + a.Location}
	}
	if a.Allow != "" {
		h.Set("Allow", a.Allow)
	}
	if a.Body == nil {
		w.WriteHeader(a.Status)
		return
	}
	h["Content-Type"] = fhirType
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	lw := &lengthWriter{w: w, status: a.Status}
	sink := interaction.NewSink(lw, *buf)
	if o.pretty {
		sink = interaction.NewSink(nil, *buf)
	}
	a.Body.Write(sink)
	if o.pretty {
		var b bytes.Buffer
		if json.Indent(&b, sink.Buf, "", "  ") == nil {
			sink.Buf = append(sink.Buf[:0], b.Bytes()...)
		}
		lw.last(sink.Buf)
	} else if !lw.began {
		lw.last(sink.Buf)
	} else {
		_ = sink.Close() // the client may have left
	}
	if cap(sink.Buf) <= maxKept {
		*buf = sink.Buf[:0]
		buffers.Put(buf)
	}
}

var fhirType = []string{fhirJSON}

// lengthWriter sends the header before the first block, with the length if that is the only one.
type lengthWriter struct {
	w      http.ResponseWriter
	status int
	began  bool
}

// Write implements [io.Writer] for the blocks of a long answer.
func (l *lengthWriter) Write(b []byte) (int, error) {
	if !l.began {
		l.began = true
		l.w.WriteHeader(l.status)
	}
	return l.w.Write(b)
}

// last sends an answer that is complete.
func (l *lengthWriter) last(b []byte) {
	l.w.Header()["Content-Length"] = []string{strconv.Itoa(len(b))}
	l.w.WriteHeader(l.status)
	_, _ = l.w.Write(b) // the client may have left
}
