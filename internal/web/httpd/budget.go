package httpd

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Times are how long a request may work, from its beginning. A read that takes longer has met a store that does not answer; a write may
// have to wait for others. What has a body that does not come at once begins to work when that is there. The zero value is what a server
// that serves people keeps to.
type Times struct{ Read, Write time.Duration }

var usualTimes = Times{Read: 10 * time.Second, Write: 30 * time.Second}

// atOnce is how many bytes of a body come at once.
const atOnce = 64 << 10

// budget is the context of a request: it carries the exchange, and ends when the client leaves or the time is up. A timer is made
// only when somebody asks for the end: look-ups that are over before anybody could stop them don't.
type budget struct {
	context.Context // net/http's

	exchange *exchange
	until    time.Time

	once  sync.Once
	armed atomic.Pointer[armed]
}

// armed is a context with the timer.
type armed struct {
	context.Context

	cancel context.CancelFunc
}

// begin makes b the budget of r.
func (b *budget) begin(r *http.Request, x *exchange, t Times) {
	b.Context, b.exchange, b.until = r.Context(), x, time.Now().Add(t.allow(r))
}

func (t Times) allow(r *http.Request) time.Duration {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(r.URL.Path, "/_search"):
		return t.Read
	case r.ContentLength < 0 || r.ContentLength > atOnce:
		return bodyTime + t.Write
	default:
		return t.Write
	}
}

// end stops the timer: the request has its answer.
func (b *budget) end() {
	if a := b.armed.Load(); a != nil {
		a.cancel()
	}
}

func (b *budget) arm() *armed {
	b.once.Do(func() {
		ctx, cancel := context.WithDeadline(b.Context, b.until)
		b.armed.Store(&armed{ctx, cancel})
	})
	return b.armed.Load()
}

// Done implements [context.Context].
func (b *budget) Done() <-chan struct{} { return b.arm().Done() }

// Deadline implements [context.Context].
func (b *budget) Deadline() (time.Time, bool) { return b.until, true }

// Err implements [context.Context].
func (b *budget) Err() error {
	if a := b.armed.Load(); a != nil {
		return a.Err()
	}
	if time.Now().After(b.until) {
		return b.arm().Err()
	}
	return b.Context.Err()
}

// Value implements [context.Context]. Once there is a timer, contexts made of this one are its children and need no goroutine.
func (b *budget) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return b.exchange
	}
	if a := b.armed.Load(); a != nil {
		return a.Value(key)
	}
	return b.Context.Value(key)
}
