package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/web/httpd"
)

// Frames of HTTP/2. RFC 9113 §6.
const (
	frameHeaders, frameReset, frameSettings, framePing, frameGoAway, frameContinuation = 1, 3, 4, 6, 7, 9

	endStream, endHeaders = 1, 4
)

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// get is the head of a GET of / by https, out of the static table of HPACK.
var get = []byte{0x82, 0x84, 0x87, 0x01, 1, 'x'}

// TestFloodsOfHTTP2 is PARSE-27: whoever floods a connection with frames loses it, and keeps no more requests under way meanwhile than the
// server allows; others are served.
func TestFloodsOfHTTP2(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		frames int
		flood  func(i int) []byte
		stays  bool // nothing of it piles up: what is too much is refused one by one, or answered once
	}{
		"requests that are taken back": {200_000, func(i int) []byte {
			return append(frame(frameHeaders, endStream|endHeaders, stream(i), get), frame(frameReset, 0, stream(i), []byte{0, 0, 0, 8})...)
		}, false},
		"requests beyond the limit": {10_000, func(i int) []byte { return frame(frameHeaders, endStream|endHeaders, stream(i), get) }, true},
		"a head without end": {20_000, func(i int) []byte {
			if i == 0 {
				return frame(frameHeaders, endStream, 1, get)
			}
			return frame(frameContinuation, 0, 1, append([]byte{0x00, 1, 'a', 127, 129, 30}, bytes.Repeat([]byte{'b'}, 4096)...))
		}, false},
		"pings":    {2_000_000, func(int) []byte { return frame(framePing, 0, 0, make([]byte, 8)) }, false},
		"settings": {10_000, func(int) []byte { return frame(frameSettings, 0, 0, []byte{0, 1, 0, 0, 0, 0}) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var running, most atomic.Int32
			release := make(chan struct{})
			address := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Good") != "" {
					return
				}
				n := running.Add(1)
				for m := most.Load(); n > m; m = most.Load() {
					most.CompareAndSwap(m, n)
				}
				<-release // as a slow request does, that does not hear that it was taken back
				running.Add(-1)
			})
			t.Cleanup(func() { close(release) })
			plain, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			// What the server answers must not find room below it.
			if err := plain.(*net.TCPConn).SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
			c := tls.Client(plain, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(await.Patience))
			if _, err := c.Write(append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(frameSettings, 0, 0, nil)...)); err != nil {
				t.Fatal(err)
			}
			lost := tc.stays
			for i := 0; i < tc.frames && (!lost || tc.stays); i += 50 { // nothing is read, so that answers pile up
				var some []byte
				for j := range 50 {
					some = append(some, tc.flood(i+j)...)
				}
				if _, err := c.Write(some); err != nil {
					lost = lost || !timedOut(err)
					break
				}
			}
			if !lost {
				_, err := io.Copy(io.Discard, c)
				lost = !timedOut(err)
			}
			if !lost {
				t.Error("the connection is open after the flood")
			}
			if m := most.Load(); m > 100 {
				t.Errorf("%d requests were under way", m)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Good", "yes")
			other := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			defer other.CloseIdleConnections()
			a, err := other.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			if a.StatusCode != http.StatusOK || a.ProtoMajor != 2 {
				t.Errorf("another client gets %s over %s", a.Status, a.Proto)
			}
		})
	}
}

func stream(i int) uint32 { return uint32(2*i + 1) }

func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func serveHTTP2(t *testing.T, handle http.HandlerFunc) (address string) {
	t.Helper()
	conf, err := tlsConfig(config.Serve{Store: config.Store{Data: t.TempDir()}, Listen: "127.0.0.1:0", TLS: "auto"}, "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{server: httpd.Server(handle, slog.New(slog.DiscardHandler)), listener: l}
	s.server.TLSConfig = conf
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- run(ctx, []*serving{s}, 0, func() {}) }()
	t.Cleanup(func() {
		stop()
		<-stopped
	})
	return l.Addr().String()
}
