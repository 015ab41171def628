package httpd

import (
	"hash/maphash"
	"net/http"
	"sync"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/fault"
)

// Sizes of a limiter: how many callers it remembers at most, spread over shards, so that requests do not wait for one lock.
const (
	rateShards   = 64
	ratePerShard = 512
	rateBurst    = 2 * time.Second  // of requests at the limit may come at once
	rateNoted    = time.Second      // between two audit records about one caller
	rateOwed     = 10 * time.Minute // at most, what the entries of Bundles have taken in advance
)

// limiter bounds how many requests a caller may send a second: a token bucket for each client and person of a site, kept as the instant
// at which the bucket will be full again (the generic cell rate algorithm, ITU-T I.371). A caller whose bucket is full needs no memory.
// Each replica counts for itself. Safe for concurrent use; asking allocates nothing for a caller that it knows.
type limiter struct {
	seed   maphash.Seed
	shards [rateShards]rateShard
}

type rateShard struct {
	mu      sync.Mutex
	callers map[rateKey]rateState
	_       [40]byte // a cache line a shard
}

// rateKey is who is counted: what one app does for one person, or for itself.
type rateKey struct{ site, client, user string }

// rateState is when the bucket is full again, and when a refusal was last noted, in nanoseconds. Owes says that a Bundle has taken more
// than the bucket held.
type rateState struct {
	full, noted int64
	owes        bool
}

func newLimiter() *limiter {
	l := &limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].callers = map[rateKey]rateState{}
	}
	return l
}

// allow takes one of the caller's perSecond requests. Note says that a refusal is to be recorded: the first of a while.
func (l *limiter) allow(k rateKey, perSecond int, now time.Time) (ok, note bool) {
	at, each := now.UnixNano(), int64(time.Second)/int64(perSecond)
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	state, known := s.callers[k]
	if ahead := state.full - at; ahead > int64(rateOwed) || ahead > int64(rateBurst) && !state.owes {
		state = rateState{} // no request leaves so much behind: the clock was put back, or this request has waited since it looked
	}
	full := max(state.full, at) + each
	if full-at > int64(rateBurst) {
		if note = at-state.noted >= int64(rateNoted); note {
			state.noted = at
			s.callers[k] = state
		}
		return false, note
	}
	if !known && len(s.callers) >= ratePerShard {
		s.drop(at)
	}
	state.full, state.owes = full, false
	s.callers[k] = state
	return true, false
}

// charge takes n more of a caller whose request was let in, whether they are there or not: what is missing is waited for before the next
// request. So a Bundle is no way around the limit, and none is too large for it.
func (l *limiter) charge(k rateKey, n, perSecond int, now time.Time) {
	at, each := now.UnixNano(), int64(time.Second)/int64(perSecond)
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.callers[k]
	state.full = min(max(state.full, at)+int64(n)*each, at+int64(rateOwed))
	state.owes = state.full-at > int64(rateBurst)
	s.callers[k] = state
}

// wait is how long it takes until the caller has a request again.
func (l *limiter) wait(k rateKey, perSecond int, now time.Time) time.Duration {
	s := l.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.callers[k].full-now.UnixNano()) + time.Second/time.Duration(perSecond) - rateBurst
}

func (l *limiter) shard(k rateKey) *rateShard {
	h := maphash.String(l.seed, k.client) ^ maphash.String(l.seed, k.user)*31
	return &l.shards[h%rateShards]
}

// drop forgets the callers whose buckets are full, which loses nothing, and any one if there is none.
func (s *rateShard) drop(at int64) {
	for k, state := range s.callers {
		if state.full <= at {
			delete(s.callers, k)
		}
	}
	for k := range s.callers {
		if len(s.callers) < ratePerShard {
			return
		}
		delete(s.callers, k)
	}
}

// limit takes one request of the caller, by the setting rate_limit of the site.
//
// Errors: Throttled. A while's first refusal is recorded before it is answered.
func (s *server) limit(r *http.Request, p place, subject *access.Subject, api access.API) error {
	perSecond := p.settings.RequestsPerSecond()
	if perSecond == 0 {
		return nil
	}
	k, now := rateKey{p.site.Name(), subject.ClientID, subject.UserID}, s.Now()
	ok, note := s.limits.allow(k, perSecond, now)
	if ok {
		return nil
	}
	exchangeOf(r).wait = s.limits.wait(k, perSecond, now)
	err := fault.New(fault.Throttled, "httpd.limit", "more than %d requests a second; wait a little", perSecond)
	if note {
		refused := &access.Grant{Subject: subject, Request: access.Request{API: api}}
		if rerr := s.Records.Refused(r.Context(), p.site, refused, "", err); rerr != nil {
			return rerr
		}
	}
	return err
}

// entries counts what a Bundle asks for, beside the one request that it came in.
func (s *server) entries(p place, subject *access.Subject) func(n int) {
	perSecond := p.settings.RequestsPerSecond()
	if perSecond == 0 {
		return nil
	}
	return func(n int) {
		if n > 1 {
			s.limits.charge(rateKey{p.site.Name(), subject.ClientID, subject.UserID}, n-1, perSecond, s.Now())
		}
	}
}
