// Package refusal keeps the audit trail from being flooded by refusals. Whoever is refused without end would otherwise fill the disk and
// bury what matters: each refusal of a caller is recorded by itself up to a number, and what goes beyond is counted. The count is
// recorded once a minute, so that the trail says how many there were, of whom, and when; nothing is left out silently.
//
// Only refusals are counted. What succeeds, and what failed because of the server, is always recorded by itself, whoever asks.
// Each replica counts for itself. A process that is killed loses the counts of its last minute; its log has the requests.
package refusal

import (
	"fmt"
	"sync"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/throttle"
)

// What is recorded by itself.
const (
	strangerBurst = 100 // of one address, for callers that nobody knows
	strangerEvery = 10 * time.Second
	siteBurst     = 5000 // of all such callers of one site together, however many addresses they have
	siteEvery     = 200 * time.Millisecond
	knownBurst    = 1000 // of one app that acts for one person, or for itself
	knownEvery    = time.Second

	remembered = 10_000 // callers
	summed     = 1_000  // callers with a count of their own; what others send has one together
)

// Counter decides about the refusals of all sites. Safe for concurrent use; nil records everything.
type Counter struct {
	now             func() time.Time
	stranger, known *throttle.Limiter
	site            *throttle.Limiter

	mu     sync.Mutex
	counts map[caller]*count
}

// caller is who is refused: an address, or an app and a person. All empty = one of those too many to tell apart.
type caller struct{ site, address, client, user string }

type count struct {
	n           int
	first, last time.Time
	sample      chart.AuditEvent // the newest
}

// New returns a counter.
func New(now func() time.Time) *Counter {
	return &Counter{
		now:      now,
		stranger: throttle.New(strangerBurst, strangerEvery, remembered, now),
		known:    throttle.New(knownBurst, knownEvery, remembered, now),
		site:     throttle.New(siteBurst, siteEvery, remembered, now),
		counts:   map[caller]*count{},
	}
}

// Keep reports whether an event is to be recorded by itself. If it is not, it has been counted.
func (c *Counter) Keep(site string, e *chart.AuditEvent) bool {
	if c == nil || e.Outcome != chart.MinorFailure {
		return true
	}
	who := caller{site: site, client: e.ClientID, user: e.UserID}
	if e.TokenID != "" {
		if c.known.Allow(site + "\x00" + who.client + "\x00" + who.user) {
			return true
		}
	} else {
		// Whatever else the event says is what the caller says about itself.
		who = caller{site: site, address: throttle.Source(e.Address)}
		if key := site + "\x00" + who.address; c.stranger.Left(key) && c.site.Allow(site) {
			c.stranger.Allow(key)
			return true
		}
	}
	c.count(who, e)
	return false
}

func (c *Counter) count(who caller, e *chart.AuditEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.counts[who]
	if !ok && len(c.counts) >= summed {
		who = caller{site: who.site}
		n, ok = c.counts[who]
	}
	now := c.now()
	if !ok {
		n = &count{first: now}
		c.counts[who] = n
	}
	n.n++
	n.last, n.sample = now, *e
}

// Sum is what was counted of one caller, as an event to be recorded.
type Sum struct {
	Site  string
	Event *chart.AuditEvent
}

// Sums returns what was counted since the last time.
func (c *Counter) Sums() []Sum {
	c.mu.Lock()
	counts := c.counts
	c.counts = map[caller]*count{}
	c.mu.Unlock()
	sums := make([]Sum, 0, len(counts))
	for who, n := range counts {
		s := &n.sample
		sums = append(sums, Sum{who.site, &chart.AuditEvent{
			Time: c.now().UTC(), Kind: s.Kind, Action: s.Action, Operation: "refusals", API: s.API, UserID: who.user, ClientID: who.client, Address: who.address,
			Outcome: chart.MinorFailure, Status: s.Status, Replica: s.Replica,
			Reason: fmt.Sprintf("%d more refusals from %s to %s were counted and not recorded by themselves; the last: %s",
				n.n, n.first.UTC().Format(time.RFC3339), n.last.UTC().Format(time.RFC3339), s.Reason),
		}})
	}
	return sums
}
