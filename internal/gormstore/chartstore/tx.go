package chartstore

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// tx is the transaction as one closure sees it: its own layer over that of the group.
type tx struct {
	group  *group
	local  *layer
	events []*chart.AuditEvent
	saved  bool  // a savepoint is set: something of the closure is in the tables
	broken error // the database failed: the whole group must end
	over   bool
}

var _ chart.Tx = (*tx)(nil)

const savepoint = "closure"

// run runs fn and keeps its effects if it succeeds. The second result is an error of the database that ends the group.
func (g *group) run(ctx context.Context, fn func(chart.Tx) error) (own, fatal error) {
	if err := ctx.Err(); err != nil {
		return classify("chart.write", err), nil // nobody waits for it any more
	}
	t := &tx{group: g, local: newLayer()}
	g.active = t.local
	own = t.call(fn)
	g.active = nil
	t.over = true
	if t.broken != nil {
		return own, t.broken
	}
	if own != nil {
		if t.saved {
			if err := g.exec("ROLLBACK TO SAVEPOINT " + savepoint); err != nil {
				return own, err
			}
			return own, g.exec("RELEASE SAVEPOINT " + savepoint)
		}
		return own, nil
	}
	if t.saved {
		if err := g.exec("RELEASE SAVEPOINT " + savepoint); err != nil {
			return nil, err
		}
	}
	g.base.absorb(t.local)
	g.events = append(g.events, t.events...)
	return nil, nil
}

// call runs fn; its panic is its own failure and nobody else's.
func (t *tx) call(fn func(chart.Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fault.Wrap(fault.Internal, "chart.write", fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return fn(t)
}

func (g *group) exec(text string) error {
	if err := g.begin(nil); err != nil {
		return err
	}
	_, err := g.conn.ExecContext(g.ctx, text)
	return err
}

// usable refuses use after the end, after a failure, and for a caller that has left.
func (t *tx) usable(ctx context.Context, op string) error {
	switch {
	case t.over:
		return fault.New(fault.Internal, op, "the transaction is over")
	case t.broken != nil:
		return classify(op, t.broken)
	}
	return classify(op, ctx.Err())
}

func (t *tx) fail(op string, err error) error {
	t.broken = err
	return classify(op, err)
}

// Now returns the instant of the group.
func (t *tx) Now() time.Time { return time.UnixMilli(t.group.now).UTC() }

// Record appends an audit event that is written if the closure succeeds.
func (t *tx) Record(e *chart.AuditEvent) {
	event := *e
	t.events = append(t.events, &event)
}

// Read returns the current version of key, the group's earlier writes and the closure's own included.
func (t *tx) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	if err := t.usable(ctx, "tx.read"); err != nil {
		return nil, err
	}
	r, err := t.group.find(t.local, key)
	if err != nil {
		return nil, t.fail("tx.read", err)
	}
	if r.current == nil {
		return nil, notFound("tx.read", key)
	}
	return r.current, nil
}

// own returns the closure's copy of the record of key. A fresh key is not looked for.
func (t *tx) own(key chart.Key, fresh bool) (*record, error) {
	if r, ok := t.local.records[key]; ok {
		return r, nil
	}
	if _, known := t.group.base.records[key]; fresh && !known {
		r := &record{key: key}
		t.local.records[key] = r
		return r, nil
	}
	found, err := t.group.find(t.local, key)
	if err != nil {
		return nil, err
	}
	r := *found
	r.pending = slices.Clip(r.pending) // appending must not reach into the group's
	t.local.records[key] = &r
	return &r, nil
}

// Put stores a new version. Deleting what is deleted already changes nothing and returns the deletion.
func (t *tx) Put(ctx context.Context, w *chart.Write) (*chart.Version, error) {
	const op = "tx.put"
	if err := t.usable(ctx, op); err != nil {
		return nil, err
	}
	if err := check(w); err != nil {
		return nil, err
	}
	r, err := t.own(w.Key, w.Expect.Fresh)
	if err != nil {
		return nil, t.fail(op, err)
	}
	if err := expect(w, r.current); err != nil {
		return nil, err
	}
	if err := t.group.knowRows(r); err != nil {
		return nil, fault.Wrap(fault.Internal, op, err) // of this resource alone, not of the group
	}
	if w.Generation != t.group.counters.params { // what is taken for the generation in force must be it
		if err := t.group.begin(nil); err != nil {
			return nil, t.fail(op, err)
		}
	}
	p, err := t.group.prepared(w)
	if err != nil {
		return nil, classify(op, err)
	}
	v := &chart.Version{Key: w.Key, VID: 1, Updated: t.Now(), Method: w.Method, Owner: w.Owner, Body: w.Body}
	if r.current != nil {
		v.VID = r.current.VID + 1
	}
	if w.Method == chart.Delete {
		switch {
		case r.current == nil:
			return nil, notFound(op, w.Key)
		case r.current.Deleted():
			return r.current, nil
		}
		v.Body = nil
		if v.Owner == "" {
			v.Owner = r.current.Owner // the deletion belongs to the record that lost something
		}
	}
	c := &t.group.counters
	c.seq++
	v.Seq = c.seq
	if r.rid == 0 {
		c.rid++
		r.rid = c.rid
	}
	v.Number = r.rid
	r.current = v
	r.pending = append(r.pending, pending{v, p.body})
	r.fresh = p.rows
	t.group.bytes += len(v.Body)
	return v, nil
}

// check refuses what would break a promise of the store to its readers.
func check(w *chart.Write) error {
	switch {
	case w.Type == "" || w.ID == "":
		return fault.New(fault.Internal, "tx.put", "a write needs a type and an id")
	case w.Method < chart.Create || w.Method > chart.Patch:
		return fault.New(fault.Internal, "tx.put", "a write needs a method")
	case w.Method != chart.Delete && !chart.CanonicalPrefix(w.Key, w.Body):
		return fault.New(fault.Internal, "tx.put", "the body of %s is not canonical", w.Key)
	}
	return nil
}

func expect(w *chart.Write, current *chart.Version) error {
	if w.Expect.Absent && current != nil && !current.Deleted() {
		return fault.New(fault.Conflict, "tx.put", "%s exists", w.Key)
	}
	if w.Expect.Version != 0 && (current == nil || current.VID != w.Expect.Version) {
		if current == nil {
			return fault.New(fault.PreconditionFailed, "tx.put", "%s has no version %d", w.Key, w.Expect.Version)
		}
		return fault.New(fault.PreconditionFailed, "tx.put", "the current version of %s is %d, not %d", w.Key, current.VID, w.Expect.Version)
	}
	return nil
}

// Search finds resources as the closure sees them: what it depends on is written to the tables first, the closure's own
// part under a savepoint.
func (t *tx) Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	const op = "tx.search"
	if err := t.usable(ctx, op); err != nil {
		return nil, err
	}
	g := t.group
	if !t.saved && concerns(q, narrow, g.base) {
		if err := g.flushBase(); err != nil {
			return nil, t.fail(op, err)
		}
	}
	if concerns(q, narrow, t.local) {
		if err := t.flush(); err != nil {
			return nil, t.fail(op, err)
		}
	}
	if err := g.begin(nil); err != nil {
		return nil, t.fail(op, err)
	}
	env := g.site.config.Search
	if env.Settled = searchsql.AsksPostings(q); env.Settled {
		if err := g.site.text.Within(g.ctx, g.conn); err != nil {
			return nil, t.fail(op, err)
		}
		g.written = true
	}
	result, err := searchsql.Run(g.ctx, g.querier(), g.site.config.Dialect, env, q, narrow, page)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Internal || kind == fault.Unavailable) {
		return nil, t.fail(op, err) // the statement failed, and on PostgreSQL the transaction with it
	}
	return result, err
}

// flush writes what the closure has pending, under a savepoint. What the group has pending goes before it, so that nothing of
// the group can lie behind the savepoint and be lost when the closure fails.
func (t *tx) flush() error {
	g := t.group
	if !t.saved {
		if err := g.flushBase(); err != nil {
			return err
		}
		if err := g.exec("SAVEPOINT " + savepoint); err != nil {
			return err
		}
		t.saved = true
	}
	return g.flush(t.local)
}

// querier keeps the searches of the group prepared: those of a bundle's conditional references differ only in their values.
func (g *group) querier() searchsql.Querier {
	if g.searches == nil {
		g.searches = searchsql.NewStatements(g.conn, g.site.config.Dialect)
	}
	return g.searches
}

// concerns reports whether what l has pending can show in the result of q. A query about other types, which follows no
// references, need not wait for a flush: a bundle's conditional references then cost one flush, not one each.
func concerns(q *search.Query, narrow access.Narrow, l *layer) bool {
	simple := len(q.Types) > 0 && len(q.Include) == 0 && len(q.RevInclude) == 0 && len(narrow.Filters) == 0 &&
		!slices.ContainsFunc(q.Clauses, func(c search.Clause) bool { return c.Beyond() })
	for _, r := range l.records {
		if r.dirty() && (!simple || slices.Contains(q.Types, r.key.Type)) {
			return true
		}
	}
	return false
}
