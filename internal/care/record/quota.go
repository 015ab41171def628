package record

import (
	"context"
	"sync"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// quotaDay is the time in which a whole quota comes back, little by little.
const quotaDay = 24 * time.Hour

// maxQuotas bounds how many callers are remembered.
const maxQuotas = 10_000

// quotas bounds how many bytes a caller may write a day (setting write_quota): a whole quota at once, and as much again in the course of a
// day, kept as the instant at which all of it has come back (the generic cell rate algorithm, ITU-T I.371). What is counted is the
// JSON of every version, before it is packed; deletions and the server's own Provenance are free. Each replica counts for itself, and
// begins anew when it starts. Safe for concurrent use.
type quotas struct {
	now func() time.Time

	mu    sync.Mutex
	whole map[quotaKey]time.Time
}

// quotaKey is whose bytes are counted: what one app writes for one person, or for itself.
type quotaKey struct{ site, client, user string }

func newQuotas(now func() time.Time) *quotas {
	return &quotas{now: now, whole: map[quotaKey]time.Time{}}
}

// worth is the time in which n bytes of a quota come back.
func worth(n, quota int64) time.Duration {
	return time.Duration(float64(n) / float64(quota) * float64(quotaDay))
}

// take takes n bytes of a caller's quota. Errors: TooLarge, with the time to wait where waiting helps.
func (q *quotas) take(k quotaKey, n, quota int64) error {
	const op = "record.quota"
	refused := func(format string, args ...any) *fault.Error {
		e := fault.New(fault.TooLarge, op, format, args...)
		e.Issues = []fault.Issue{{Code: "too-costly", Detail: e.Detail}}
		return e
	}
	if n > quota {
		return refused("this writes more than the %d bytes that one app may write a day", quota)
	}
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	whole := q.whole[k]
	if whole.Before(now) || whole.Sub(now) > quotaDay { // full, or the clock was put back
		whole = now
	}
	whole = whole.Add(worth(n, quota))
	if over := whole.Sub(now) - quotaDay; over > 0 {
		e := refused("this app has written the %d bytes that it may write a day; try again later", quota)
		e.Wait = over
		return e
	}
	if _, known := q.whole[k]; !known && len(q.whole) >= maxQuotas {
		q.drop(now)
	}
	q.whole[k] = whole
	return nil
}

// giveBack returns n bytes that were taken for a write that did not happen.
func (q *quotas) giveBack(k quotaKey, n, quota int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if whole, ok := q.whole[k]; ok {
		q.whole[k] = whole.Add(-worth(n, quota))
	}
}

// drop forgets whoever has the whole quota, and anybody if nobody has.
func (q *quotas) drop(now time.Time) {
	for k, whole := range q.whole {
		if !now.Before(whole) {
			delete(q.whole, k)
		}
	}
	for k := range q.whole {
		if len(q.whole) < maxQuotas {
			return
		}
		delete(q.whole, k)
	}
}

// charge is what one call of [Book.Write] takes of its caller's quota. The zero value takes nothing.
type charge struct {
	quotas *quotas
	key    quotaKey
	quota  int64
	taken  int64
}

// charging returns the charge of a write under the Book's grant. The operator, who brings whole records in, has no quota.
func (b *Book) charging(quota int64) charge {
	if quota == 0 || b.grant.Policy.Operator {
		return charge{}
	}
	s := b.grant.Subject
	return charge{quotas: b.records.quotas, key: quotaKey{b.site.Name(), s.ClientID, s.UserID}, quota: quota}
}

// take takes what the versions weigh, instead of what an attempt before took. Errors: TooLarge.
func (c *charge) take(written []*chart.Version) error {
	if c.quotas == nil {
		return nil
	}
	c.giveBack()
	n := int64(0)
	for _, v := range written {
		n += int64(len(v.Body))
	}
	if n == 0 {
		return nil
	}
	err := c.quotas.take(c.key, n, c.quota)
	if err == nil {
		c.taken = n
	}
	return err
}

func (c *charge) giveBack() {
	if c.taken > 0 {
		c.quotas.giveBack(c.key, c.taken, c.quota)
		c.taken = 0
	}
}

// overQuota records a refusal for want of quota before it is answered.
func (b *Book) overQuota(ctx context.Context, err error) error {
	g := &access.Grant{Subject: b.grant.Subject, Request: b.grant.Request}
	if rerr := b.records.Refused(ctx, b.site, g, "", err); rerr != nil {
		return rerr
	}
	return err
}
