package chartstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	// trailDelay is how long an event waits for others.
	trailDelay = 40 * time.Millisecond
	// trailQueue bounds the events that wait; trailBatch how many go into one transaction.
	trailQueue = 4096
	trailBatch = 2048
)

// queued is an event of Site.Record that waits. Answer is nil if nobody waits with it.
type queued struct {
	event  *chart.AuditEvent
	answer chan error
}

func (q *queued) durable() bool { return q.answer != nil }

// trailhead is the queue between those who record events and the writer. The writer is woken by the first event alone, not
// by each: to wake a goroutine costs more than to queue for it.
type trailhead struct {
	wake chan struct{} // holds a token when there is something for the writer to look at

	mu      sync.Mutex
	waiting []queued
	urgent  bool          // somebody waits for the commit, or there is a whole batch
	closed  bool          // nothing is taken any more
	room    chan struct{} // closed when a full queue has room again; nil = nobody waits for that
}

func newTrailhead() *trailhead { return &trailhead{wake: make(chan struct{}, 1)} }

// add queues q. While the queue is full it waits.
//
// Errors: Unavailable when the queue is closed; that of ctx.
func (t *trailhead) add(ctx context.Context, q queued) error {
	const op = "chart.record"
	t.mu.Lock()
	for !t.closed && len(t.waiting) >= trailQueue {
		if t.room == nil {
			t.room = make(chan struct{})
		}
		room := t.room
		t.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return classify(op, ctx.Err())
		}
		t.mu.Lock()
	}
	if t.closed {
		t.mu.Unlock()
		return closedError(op)
	}
	t.waiting = append(t.waiting, q)
	n := len(t.waiting)
	if q.durable() || n == trailBatch {
		t.urgent = true
	}
	ring := n == 1 || t.urgent
	t.mu.Unlock()
	if ring {
		t.ring()
	}
	return nil
}

func (t *trailhead) ring() {
	select {
	case t.wake <- struct{}{}:
	default: // it has been told
	}
}

// hurried reports whether what waits should be written now.
func (t *trailhead) hurried() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.urgent
}

// take moves everything that waits behind trail, unless that is full.
func (t *trailhead) take(trail []queued) []queued {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(trail) >= trailQueue {
		return trail
	}
	trail = append(trail, t.waiting...)
	clear(t.waiting)
	t.waiting, t.urgent = t.waiting[:0], false
	if t.room != nil {
		close(t.room)
		t.room = nil
	}
	return trail
}

// close lets nothing in any more. What waits can still be taken.
func (t *trailhead) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.room != nil {
		close(t.room)
		t.room = nil
	}
}

// Record queues an audit event of a read. While the trail cannot be written, it refuses at once: an access that leaves no
// trace must not happen.
func (s *Site) Record(ctx context.Context, e *chart.AuditEvent, durable bool) error {
	const op = "chart.record"
	w := s.writer
	if w.failing.Load() {
		return fault.New(fault.Unavailable, op, "the audit trail cannot be written")
	}
	q := queued{event: e}
	if durable {
		q.answer = make(chan error, 1)
	}
	if err := w.events.add(ctx, q); err != nil || !durable {
		return err
	}
	select {
	case err := <-q.answer:
		return err
	case <-ctx.Done():
		return classify(op, ctx.Err())
	}
}

// settleTrail answers the first n events after a transaction. What could not be written stays in the trail, unless somebody
// waits for it and is told.
func (w *writer) settleTrail(n int, err error) {
	if n == 0 {
		return
	}
	w.failing.Store(err != nil)
	kept := w.trail[:0]
	for _, q := range w.trail[:n] {
		switch {
		case q.durable():
			q.answer <- classify("chart.record", err)
		case err != nil:
			kept = append(kept, q)
		}
	}
	w.trail = slices.Delete(w.trail, len(kept), n)
}

// abandonTrail tells those who wait that the end has come.
func (w *writer) abandonTrail() {
	for _, q := range w.trail {
		if q.durable() {
			q.answer <- closedError("chart.record")
		}
	}
	if n := len(w.trail); n > 0 {
		w.site.config.Log.Error("audit events were lost at the end", "site", w.site.config.Name, "events", n)
	}
}
