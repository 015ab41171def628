package identitystore

import (
	"sync"
	"time"
)

// Bounds of what is kept of a table in memory. The epoch makes a change felt at once; the age is for the case that a process died
// between a change and its signal.
const (
	cacheRows = 10_000
	cacheAge  = 5 * time.Second
)

// cache keeps rows that are read by nearly every request to the authorization server, decoded, as long as the epoch stands. Every
// change of these rows goes through [Store.change], which moves it. Safe for concurrent use.
type cache[T any] struct {
	mu    sync.RWMutex
	epoch uint64
	since time.Time // of the oldest row
	rows  map[string]*T
}

// get returns a copy of the row called key, which read fetches if it is not known as of this epoch. Nothing is kept of an error.
func (c *cache[T]) get(epoch func() uint64, key string, read func() (*T, error)) (*T, error) {
	now := epoch() // before the read: a change in between makes the row stale, never wrong
	c.mu.RLock()
	v, ok := c.rows[key]
	ok = ok && c.epoch == now && time.Since(c.since) < cacheAge
	c.mu.RUnlock()
	if !ok {
		var err error
		if v, err = read(); err != nil {
			return nil, err
		}
		c.put(now, key, v)
	}
	copied := *v
	return &copied, nil
}

func (c *cache[T]) put(epoch uint64, key string, v *T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch || len(c.rows) >= cacheRows || time.Since(c.since) >= cacheAge {
		c.epoch, c.since, c.rows = epoch, time.Now(), map[string]*T{}
	}
	c.rows[key] = v
}
