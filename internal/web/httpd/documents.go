package httpd

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"chartwright/internal/care/interaction"
	"chartwright/internal/kept"
)

// maxDocuments bounds the written documents that a process keeps, in bytes.
const maxDocuments = 32 << 20

// documents keeps parts of this program as they were written: the CapabilityStatement is long, and everybody asks for it first. What
// a site changes in it changes its tag.
type documents = kept.Store[documentForm, []byte]

// documentForm names bytes by all that they are made from.
type documentForm struct {
	tag                 string
	xml, pretty, zipped bool
}

func newDocuments() *documents { return kept.New[documentForm, []byte](maxDocuments) }

// respondDocument sends a document that has a tag.
func (o output) respondDocument(x *exchange, w http.ResponseWriter, a *interaction.Answer) {
	form := documentForm{a.Tag, o.xml, o.pretty, o.zipped != nil}
	body, ok := o.documents.Get(form)
	if !ok {
		body = o.written(a.Body)
		if form.zipped && len(body) >= minCompressed {
			body = zipOf(body)
		}
		o.documents.Put(form, body, len(body))
	}
	h := w.Header()
	if h["Content-Type"] = fhirType; o.xml {
		h["Content-Type"] = []string{fhirXML}
	}
	if bytes.HasPrefix(body, gzipMagic) {
		h["Content-Encoding"] = gzipCoding
	}
	x.set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // the client may have left
}

// gzipMagic begins what is compressed, and nothing else: JSON and XML are text. RFC 1952 §2.3.1
var gzipMagic = []byte{0x1f, 0x8b}

// written is a body in the form that the caller wants, not compressed.
func (o output) written(b interaction.Body) []byte {
	sink := interaction.NewSink(nil, nil)
	b.Write(sink)
	switch {
	case o.xml:
		body, err := toXML(sink.Buf, o.pretty)
		if err != nil {
			panic(err) // what this server writes it can read
		}
		return body
	case o.pretty:
		return prettied(sink.Buf)
	}
	return bytes.Clone(sink.Buf)
}

// zipOf compresses what is kept for many.
func zipOf(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}
