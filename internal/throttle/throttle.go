// Package throttle slows down whoever asks too often or for too much: a bounded set of token buckets in memory. It is for guesses that
// the space of secrets makes hopeless anyway, for floods and for quotas; wrong passwords are counted in the database, for all replicas.
package throttle

import (
	"net/netip"
	"sync"
	"time"
)

// Limiter gives each key burst requests, or whatever else is counted, at once and one more every interval. Safe for concurrent use.
type Limiter struct {
	burst    float64
	interval time.Duration
	capacity int
	now      func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// New returns a limiter that remembers at most capacity keys.
func New(burst int, interval time.Duration, capacity int, now func() time.Time) *Limiter {
	return &Limiter{burst: float64(burst), interval: interval, capacity: capacity, now: now, buckets: map[string]bucket{}}
}

// Allow takes one request of key, if there is one.
func (l *Limiter) Allow(key string) bool { return l.Take(key, 1) == 0 }

// Take takes n of what key has, at most a burst, and returns 0. If there is less it takes nothing, and returns how long it is until
// there is enough.
func (l *Limiter) Take(key string, n float64) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.current(key)
	if b.tokens < n {
		return max(1, time.Duration((n-b.tokens)*float64(l.interval)))
	}
	b.tokens -= n
	l.buckets[key] = b
	return 0
}

// Give gives key back n of what it has taken.
func (l *Limiter) Give(key string, n float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.current(key); b.tokens < l.burst {
		b.tokens = min(l.burst, b.tokens+n)
		l.buckets[key] = b
	}
}

// Left reports whether key has a request left, without taking it.
func (l *Limiter) Left(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current(key).tokens >= 1
}

func (l *Limiter) current(key string) bucket {
	now := l.now()
	b, ok := l.buckets[key]
	if !ok {
		if len(l.buckets) >= l.capacity {
			l.drop(now)
		}
		return bucket{l.burst, now}
	}
	if now.Before(b.at) { // the clock was put back: time begins anew
		b.at = now
		l.buckets[key] = b
	}
	b.tokens = min(l.burst, b.tokens+float64(now.Sub(b.at))/float64(l.interval))
	b.at = now
	return b
}

// drop forgets the keys that are full again, and everything if none is: being forgotten helps a flood less than memory would.
func (l *Limiter) drop(now time.Time) {
	full := time.Duration(l.burst * float64(l.interval))
	for k, b := range l.buckets {
		if now.Sub(b.at) >= full {
			delete(l.buckets, k)
		}
	}
	if len(l.buckets) >= l.capacity {
		clear(l.buckets)
	}
}

// Source returns the part of a source address that one party controls: an IPv4 address, or the /64 of an IPv6 address. A text
// that is no address is returned as it is.
func Source(address string) string {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		address = ap.Addr().String()
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
