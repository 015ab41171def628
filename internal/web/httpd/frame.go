package httpd

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"chartwright/internal/care/record"
	"chartwright/internal/fault"
)

// maxURL bounds a request's path and query in bytes. Longer searches go by POST.
const maxURL = 8 << 10

// bodyTime is how long the body of a request may take to arrive, whatever its size.
const bodyTime = 2 * time.Minute

// answerTime is how long an answer may take to arrive. What streams for longer extends it.
const answerTime = 10 * time.Minute

// frame is around every request.
type frame struct {
	next   http.Handler
	server *server
}

// exchange is what the frame knows about one request.
type exchange struct {
	record.Origin
	budget budget
	site   string
	door   string // which API answers, for the log and the metrics
	zips   bool   // the client takes gzip, and the answer may be compressed

	http.ResponseWriter
	admitted
	status int
	wait   time.Duration // before the caller should ask again; 0 = a moment

	// values holds the header values that set gives out, so that a response makes one allocation for all of them.
	values [8]string
	used   int
}

// set sets a header. The key is in its canonical form.
func (x *exchange) set(key, value string) {
	if x.used == len(x.values) {
		x.Header()[key] = []string{value}
		return
	}
	x.values[x.used] = value
	x.Header()[key] = x.values[x.used : x.used+1 : x.used+1]
	x.used++
}

type exchangeKey struct{}

// exchangeOf returns the exchange of a request that came through the frame.
func exchangeOf(r *http.Request) *exchange {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return &exchange{}
	}
	return x
}

// ServeHTTP implements [http.Handler].
func (f *frame) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, door: "other"}
	x.Time = f.server.Now()
	x.RequestID = requestID(r, f.server.NewID)
	x.Address = address(r)
	h := w.Header()
	x.set("X-Request-Id", x.RequestID)
	securityHeaders(h, r.TLS != nil)
	if compressible(r.URL.Path) {
		h["Vary"] = varies
		if acceptsGzip(r.Header["Accept-Encoding"]) {
			c := &compressor{ResponseWriter: w}
			x.ResponseWriter, x.zips = c, true
			defer c.Close()
		}
	}

	x.admissions = f.server.admissions
	defer x.end()
	defer f.after(x, r)
	if f.server.Stopping != nil && f.server.Stopping() {
		x.set("Connection", "close") // the next request is another one's
	}
	x.budget.begin(r, x, f.server.Times)
	defer x.budget.end()
	r = r.WithContext(record.WithOrigin(&x.budget, &x.Origin))
	if len(r.RequestURI) > maxURL {
		f.server.fail(x, r, fault.New(fault.URITooLong, "httpd.url", "the URL is longer than %d bytes; send a search by POST", maxURL))
		return
	}
	if !x.enter(r) {
		f.server.turnAway(x, r)
		return
	}
	deadlines(w, r)
	if r.ContentLength != 0 {
		r.Body = &arriving{ReadCloser: r.Body, x: x, ctx: r.Context(), length: r.ContentLength}
	}
	f.next.ServeHTTP(x, r)
}

// deadlines bounds how long a client may take to send its body and to take its answer. Connections live in real time,
// whatever the server's clock says; a writer that has no deadlines needs none.
func deadlines(w http.ResponseWriter, r *http.Request) {
	c, now := http.NewResponseController(w), time.Now()
	if r.ContentLength != 0 {
		_ = c.SetReadDeadline(now.Add(bodyTime))
	}
	_ = c.SetWriteDeadline(now.Add(answerTime))
}

// after recovers from a panic, logs and counts.
func (f *frame) after(x *exchange, r *http.Request) {
	s := f.server
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler { //nolint:errorlint // the documented sentinel value of net/http
			panic(p)
		}
		s.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", x.RequestID), slog.String("cause", fmt.Sprint(p)),
			slog.String("stack", string(debug.Stack())))
		if x.status != 0 {
			panic(http.ErrAbortHandler) // half an answer must not look like a whole one
		}
		s.fail(x, r, fault.New(fault.Internal, "httpd.panic", "panic"))
	}
	took := s.Now().Sub(x.Time)
	if s.Log.Enabled(r.Context(), slog.LevelInfo) {
		// Five attributes fit into a log record without an allocation, and nobody asks for the line of this source.
		line := slog.NewRecord(x.Time.Add(took), slog.LevelInfo, "request", 0)
		line.AddAttrs(slog.String("request", x.RequestID), slog.String("site", x.site),
			slog.String("operation", x.door+" "+r.Method+" "+x.Operation), slog.Int("status", x.status), slog.Duration("took", took))
		_ = s.Log.Handler().Handle(r.Context(), line)
	}
	if s.Observe != nil {
		s.Observe(x.door+" "+x.Operation, x.status, took)
	}
}

// WriteHeader implements [http.ResponseWriter].
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
		x.leave()
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
		x.leave()
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// Flush implements [http.Flusher].
func (x *exchange) Flush() { _ = http.NewResponseController(x.ResponseWriter).Flush() }

// requestID takes the id that a proxy gave the request, if it has the form of one, else makes one.
func requestID(r *http.Request, newID func() string) string {
	if id := r.Header.Get("X-Request-ID"); record.ValidID(id) {
		return id
	}
	return newID()
}

// address is where the request came from: the peer of the connection. Forwarding headers are not believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	deny       = []string{"DENY"}
	noStore    = []string{"no-store"}
	sandboxed  = []string{"default-src 'none'; frame-ancestors 'none'; sandbox"}
	hsts       = []string{"max-age=63072000; includeSubDomains"}
)

// securityHeaders are on every answer. Pages replace the Content-Security-Policy by their own.
func securityHeaders(h http.Header, tls bool) {
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	h["X-Frame-Options"] = deny
	h["Cache-Control"] = noStore
	h["Content-Security-Policy"] = sandboxed
	if tls {
		h["Strict-Transport-Security"] = hsts
	}
}

// isFHIR reports whether a path belongs to the FHIR API of some site, under its own name or an alias.
func isFHIR(path string) bool {
	if rest, ok := strings.CutPrefix(path, "/apis/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		api, _, _ := strings.Cut(rest, "/")
		return api == "fhir"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first == "r4" || first == "fhir" || first == "metadata"
}
