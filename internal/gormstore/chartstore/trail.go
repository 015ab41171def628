package chartstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	// trailDelay is how long an event waits for others.
	trailDelay = 40 * time.Millisecond
	// trailQueue bounds the events that wait; trailBatch how many go into one transaction.
	trailQueue = 4096
	trailBatch = 2048
)

// queued is an event of Site.Record that waits. Answer is nil if nobody waits with it.
type queued struct {
	event  *chart.AuditEvent
	answer chan error
}

func (q *queued) durable() bool { return q.answer != nil }

// Record queues an audit event of a read. While the trail cannot be written, it refuses at once: an access that leaves no
// trace must not happen.
func (s *Site) Record(ctx context.Context, e *chart.AuditEvent, durable bool) error {
	const op = "chart.record"
	w := s.writer
	if w.failing.Load() {
		return fault.New(fault.Unavailable, op, "the audit trail cannot be written")
	}
	if !w.enter() {
		return closedError(op)
	}
	event := *e
	q := &queued{event: &event}
	if durable {
		q.answer = make(chan error, 1)
	}
	select {
	case w.events <- q:
		w.senders.Done()
	case <-ctx.Done():
		w.senders.Done()
		return classify(op, ctx.Err())
	case <-w.closing:
		w.senders.Done()
		return closedError(op)
	}
	if !durable {
		return nil
	}
	select {
	case err := <-q.answer:
		return err
	case <-ctx.Done():
		return classify(op, ctx.Err())
	}
}

// takeEvents moves what waits in the queue to the trail, as far as the trail has room.
func (w *writer) takeEvents() {
	for len(w.trail) < trailQueue {
		select {
		case q := <-w.events:
			w.trail = append(w.trail, q)
		default:
			return
		}
	}
}

// settleTrail answers the first n events after a transaction. What could not be written stays in the trail, unless somebody
// waits for it and is told.
func (w *writer) settleTrail(n int, err error) {
	if n == 0 {
		return
	}
	w.failing.Store(err != nil)
	rest := w.trail[n:]
	var kept []*queued
	for _, q := range w.trail[:n] {
		switch {
		case q.durable():
			q.answer <- classify("chart.record", err)
		case err != nil:
			kept = append(kept, q)
		}
	}
	w.trail = slices.Concat(kept, rest)
}

// abandonTrail tells those who wait that the end has come.
func (w *writer) abandonTrail() {
	for _, q := range w.trail {
		if q.durable() {
			q.answer <- closedError("chart.record")
		}
	}
	if n := len(w.trail); n > 0 {
		w.site.config.Log.Error("audit events were lost at the end", "site", w.site.config.Name, "events", n)
	}
}

// trail adds the group's events to b and links them into the chain.
func (b *batch) trail(g *group) {
	for _, e := range g.events {
		g.counters.auditSeq++
		e.Seq = g.counters.auditSeq
		e.Replica = g.site.config.Replica
		g.counters.auditHash = link(g.counters.auditHash, e)
		e.Hash = g.counters.auditHash
		b.audit.added = append(b.audit.added, e.Seq, e.Time.UnixMicro(), clean(e.Kind), clean(e.Action), clean(e.Operation),
			clean(e.API), clean(e.Type), clean(e.ID), e.VID, patientsText(e), clean(e.Query), clean(e.UserID),
			clean(e.UserName), clean(e.ClientID), clean(e.TokenID), clean(e.Role), clean(e.Address), clean(e.RequestID),
			int64(e.Outcome), int64(e.Status), clean(e.Reason), clean(e.Replica), e.Hash)
		for i, p := range e.Patients {
			if p = clean(p); p != "" && !contains(e.Patients[:i], p) {
				b.patients.added = append(b.patients.added, p, e.Seq)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if clean(x) == s {
			return true
		}
	}
	return false
}

// patientsText is how the patients of an event are kept: ids have no spaces.
func patientsText(e *chart.AuditEvent) string {
	return strings.Join(strings.Fields(clean(strings.Join(e.Patients, " "))), " ")
}

// link returns the hash of e after the event with hash before: SHA-256 over before and every field of e as it is stored,
// each preceded by its length, so that no two events have one encoding.
func link(before []byte, e *chart.AuditEvent) []byte {
	buf := make([]byte, 0, 512)
	field := func(s string) {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	number := func(n int64) { buf = binary.AppendVarint(buf, n) }
	field(string(before))
	number(e.Seq)
	number(e.Time.UnixMicro())
	for _, s := range [...]string{e.Kind, e.Action, e.Operation, e.API, e.Type, e.ID} {
		field(clean(s))
	}
	number(e.VID)
	field(patientsText(e))
	for _, s := range [...]string{e.Query, e.UserID, e.UserName, e.ClientID, e.TokenID, e.Role, e.Address, e.RequestID} {
		field(clean(s))
	}
	number(int64(e.Outcome))
	number(int64(e.Status))
	field(clean(e.Reason))
	field(clean(e.Replica))
	sum := sha256.Sum256(buf)
	return sum[:]
}
