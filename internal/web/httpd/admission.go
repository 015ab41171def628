package httpd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/web/admission"
)

const (
	// placesEach is how many requests are at work at once for each processor: enough to keep it busy while others wait for the database,
	// and few enough that all of them end in time.
	placesEach  = 128
	leastPlaces = 256
	// freely is the length up to which a body takes no room of those that are held at once.
	freely = 64 << 10
	// warnEvery is the time between two lines of the log about requests that were turned away.
	warnEvery = 10 * time.Second
)

// admissions is what the server takes on at once. What reads, what writes and the authorization server have places of their own, so that
// one of them that is stuck leaves the others alone. Probes need none: a server that is busy is not dead.
type admissions struct {
	reads, writes, authorization *admission.Gate
	bodies                       *admission.Memory
	warned                       atomic.Int64 // when, in nanoseconds
}

func newAdmissions(places int, bodies *admission.Memory) *admissions {
	if places == 0 {
		places = max(leastPlaces, placesEach*runtime.GOMAXPROCS(0))
	}
	if bodies == nil {
		bodies = admission.OfProcess()
	}
	return &admissions{
		reads: admission.NewGate(places), writes: admission.NewGate(places), authorization: admission.NewGate(places), bodies: bodies,
	}
}

// gate returns the one that a request passes; nil = none.
func (a *admissions) gate(r *http.Request) *admission.Gate {
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, "/health/"):
		return nil
	case strings.HasPrefix(path, "/oauth2/"):
		return a.authorization
	case r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions:
		return a.reads
	}
	return a.writes
}

// admitted is what a request holds of the server.
type admitted struct {
	*admissions
	gate   *admission.Gate
	inside bool
	held   int64 // of the bodies
}

// growth is bytes of unknown number that a request holds, which take room as they come: beyond what is free, and not each by itself.
type growth struct{ read, taken int64 }

// add counts n bytes more. Errors: as [admitted.take].
func (g *growth) add(a *admitted, n int) error {
	g.read += int64(n)
	ahead := g.read - g.taken
	if ahead <= freely {
		return nil
	}
	if err := a.take(ahead); err != nil {
		return err
	}
	g.taken = g.read
	return nil
}

// enter lets a request in, and reports whether there is a place for it.
func (a *admitted) enter(r *http.Request) bool {
	a.gate = a.admissions.gate(r)
	if a.gate == nil {
		return true
	}
	a.inside = a.gate.Enter(r.Context())
	return a.inside
}

// leave gives the place to the next: what is left to do is the client's, which may take its time.
func (a *admitted) leave() {
	if a.inside {
		a.inside = false
		a.gate.Leave()
	}
}

// take takes room for n bytes more of a body. Errors: Throttled.
func (a *admitted) take(n int64) error {
	if a.admissions == nil { // outside of the frame
		return nil
	}
	if !a.bodies.Take(n) {
		return fault.New(fault.Throttled, "httpd.body", "the server holds as many large bodies as it has room for; wait a little")
	}
	a.held += n
	return nil
}

// end gives everything back.
func (a *admitted) end() {
	a.leave()
	if a.held > 0 {
		a.bodies.Give(a.held)
		a.held = 0
	}
}

// arriving is the body of a request. While it arrives the request has no place, so that slow clients keep none from others; its bytes
// take room until the request is answered.
type arriving struct {
	io.ReadCloser
	x      *exchange
	ctx    context.Context // of the request: a reader has no other way to know it
	length int64           // -1: unknown
	began  bool
	whole  bool
	failed error
	growth
}

// Read implements [io.Reader].
func (b *arriving) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if !b.began {
		b.began = true
		if b.length > freely {
			if b.failed = b.x.take(b.length); b.failed != nil {
				return 0, b.failed
			}
		}
		b.x.leave()
	}
	n, err := b.ReadCloser.Read(p)
	if b.length >= 0 {
		b.read += int64(n)
	} else if b.failed = b.add(&b.x.admitted, n); b.failed != nil {
		return 0, b.failed
	}
	if !b.whole && (errors.Is(err, io.EOF) || b.read == b.length) {
		b.whole = true
		if b.x.gate != nil && !b.x.inside {
			if b.x.inside = b.x.gate.Return(b.ctx); !b.x.inside {
				b.failed = b.ctx.Err() // the client has left
				return 0, b.failed
			}
		}
	}
	return n, err
}

// turnAway answers a request for which there is no place. It costs little, and asks for little patience, not of everybody the same.
func (s *server) turnAway(x *exchange, r *http.Request) {
	x.door, x.wait = "overload", time.Second+rand.N(2*time.Second) //nolint:gosec // no secret: it spreads those who come back
	if strings.HasPrefix(r.URL.Path, "/apis/") || isFHIR(r.URL.Path) {
		crossOrigin(x.Header())
	}
	if r.Context().Err() == nil {
		if now, last := s.Now().UnixNano(), s.admissions.warned.Load(); now-last >= int64(warnEvery) && s.admissions.warned.CompareAndSwap(last, now) {
			s.Log.LogAttrs(r.Context(), slog.LevelWarn, "more requests than there are places for: some are turned away", slog.String("request", x.RequestID))
		}
	}
	s.render(x, r, fault.New(fault.Unavailable, "httpd.admission", "the server has more to do than it can; wait a little"))
}
