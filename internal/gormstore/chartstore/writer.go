package chartstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	// groupCalls and groupBytes bound a group: what waits longer is not answered sooner by waiting for more, and the pages that a
	// group changes should find room in the cache of its connection.
	groupCalls = 256
	groupBytes = 4 << 20
	// groupTime bounds a transaction, waiting for the lock included.
	groupTime = 30 * time.Second
	// tries bounds how often a group that was turned away as a whole is tried again.
	tries = 3
)

// writer is the one goroutine of this process that writes to the site. Everything that wants to be written queues for it.
type writer struct {
	site   *Site
	calls  chan *call
	events *trailhead

	mu      sync.Mutex // guards closed and the growth of senders
	closed  bool
	senders sync.WaitGroup
	closing chan struct{}
	done    chan struct{}

	trail   []queued    // events taken from the queue and not yet written
	failing atomic.Bool // the trail cannot be written: nothing may be shown

	named stretchNames // by events of this process, in the stretch of the trail that it wrote to last
	last  *counters    // as the last commit has left them; nil before the first
	alone bool         // the transaction before found them like that: nobody else seems to write to the site
}

// call is one Site.Write or Site.Join that waits.
type call struct {
	taken atomic.Bool // by the writer, or by its caller, who has left the queue
	ctx   context.Context
	touch []chart.Key
	fn    func(chart.Tx) error
	join  func(context.Context, Joined) error // in place of fn
	err   error
	done  chan struct{}
}

func newWriter(s *Site) *writer {
	w := &writer{
		site: s, calls: make(chan *call, groupCalls), events: newTrailhead(),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	go w.loop()
	return w
}

// Write queues fn for the next group and returns when that is durable.
func (s *Site) Write(ctx context.Context, touch []chart.Key, fn func(chart.Tx) error) error {
	return s.writer.wait(&call{ctx: ctx, touch: touch, fn: fn, done: make(chan struct{})})
}

// wait queues c and returns its answer.
func (w *writer) wait(c *call) error {
	const op = "chart.write"
	if !w.enter() {
		return closedError(op)
	}
	select {
	case w.calls <- c:
		w.senders.Done()
	case <-c.ctx.Done():
		w.senders.Done()
		return classify(op, c.ctx.Err())
	case <-w.closing:
		w.senders.Done()
		return closedError(op)
	}
	// A caller may leave the queue. Once the writer has its call it gets the answer, even when ctx ends: it could not know what
	// became of its write.
	select {
	case <-c.done:
		return c.err
	case <-c.ctx.Done():
	}
	if c.taken.CompareAndSwap(false, true) {
		return classify(op, c.ctx.Err())
	}
	<-c.done
	return c.err
}

func closedError(op string) error {
	return fault.New(fault.Unavailable, op, "the server is shutting down")
}

// enter announces that the caller is about to queue something; false = too late.
func (w *writer) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.senders.Add(1)
	return true
}

// close lets in nobody any more, writes what is queued, and waits for the end.
func (w *writer) close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		<-w.done
		return
	}
	w.closed = true
	close(w.closing)
	w.mu.Unlock()
	w.events.close()
	w.senders.Wait()
	close(w.calls)
	<-w.done
}

// loop collects what waits and commits it. Events alone wait up to trailDelay for more of them, or for a write to join.
func (w *writer) loop() {
	defer close(w.done)
	defer w.site.engine.close(w.site.config.Writer)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	armed := false
	for {
		var first *call
		open := true
		var now bool
		select {
		case first, open = <-w.calls:
			now = true
		case <-w.events.wake:
			now = w.events.hurried()
		case <-timer.C:
			now, armed = true, false
		}
		if !now {
			if !armed {
				timer.Reset(trailDelay)
				armed = true
			}
			continue
		}
		w.trail = w.events.take(w.trail)
		w.commit(w.gather(first))
		if !open {
			w.trail = w.events.take(w.trail)
			w.commit(nil)
			w.abandonTrail()
			return
		}
		if len(w.trail) > 0 && !armed { // they could not be written; try again
			timer.Reset(trailDelay)
			armed = true
		}
	}
}

// gather takes the calls that wait behind first, without those whose callers have left.
func (w *writer) gather(first *call) []*call {
	if first == nil {
		return nil
	}
	var group []*call
	if first.taken.CompareAndSwap(false, true) {
		group = append(group, first)
	}
	// Those who were just answered are about to ask again: let them, and the next commit is for all of them.
	runtime.Gosched()
	for len(group) < groupCalls {
		select {
		case c, ok := <-w.calls:
			if !ok {
				return group
			}
			if c.taken.CompareAndSwap(false, true) {
				group = append(group, c)
			}
		default:
			return group
		}
	}
	return group
}

// commit runs calls and writes the trail in as few transactions as the bounds allow, and answers everybody.
func (w *writer) commit(calls []*call) {
	w.site.writing.Store(slices.ContainsFunc(calls, func(c *call) bool { return c.fn != nil }))
	defer w.site.writing.Store(false)
	for len(calls) > 0 || len(w.trail) > 0 {
		trail := w.trail[:min(len(w.trail), trailBatch)]
		n, err := w.attempt(calls, trail)
		if err != nil && n > 0 && len(calls) > 1 && refused(err) {
			// The database refuses what one of them wrote. Alone, each fails or succeeds for itself.
			for _, c := range calls[:n] {
				if _, err := w.attempt([]*call{c}, nil); err != nil {
					c.err = classify("chart.write", err)
				}
				close(c.done)
			}
			calls = calls[n:]
			continue
		}
		record := false // a joined write or an audit event leaves no words to index
		for _, c := range calls[:n] {
			record = record || c.fn != nil
			if err != nil {
				c.err = classify("chart.write", err)
			}
			close(c.done)
		}
		calls = calls[n:]
		if err != nil && n > 0 && refused(err) {
			continue // that was about the call, not about the trail
		}
		w.settleTrail(len(trail), err)
		if err == nil {
			w.committed(record)
		}
		if err != nil && len(calls) == 0 {
			return // the trail is tried again later
		}
	}
}

// committed tells whoever works behind the writes. Only those of the record put off the indexing of words: people read all the
// time, and each read is a commit of its audit event.
func (w *writer) committed(record bool) {
	if record {
		w.site.text.Wake()
	}
	if w.site.config.Committed != nil {
		w.site.config.Committed()
	}
}

// attempt runs as many of calls as fit into one transaction and commits it with the trail. It returns how many calls have
// their answer: their own error in call.err, or err for all of them.
func (w *writer) attempt(calls []*call, trail []queued) (n int, err error) {
	for try := range tries {
		if try > 0 {
			time.Sleep(time.Duration(1+rand.IntN(20*try)) * time.Millisecond) //nolint:gosec // a pause, no secret
		}
		var unknown bool
		n, unknown, err = w.transact(calls, trail)
		if err == nil || unknown || !passing(err) {
			break
		}
	}
	if err != nil {
		w.site.config.Log.Error("write", "site", w.site.config.Name, "calls", n, "error", err)
	}
	return n, err
}

// transact is one transaction. If unknown is true, it may have been committed although err says that something failed.
func (w *writer) transact(calls []*call, trail []queued) (n int, unknown bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	conn, err := w.site.config.Writer.Conn(ctx)
	if err != nil {
		return len(calls), false, err
	}
	defer conn.Close()
	keys := touched(calls)
	// What reads nothing needs no transaction before it has everything to write, if this process knows the counters: while it
	// is the only one that writes to the site, it does.
	if w.alone && len(keys) == 0 && w.site.engine.claims() {
		n, unknown, err = w.once(&group{site: w.site, conn: conn, ctx: ctx, base: newLayer(), guess: w.last}, nil, calls, trail)
		if !errors.Is(err, errGuess) && !errors.Is(err, errUndo) {
			w.alone = err == nil
			return n, unknown, err
		}
	}
	n, unknown, err = w.once(&group{site: w.site, conn: conn, ctx: ctx, base: newLayer()}, keys, calls, trail)
	if errors.Is(err, errUndo) {
		return w.once(&group{site: w.site, conn: conn, ctx: ctx, base: newLayer(), careful: true}, keys, calls, trail)
	}
	return n, unknown, err
}

// once is transact with the counters as they are, or with the group's guess of them, which fails with errGuess if that was wrong. It
// fails with errUndo if something that has joined a group without savepoints fails.
func (w *writer) once(g *group, keys []chart.Key, calls []*call, trail []queued) (n int, unknown bool, err error) {
	s, ctx, conn, guess := w.site, g.ctx, g.conn, g.guess
	g.named = w.named
	defer g.close()
	defer func() {
		if err != nil {
			s.engine.rollback(conn)
		}
	}()
	if guess != nil {
		g.counters = *guess
	} else if err := g.begin(keys); err != nil {
		return len(calls), false, err
	} else {
		w.alone = w.last != nil && g.counters.equal(w.last)
	}
	before := g.counters.seq
	g.now = max(s.config.Now().UnixMilli(), g.counters.updated)
	for _, c := range calls {
		if g.bytes > groupBytes {
			break
		}
		n++
		var fatal error
		if c.join != nil {
			c.err, fatal = g.join(c.ctx, c.join)
		} else {
			c.err, fatal = g.run(c.ctx, c.fn)
		}
		if fatal != nil {
			return len(calls), false, fatal
		}
	}
	b, _, err := g.batch(g.base)
	if err != nil {
		return n, false, err
	}
	for _, q := range trail {
		g.events = append(g.events, q.event)
	}
	if b == nil && !g.written && len(g.events) == 0 {
		if g.begun {
			s.engine.rollback(conn)
		}
		return n, false, nil
	}
	if b == nil {
		b = newBatch()
	}
	g.counters.updated = g.now
	b.trail(g)
	if g.counters.seq != before {
		set, err := s.states.changing()
		if err != nil {
			return n, false, err
		}
		defer set()
	}
	var sent bool
	if g.begun {
		sent, err = s.engine.finish(ctx, conn, b, &g.counters)
	} else {
		sent, err = s.engine.claim(ctx, conn, b, guess, &g.counters)
	}
	if err != nil {
		if sent {
			err = errors.Join(errUnknown, err)
		}
		return n, sent, err
	}
	last := g.counters
	w.last = &last
	w.named.learn(g.naming)
	s.ids.learn(g.base)
	return n, false, nil
}

// close gives back what the group has prepared on its connection.
func (g *group) close() {
	if g.searches != nil {
		_ = g.searches.Close()
	}
}

// errUnknown tells a commit whose outcome nobody knows from a transaction that did not happen.
var errUnknown = errors.New("the outcome of the commit is unknown")

// touched returns the keys that the calls have announced, each once.
func touched(calls []*call) []chart.Key {
	if len(calls) == 1 && len(calls[0].touch) <= 1 {
		return calls[0].touch
	}
	seen := map[chart.Key]bool{}
	var keys []chart.Key
	for _, c := range calls {
		for _, key := range c.touch {
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	return keys
}
