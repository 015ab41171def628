// Package admission bounds what a server takes on at once: requests at work ([Gate]) and the bodies that they bring ([Memory]). More than
// that is turned away at once, so that what was let in is finished in time and memory: a server that takes everything finishes nothing.
//
// It knows nothing of HTTP; its caller turns a refusal into an answer.
package admission

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// patience is how long somebody waits for a place. A burst is over by then; what lasts longer is an overload, in which waiting only makes
// every answer late.
const patience = 500 * time.Millisecond

// queued is how many wait for each place.
const queued = 4

// Gate lets so many in at once; some more wait a moment, in order. Whoever is in may step out while it waits for its client, and comes
// back before anybody new is let in. Safe for concurrent use.
type Gate struct {
	places int

	mu      sync.Mutex
	inside  int
	back    list.List // of *waiter: those who stepped out
	waiting list.List // of *waiter: those who are new
}

type waiter struct {
	come chan struct{}
	in   bool // it has been let in
}

// NewGate returns a gate with so many places, at least one.
func NewGate(places int) *Gate { return &Gate{places: max(1, places)} }

// Enter takes a place, and reports whether there was one in time. Whoever is in calls [Gate.Leave] once.
func (g *Gate) Enter(ctx context.Context) bool {
	g.mu.Lock()
	if g.inside < g.places {
		g.inside++
		g.mu.Unlock()
		return true
	}
	if g.waiting.Len() >= g.places*queued {
		g.mu.Unlock()
		return false
	}
	w := &waiter{come: make(chan struct{})}
	at := g.waiting.PushBack(w)
	g.mu.Unlock()
	patient := time.NewTimer(patience)
	defer patient.Stop()
	select {
	case <-w.come:
		return true
	case <-patient.C:
	case <-ctx.Done():
	}
	return g.giveUp(&g.waiting, at)
}

// Leave gives the place to whoever waits.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range [...]*list.List{&g.back, &g.waiting} {
		if next := l.Front(); next != nil {
			w := l.Remove(next).(*waiter) // the lists hold nothing else
			w.in = true
			close(w.come)
			return
		}
	}
	g.inside--
}

// Return takes a place for somebody who has been in, and waits for it however long it takes: until ctx ends, and then it has none.
func (g *Gate) Return(ctx context.Context) bool {
	g.mu.Lock()
	if g.inside < g.places {
		g.inside++
		g.mu.Unlock()
		return true
	}
	w := &waiter{come: make(chan struct{})}
	at := g.back.PushBack(w)
	g.mu.Unlock()
	select {
	case <-w.come:
		return true
	case <-ctx.Done():
		return g.giveUp(&g.back, at)
	}
}

// giveUp leaves a queue, unless it was this one's turn meanwhile.
func (g *Gate) giveUp(from *list.List, at *list.Element) (in bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.Value.(*waiter).in { // the lists hold nothing else
		return true
	}
	from.Remove(at)
	return false
}
