package framing

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// serve starts a server behind a [Listener] and returns its address and what it was asked, request by request.
func serve(t *testing.T, conf *tls.Config) (address string, asked chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan string, 100)
	s := &http.Server{TLSConfig: conf, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- fmt.Sprintf("%s %s %s tls=%t", r.Method, r.URL.Path, body, r.TLS != nil)
		_, _ = io.WriteString(w, r.Proto)
	})}
	stopped := make(chan error)
	go func() { stopped <- s.Serve(Listener(l, conf)) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-stopped; err != http.ErrServerClosed { //nolint:errorlint // documented sentinel
			t.Error(err)
		}
	})
	return l.Addr().String(), asked
}

func certified(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	server = &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}}
	return server, &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com"}
}

// TestTwoLengthsAreRefused is PARSE-28: a request that a proxy may see another end of than the server does is answered 400, the
// connection closes, and nothing that follows on it is looked at. RFC 9112 §6.1, §6.3.
func TestTwoLengthsAreRefused(t *testing.T) {
	t.Parallel()
	server, client := certified(t)
	const follows = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, tc := range map[string]struct {
		sent     string
		statuses string // of the answers
		asked    string // of the handler, the last time
	}{
		"length, then chunked":      {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + follows, "400", ""},
		"chunked, then length":      {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + follows, "400", ""},
		"in other letters":          {"POST /a HTTP/1.1\r\nHost: x\r\ncONTENT-lENGTH: 4\r\ntRANSFER-eNCODING: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		"with bare line feeds":      {"POST /a HTTP/1.1\nHost: x\nContent-Length: 4\nTransfer-Encoding: chunked\n\n0\r\n\r\n", "400", ""},
		"a length of nothing":       {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		"on two lines":              {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 4\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400", ""},
		"chunked by HTTP/1.0":       {"POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + follows, "400", ""},
		"after a good request":      {"GET /first HTTP/1.1\r\nHost: x\r\n\r\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + follows, "200 400", "GET /first "},
		"after a body":              {"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 400", "POST /first hi"},
		"after chunks":              {"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nA: b\r\n\r\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 400", "POST /first hi"},
		"good: a length":            {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", "200", "POST /a hi"},
		"good: chunks":              {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "200", "POST /a 0123456789"},
		"good: a body that says so": {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nConnection: close\r\n\r\n\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "200", "POST /a \nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"},
		"good: names like theirs":   {"GET /a HTTP/1.1\r\nHost: x\r\nContent-Lengths: 4\r\nX-Transfer-Encoding: a\r\nContent-Length: 0\r\nTransfer-Encodings: b\r\nConnection: close\r\n\r\n", "200", "GET /a "},
		"good: one behind another":  {follows + "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200 200", "GET /a "},
	} {
		for _, over := range []string{"TCP", "TLS"} {
			for _, pieces := range []int{1 << 20, 1, 7} {
				t.Run(fmt.Sprintf("%s over %s in pieces of %d", name, over, pieces), func(t *testing.T) {
					t.Parallel()
					conf := server
					if over == "TCP" {
						conf = nil
					}
					address, asked := serve(t, conf)
					var c net.Conn
					var err error
					if conf == nil {
						c, err = net.Dial("tcp", address)
					} else {
						c, err = tls.Dial("tcp", address, client)
					}
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					go func() { // the server may close before it has read all
						for rest := tc.sent; rest != ""; {
							n := min(pieces, len(rest))
							_, _ = io.WriteString(c, rest[:n])
							rest = rest[n:]
						}
					}()
					var statuses []string
					for r := bufio.NewReader(c); ; {
						a, err := http.ReadResponse(r, nil)
						if err != nil {
							break // closed
						}
						statuses = append(statuses, fmt.Sprint(a.StatusCode))
						_, _ = io.Copy(io.Discard, a.Body)
					}
					last := ""
					for len(asked) > 0 {
						last = <-asked
					}
					want := tc.asked
					if want != "" {
						want += fmt.Sprintf(" tls=%t", conf != nil)
					}
					if got := strings.Join(statuses, " "); got != tc.statuses || last != want {
						t.Errorf("answers %q, want %q; the last that was asked is %q, want %q", got, tc.statuses, last, want)
					}
				})
			}
		}
	}
}

func TestHTTP2PassesBy(t *testing.T) {
	t.Parallel()
	server, client := certified(t)
	address, asked := serve(t, server)
	for _, proto := range []string{"HTTP/2.0", "HTTP/1.1"} {
		h := &http.Client{Transport: &http.Transport{TLSClientConfig: client.Clone(), ForceAttemptHTTP2: proto == "HTTP/2.0"}}
		a, err := h.Post("https://"+address+"/a", "text/plain", strings.NewReader("hi"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || string(body) != proto || <-asked != "POST /a hi tls=true" {
			t.Errorf("%s: %s, %v", proto, body, err)
		}
		h.CloseIdleConnections()
	}
}

func TestWhoeverDoesNotSpeakTLSIsTold(t *testing.T) {
	t.Parallel()
	server, _ := certified(t)
	address, _ := serve(t, server)
	a, err := http.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if body, _ := io.ReadAll(a.Body); a.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "HTTPS server") {
		t.Errorf("%d %s", a.StatusCode, body)
	}
}

// heads cuts the heads of the requests out of a stream, as net/http finds them.
func heads(stream []byte) (heads [][]byte, whole bool) {
	from := bytes.NewReader(stream)
	r := bufio.NewReaderSize(from, 1<<16)
	at := func() int { return len(stream) - from.Len() - r.Buffered() }
	for {
		start := at()
		q, err := http.ReadRequest(r)
		if err != nil {
			return heads, err == io.EOF //nolint:errorlint // documented sentinel
		}
		heads = append(heads, stream[start:at()])
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return heads, false
		}
	}
}

// ambiguous reports whether a head has both lengths, or one that its version does not know.
func ambiguous(head []byte) bool {
	line, rest, _ := bytes.Cut(head, []byte("\n"))
	fields := bytes.ToLower(append([]byte("\n"), rest...))
	coding := bytes.Contains(fields, []byte("\ntransfer-encoding:"))
	return coding && (bytes.Contains(fields, []byte("\ncontent-length:")) || bytes.HasSuffix(bytes.TrimSpace(line), []byte("HTTP/1.0")))
}

// FuzzFraming compares the scanner with net/http: what has one length passes unchanged, and net/http finds no request that has two.
func FuzzFraming(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.0\nContent-Length: 1\n\nx",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\ntransfer-encoding:\r\n chunked\r\n\r\nabc",
		"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\n\r\n",
	} {
		f.Add([]byte(seed), 5)
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		if len(stream) > 1<<15 || piece < 1 {
			t.Skip()
		}
		passed, s := bytes.Clone(stream), scanner{}
		for rest := passed; len(rest) > 0; {
			n := min(piece, len(rest))
			s.pass(rest[:n])
			rest = rest[n:]
		}
		after, _ := heads(passed)
		for _, h := range after {
			if ambiguous(h) {
				t.Errorf("net/http takes %q out of %q", h, stream)
			}
		}
		before, whole := heads(stream)
		if slices.ContainsFunc(before, ambiguous) {
			return
		}
		if whole && !bytes.Equal(passed, stream) {
			t.Errorf("%q became %q", stream, passed)
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	request := []byte("GET /apis/default/fhir/Patient/123 HTTP/1.1\r\nHost: ehr.example.org\r\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu\r\n" +
		"Accept: application/fhir+json\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n\r\n")
	var s scanner
	b.SetBytes(int64(len(request)))
	for b.Loop() {
		s.pass(request)
	}
}
