// Package kept remembers values up to a number of bytes: what was used longest ago goes first. Whether a value is still true is
// for the caller to know.
package kept

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// shards is how many parts a store has, so that requests seldom wait for each other.
const shards = 16

// overhead is what an entry costs beside its value, in bytes.
const overhead = 256

// Store remembers values by key. Safe for concurrent use.
type Store[K comparable, V any] struct {
	seed  maphash.Seed
	parts [shards]part[K, V]
}

type part[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*list.Element // of *entry
	used    list.List           // the latest first
	bytes   int
	max     int
}

type entry[K comparable, V any] struct {
	key   K
	value V
	bytes int
}

// New returns a store of at most maxBytes bytes.
func New[K comparable, V any](maxBytes int) *Store[K, V] {
	s := &Store[K, V]{seed: maphash.MakeSeed()}
	for i := range s.parts {
		s.parts[i].max, s.parts[i].entries = maxBytes/shards, map[K]*list.Element{}
	}
	return s
}

func (s *Store[K, V]) part(key K) *part[K, V] {
	return &s.parts[maphash.Comparable(s.seed, key)%shards]
}

// Get returns the value that was put under key, if it is still there.
func (s *Store[K, V]) Get(key K) (V, bool) {
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[key]
	if !ok {
		var none V
		return none, false
	}
	p.used.MoveToFront(e)
	return e.Value.(*entry[K, V]).value, true
}

// Put remembers value, which takes up so many bytes, instead of what was there under key. A value that is larger than a
// shard is not kept.
func (s *Store[K, V]) Put(key K, value V, bytes int) {
	bytes += overhead
	p := s.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.entries[key]; ok {
		p.drop(e)
	}
	if bytes > p.max {
		return
	}
	for p.bytes+bytes > p.max {
		p.drop(p.used.Back())
	}
	p.entries[key] = p.used.PushFront(&entry[K, V]{key, value, bytes})
	p.bytes += bytes
}

func (p *part[K, V]) drop(e *list.Element) {
	x := p.used.Remove(e).(*entry[K, V])
	delete(p.entries, x.key)
	p.bytes -= x.bytes
}

// Bytes returns how much the store holds.
func (s *Store[K, V]) Bytes() int {
	n := 0
	for i := range s.parts {
		p := &s.parts[i]
		p.mu.Lock()
		n += p.bytes
		p.mu.Unlock()
	}
	return n
}
