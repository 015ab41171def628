package httpd

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is the length in bytes below which an answer is sent as it is: it fits into a packet anyway.
const minCompressed = 1400

var (
	gzipCoding = []string{"gzip"}
	varies     = []string{"Accept, Accept-Encoding"}
)

// compressible reports whether answers below a path may be compressed: those of the APIs and their documents. Pages and the
// answers of the authorization server hold secrets beside what others choose, from whose length the secrets could be guessed.
func compressible(path string) bool {
	return strings.HasPrefix(path, "/apis/") || strings.HasPrefix(path, "/swagger/") || isFHIR(path)
}

// acceptsGzip reports whether a client takes gzip. RFC 9110 §12.5.3
func acceptsGzip(values []string) bool {
	any := false
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			switch coding, q, _ := mediaRange(part); coding {
			case "gzip", "x-gzip":
				return q > 0
			case "*":
				any = q > 0
			}
		}
	}
	return any
}

// compressor compresses an answer if that is worth it, which shows when its header is sent. Close ends the answer.
type compressor struct {
	http.ResponseWriter
	out     *gzip.Writer // nil: the answer is sent as it is
	decided bool
}

// gzipWriters are those of a package that takes two thirds of the standard library's time for the same length.
var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level exists
	return w
}}

// WriteHeader implements [http.ResponseWriter].
func (c *compressor) WriteHeader(status int) {
	if !c.decided && status >= http.StatusOK {
		c.decided = true
		if h := c.Header(); worthCompressing(h, status) {
			delete(h, "Content-Length")
			h["Content-Encoding"] = gzipCoding
			if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
				h.Set("ETag", "W/"+tag) // the same content in other bytes: RFC 9110 §8.8.1
			}
			c.out = gzipWriters.Get().(*gzip.Writer) // the pool holds nothing else
			c.out.Reset(c.ResponseWriter)
		}
	}
	c.ResponseWriter.WriteHeader(status)
}

// worthCompressing reports whether an answer is text, long enough or of unknown length, and not compressed yet.
func worthCompressing(h http.Header, status int) bool {
	if status == http.StatusNoContent || status == http.StatusNotModified || status == http.StatusPartialContent || h.Get("Content-Encoding") != "" {
		return false
	}
	if length := h.Get("Content-Length"); length != "" {
		if n, err := strconv.ParseInt(length, 10, 64); err != nil || n < minCompressed {
			return false
		}
	}
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch media {
	case "application/fhir+json", "application/json", "application/fhir+xml", "application/xml", "application/fhir+ndjson", "application/javascript", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(media, "text/")
}

// Write implements [http.ResponseWriter].
func (c *compressor) Write(b []byte) (int, error) {
	if !c.decided {
		c.WriteHeader(http.StatusOK)
	}
	if c.out != nil {
		return c.out.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher].
func (c *compressor) Flush() {
	if c.out != nil {
		_ = c.out.Flush() // the client may have left
	}
	_ = http.NewResponseController(c.ResponseWriter).Flush()
}

// Unwrap is for [http.ResponseController].
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Close ends a compressed answer.
func (c *compressor) Close() {
	if c.out == nil {
		return
	}
	_ = c.out.Close() // the client may have left
	c.out.Reset(nil)
	gzipWriters.Put(c.out)
	c.out = nil
}
