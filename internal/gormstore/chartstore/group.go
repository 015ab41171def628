package chartstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/searchsql"
)

// counters are the site's counters as the transaction has advanced them. Numbers that a failed closure took are not given
// back: sequence and resource numbers may have gaps, versions and audit numbers don't.
type counters struct {
	seq, rid, system, updated, auditSeq int64
	params                              int64 // generation of the site's own search parameters; only read here
	auditHash                           []byte
}

// group is one transaction: the closures of several callers over the records they share.
type group struct {
	site *Site
	conn *sql.Conn
	ctx  context.Context // of the transaction, not of any caller: one caller's leaving must not end it for all
	now  int64           // milliseconds: what all versions of the group carry

	counters counters
	base     *layer // what the closures that succeeded have left
	active   *layer // of the closure that is running; nil = none
	searches *searchsql.Statements
	events   []*chart.AuditEvent
	named    stretchNames // what the index of the trail has already
	naming   stretchNames // what the group adds to it
	bytes    int
	written  bool // something was flushed, or written by who has joined
	careful  bool // those who join get a savepoint each

	begun bool
	guess *counters // what the counters are taken to be while the transaction has not begun; nil = nothing is
}

// begin begins the transaction unless it has begun, and fetches what exists of keys.
//
// Errors: errGuess if the counters are not what they were taken for.
func (g *group) begin(keys []chart.Key) error {
	if g.begun {
		return nil
	}
	now, found, err := g.site.engine.begin(g.ctx, g.conn, keys)
	if err != nil {
		return err
	}
	g.begun = true
	switch {
	case g.guess == nil:
		g.counters = now
	case !now.equal(g.guess):
		return errGuess
	}
	g.keep(keys, found)
	return nil
}

// errGuess tells that another process has written to the site since the last commit of this one.
var errGuess = errors.New("the counters have moved on")

func (c *counters) equal(o *counters) bool {
	return c.seq == o.seq && c.rid == o.rid && c.system == o.system && c.updated == o.updated && c.auditSeq == o.auditSeq &&
		c.params == o.params && bytes.Equal(c.auditHash, o.auditHash)
}

// find returns the record of key as the closure with the layer local sees it (nil = outside any closure), fetching it if
// nobody has.
func (g *group) find(local *layer, key chart.Key) (*record, error) {
	if local != nil {
		if r, ok := local.records[key]; ok {
			return r, nil
		}
	}
	if r, ok := g.base.records[key]; ok {
		return r, nil
	}
	if err := g.begin(nil); err != nil {
		return nil, err
	}
	versions, err := g.site.engine.load(g.ctx, g.conn, []chart.Key{key})
	if err != nil {
		return nil, err
	}
	g.keep([]chart.Key{key}, versions)
	return g.base.records[key], nil
}

// keep notes what the database said about keys.
func (g *group) keep(keys []chart.Key, found []*chart.Version) {
	for _, v := range found {
		r := &record{key: v.Key, rid: v.Number, stored: true}
		if v.VID > 0 {
			r.current, r.flushed = v, v
		}
		g.base.records[v.Key] = r
	}
	for _, key := range keys {
		if _, ok := g.base.records[key]; !ok {
			g.base.records[key] = &record{key: key}
		}
	}
}

// flushBase writes what the group has pending while a closure is running, whose copies of these records then start from the
// flushed state.
func (g *group) flushBase() error {
	lead := map[chart.Key]int{}
	for key := range g.active.records {
		if r, ok := g.base.records[key]; ok {
			lead[key] = len(r.pending)
		}
	}
	if err := g.flush(g.base); err != nil {
		return err
	}
	for key, r := range g.active.records {
		b, ok := g.base.records[key]
		if !ok || !b.stored {
			continue
		}
		r.stored = true
		if n := lead[key]; n > 0 {
			r.flushed, r.rows, r.pending = b.flushed, b.rows, r.pending[n:]
			if len(r.pending) == 0 {
				r.fresh = nil
			}
		}
	}
	return nil
}

// flush writes what l has pending, within the transaction.
func (g *group) flush(l *layer) error {
	b, dirty, err := g.batch(l)
	if err != nil || b == nil {
		return err
	}
	if err := g.begin(nil); err != nil {
		return err
	}
	if err := g.site.engine.flush(g.ctx, g.conn, b); err != nil {
		return err
	}
	g.flushed(dirty)
	return nil
}

// flushed notes that the tables have the records now.
func (g *group) flushed(dirty []*record) {
	g.written = true
	for _, r := range dirty {
		r.stored = true
		if n := len(r.pending); n > 0 {
			r.flushed, r.rows = r.pending[n-1].Version, r.fresh
			r.pending, r.fresh = nil, nil
		}
	}
}

// batch turns what l has pending into rows, giving numbers to new reference targets and code systems. It returns nil if
// there is nothing to write.
func (g *group) batch(l *layer) (*batch, []*record, error) {
	dirty := l.dirtyRecords()
	if len(dirty) == 0 {
		return nil, nil, nil
	}
	b := newBatch()
	type change struct {
		rid         int64
		gone, added *rowset
	}
	changes := make([]change, 0, len(dirty))
	for _, r := range dirty {
		b.versions(r)
		if len(r.pending) == 0 {
			continue
		}
		c := change{rid: r.rid}
		c.gone, c.added = r.rows.changes(r.fresh)
		changes = append(changes, c)
	}
	names := &names{systems: map[string]int64{}, rids: map[chart.Key]int64{}}
	for _, c := range changes {
		names.collect(c.gone)
		names.collect(c.added)
	}
	placeholders, err := g.resolve(l, names, b)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range placeholders {
		b.versions(r)
	}
	for _, c := range changes {
		b.index(c.rid, c.gone, names, false)
		b.index(c.rid, c.added, names, true)
	}
	return b, append(dirty, placeholders...), nil
}

var noRows = &rowset{}

// knowRows sees to it that r knows the index rows which the tables have for it. They are computed from the stored body, as
// they were when it was written, so that no table has to find them by resource.
func (g *group) knowRows(r *record) error {
	switch {
	case r.rows != nil:
		return nil
	case r.flushed == nil || r.flushed.Body == nil:
		r.rows = noRows
		return nil
	}
	var rows index.Rows
	if err := g.extract(r.key.Type, r.flushed.Body, &rows); err != nil {
		return err
	}
	r.rows = newRowset(&rows)
	return nil
}

// extract computes the index rows of a body: those of the standard's parameters and, as of this transaction, of the site's own.
func (g *group) extract(typ string, body []byte, rows *index.Rows) error {
	if err := g.site.config.Extract(typ, body, rows); err != nil || g.counters.params == 0 || g.site.config.Own == nil {
		return err
	}
	return g.site.config.Own(g.ctx, g.counters.params, typ, body, rows)
}

// names are the code systems and reference targets that rows name, with their numbers.
type names struct {
	systems map[string]int64
	rids    map[chart.Key]int64
}

func (n *names) collect(s *rowset) {
	for _, c := range s.within {
		n.collect(c.rows)
	}
	for i := range s.tokens {
		n.systems[s.tokens[i].system] = 0
	}
	for i := range s.quantities {
		n.systems[s.quantities[i].system] = 0
	}
	for i := range s.refs {
		if s.refs[i].place == 0 {
			n.rids[s.refs[i].target] = 0
		}
	}
	for i := range s.composites {
		for _, p := range [...]*part{&s.composites[i].a, &s.composites[i].b} {
			n.systems[p.system] = 0
			if p.target.ID != "" {
				n.rids[p.target] = 0
			}
		}
	}
}

// resolve finds or gives the numbers that n asks for. New code systems go to l and b; new targets are returned as
// placeholders, which belong to l.
func (g *group) resolve(l *layer, n *names, b *batch) (placeholders []*record, err error) {
	var uris []string
	for uri := range n.systems {
		if id, ok := g.system(l, uri); ok {
			n.systems[uri] = id
		} else {
			uris = append(uris, uri)
		}
	}
	var keys []chart.Key
	for key := range n.rids {
		if rid, ok := g.rid(l, key); ok {
			n.rids[key] = rid
		} else {
			keys = append(keys, key)
		}
	}
	if len(uris) == 0 && len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(uris) // numbers are given in a known order
	slices.SortFunc(keys, compareKeys)
	if err := g.begin(nil); err != nil {
		return nil, err
	}
	if err := g.site.engine.lookup(g.ctx, g.conn, uris, keys, n); err != nil {
		return nil, err
	}
	for _, uri := range uris {
		if n.systems[uri] != 0 {
			g.site.ids.systems[uri] = n.systems[uri]
			continue
		}
		g.counters.system++
		n.systems[uri] = g.counters.system
		l.systems[uri] = g.counters.system
		b.systems.added = append(b.systems.added, g.counters.system, uri)
	}
	for _, key := range keys {
		if n.rids[key] != 0 {
			g.site.ids.rids[key] = n.rids[key]
			continue
		}
		r := &record{key: key, rid: g.promised(key)}
		if r.rid == 0 {
			g.counters.rid++
			r.rid = g.counters.rid
		}
		n.rids[key] = r.rid
		l.records[key] = r
		placeholders = append(placeholders, r)
	}
	return placeholders, nil
}

// promised returns the number that the running closure has already given to a resource which the group only now refers to.
func (g *group) promised(key chart.Key) int64 {
	if g.active == nil {
		return 0
	}
	if r, ok := g.active.records[key]; ok {
		return r.rid
	}
	return 0
}

func (g *group) system(l *layer, uri string) (int64, bool) {
	if id, ok := g.site.ids.systems[uri]; ok {
		return id, true
	}
	if id, ok := l.systems[uri]; ok {
		return id, true
	}
	id, ok := g.base.systems[uri]
	return id, ok
}

func (g *group) rid(l *layer, key chart.Key) (int64, bool) {
	for _, from := range [...]*layer{l, g.base} {
		if r, ok := from.records[key]; ok && r.rid != 0 {
			return r.rid, true
		}
	}
	rid, ok := g.site.ids.rids[key]
	return rid, ok
}
