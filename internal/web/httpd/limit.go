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
	rateBurst    = 2 * time.Second // of requests at the limit may come at once
	rateNoted    = time.Second     // between two audit records about one caller
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

// rateState is when the bucket is full again, and when a refusal was last noted, in nanoseconds.
type rateState struct{ full, noted int64 }

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
	h := maphash.String(l.seed, k.client) ^ maphash.String(l.seed, k.user)*31
	s := &l.shards[h%rateShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	state, known := s.callers[k]
	if state.full-at > int64(rateBurst) {
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
	state.full = full
	s.callers[k] = state
	return true, false
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
	ok, note := s.limits.allow(rateKey{p.site.Name(), subject.ClientID, subject.UserID}, perSecond, s.Now())
	if ok {
		return nil
	}
	err := fault.New(fault.Throttled, "httpd.limit", "more than %d requests a second; wait a little", perSecond)
	if note {
		refused := &access.Grant{Subject: subject, Request: access.Request{API: api}}
		if rerr := s.Records.Refused(r.Context(), p.site, refused, "", err); rerr != nil {
			return rerr
		}
	}
	return err
}
