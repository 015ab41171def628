package record

import (
	"context"
	"sync"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/throttle"
)

// quotaDay is the time in which a whole quota comes back, little by little.
const quotaDay = 24 * time.Hour

// maxQuotas bounds how many callers are remembered.
const maxQuotas = 10_000

// quotas bounds how many bytes a caller may write a day (setting write_quota): a whole quota at once, and as much again in the course of a
// day. What is counted is the JSON of every version, before it is packed; deletions and the server's own Provenance are free. Each
// replica counts for itself, and begins anew when it starts or the setting is changed. Safe for concurrent use.
type quotas struct {
	now func() time.Time

	mu     sync.Mutex
	bySize map[int64]*throttle.Limiter // of bytes, in thousands: a day has too few nanoseconds for the bytes of the largest
}

// quotaUnit is what is counted, in bytes.
const quotaUnit = 1000

func newQuotas(now func() time.Time) *quotas {
	return &quotas{now: now, bySize: map[int64]*throttle.Limiter{}}
}

// of returns who has what left of quotas of a size in bytes.
func (q *quotas) of(size int64) *throttle.Limiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.bySize[size]
	if l == nil {
		units := max(1, size/quotaUnit)
		l = throttle.New(int(units), quotaDay/time.Duration(units), maxQuotas, q.now)
		q.bySize[size] = l
	}
	return l
}

// take takes n bytes of a caller's quota. Errors: TooLarge, with the time to wait where waiting helps.
func (q *quotas) take(caller string, n, quota int64) error {
	const op = "record.quota"
	refused := func(format string, args ...any) *fault.Error {
		e := fault.New(fault.TooLarge, op, format, args...)
		e.Issues = []fault.Issue{{Code: "too-costly", Detail: e.Detail}}
		return e
	}
	if n > quota {
		return refused("this writes more than the %d bytes that one app may write a day", quota)
	}
	if wait := q.of(quota).Take(caller, float64(n)/quotaUnit); wait > 0 {
		e := refused("this app has written the %d bytes that it may write a day; try again later", quota)
		e.Wait = wait
		return e
	}
	return nil
}

// giveBack returns n bytes that were taken for a write that did not happen.
func (q *quotas) giveBack(caller string, n, quota int64) {
	q.of(quota).Give(caller, float64(n)/quotaUnit)
}

// charge is what one call of [Book.Write] takes of its caller's quota. The zero value takes nothing.
type charge struct {
	quotas *quotas
	caller string
	quota  int64
	taken  int64
}

// charging returns the charge of a write under the Book's grant. The operator, who brings whole records in, has no quota.
func (b *Book) charging(quota int64) charge {
	if quota == 0 || b.grant.Policy.Operator {
		return charge{}
	}
	s := b.grant.Subject
	// What one app writes for one person, or for itself.
	return charge{quotas: b.records.quotas, caller: b.site.Name() + "\x00" + s.ClientID + "\x00" + s.UserID, quota: quota}
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
	err := c.quotas.take(c.caller, n, c.quota)
	if err == nil {
		c.taken = n
	}
	return err
}

func (c *charge) giveBack() {
	if c.taken > 0 {
		c.quotas.giveBack(c.caller, c.taken, c.quota)
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
