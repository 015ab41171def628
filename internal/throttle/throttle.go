// Package throttle slows down whoever asks too often: a bounded set of token buckets in memory. It is for guesses that the
// space of secrets makes hopeless anyway and for floods; wrong passwords are counted in the database, for all replicas.
package throttle

import (
	"net/netip"
	"sync"
	"time"
)

// Limiter gives each key burst requests at once and one more every interval. Safe for concurrent use.
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
func (l *Limiter) Allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.current(key)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	l.buckets[key] = b
	return true
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
