package httpd

import (
	"net/http"
	"strconv"
	"sync"

	"chartwright/internal/care/interaction"
)

// output is the form in which the caller wants the answer.
type output struct {
	xml    bool
	pretty bool
	base   string
	file   bool            // the content of a Binary as it is, if the caller takes its media type; else in this form, or
	unless error           // not at all
	zipped *zippedVersions // nil: the client does not take gzip
	// documents are those that were written before.
	documents *documents
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
	if a.Tag != "" {
		x.set("Etag", a.Tag)
		x.set("Cache-Control", "no-cache") // it may be kept, and is asked about by its tag
	}
	if a.Location != "" {
		x.set("Location", o.base+"/"+a.Location)
	}
	if a.Allow != "" {
		x.set("Allow", a.Allow)
	}
	if a.ContentLocation != "" {
		x.set("Content-Location", o.base+"/"+a.ContentLocation)
	}
	if a.Progress != "" {
		x.set("X-Progress", a.Progress)
		x.set("Retry-After", "1")
	}
	if a.Body == nil {
		w.WriteHeader(a.Status)
		return
	}
	if a.Tag != "" {
		o.respondDocument(x, w, a)
		return
	}
	if o.xml {
		o.respondXML(x, w, a)
		return
	}
	w.Header()["Content-Type"] = fhirType
	if v := a.Whole(); v != nil && o.zipped != nil && !o.pretty && o.zipped.respond(x, w, a.Status, v) {
		return
	}
	s := senders.Get().(*sender) // the pool holds nothing else
	s.x, s.w, s.status, s.began = x, w, a.Status, false
	s.sink = *interaction.NewSink(s, s.sink.Buf)
	if o.pretty {
		s.sink = *interaction.NewSink(nil, s.sink.Buf)
	}
	a.Body.Write(&s.sink)
	switch {
	case o.pretty:
		s.last(prettied(s.sink.Buf))
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

// respondXML turns the answer into XML as a whole: pages are bounded, and XML is what old clients ask for.
func (o output) respondXML(x *exchange, w http.ResponseWriter, a *interaction.Answer) {
	body := o.written(a.Body)
	w.Header()["Content-Type"] = []string{fhirXML}
	x.set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // the client may have left
}

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
