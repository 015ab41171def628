package chartstore

import (
	"reflect"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
)

// batch is what one flush writes, as rows of the tables. The engines write it in the order of the fields: what is
// superseded moves to the history before its row is overwritten, and index rows go before they come.
type batch struct {
	systems   changes
	archive   []int64  // rids whose row in resource moves to history
	updates   []update // rows of resource that are overwritten
	resources changes  // new rows of resource
	history   changes  // versions that were superseded before they were ever flushed
	indexes   []*changes
	audit     changes
	auditKeys changes
	again     bool // index rows may be there already, though no row of resource changes

	tokens, strings, uris, refs, dates, numbers, quantities, composites changes
}

// update overwrites a row of resource that holds version was.
type update struct {
	was     int64
	version *chart.Version
	body    []byte // as it is stored
}

// fresh reports whether all index rows are of resources that have none yet, so that none can be there.
func (b *batch) fresh() bool { return len(b.updates) == 0 && !b.again }

// size is about how many rows the batch changes.
func (b *batch) size() int {
	n := len(b.archive) + len(b.updates)
	for _, c := range append([]*changes{&b.resources, &b.history, &b.audit, &b.auditKeys}, b.indexes...) {
		n += c.rows(c.added) + c.rows(c.gone)
	}
	return n
}

func newBatch() *batch {
	b := &batch{
		systems: changes{table: systemTable}, resources: changes{table: resourceTable}, history: changes{table: historyTable},
		audit: changes{table: auditTable}, auditKeys: changes{table: auditKeyTable},
		tokens: changes{table: tokenTable}, strings: changes{table: stringTable}, uris: changes{table: uriTable},
		refs: changes{table: refTable}, dates: changes{table: dateTable}, numbers: changes{table: numberTable},
		quantities: changes{table: quantityTable}, composites: changes{table: compositeTable},
	}
	b.indexes = []*changes{&b.tokens, &b.strings, &b.uris, &b.refs, &b.dates, &b.numbers, &b.quantities, &b.composites}
	return b
}

// textOrNil is a nullable text column.
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// bytesOrNil is a nullable column of bytes: a nil []byte in an any is not nil.
func bytesOrNil(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// versions adds the pending versions of r, or a placeholder.
func (b *batch) versions(r *record) {
	n := len(r.pending)
	if n == 0 {
		b.resources.added = append(b.resources.added, r.rid, r.key.Type, r.key.ID, int64(0), nil, int64(0), int64(0), nil, nil)
		return
	}
	newest := r.pending[n-1]
	if !r.stored {
		b.resources.added = append(b.resources.added, r.rid, r.key.Type, r.key.ID, newest.VID, newest.Seq,
			newest.Updated.UnixMilli(), int64(newest.Method), textOrNil(newest.Owner), bytesOrNil(newest.body))
	} else {
		u := update{version: newest.Version, body: newest.body}
		if r.flushed != nil {
			u.was = r.flushed.VID
			b.archive = append(b.archive, r.rid)
		}
		b.updates = append(b.updates, u)
	}
	for _, v := range r.pending[:n-1] {
		b.history.added = append(b.history.added, v.Seq, r.rid, v.VID, v.Updated.UnixMilli(), int64(v.Method),
			textOrNil(v.Owner), bytesOrNil(v.body))
	}
}

// index adds rows of the search index, to be inserted or deleted.
func (b *batch) index(rid int64, s *rowset, n *names, insert bool) {
	to := func(c *changes) *[]any {
		if insert {
			return &c.added
		}
		return &c.gone
	}
	for _, c := range s.within {
		b.index(index.ContainedNumber(rid, c.place), c.rows, n, insert)
	}
	for i := range s.tokens {
		t, rows := &s.tokens[i], to(&b.tokens)
		*rows = append(*rows, int64(t.param), t.code, n.systems[t.system], rid, textOrNil(t.text))
	}
	for i := range s.strings {
		x, rows := &s.strings[i], to(&b.strings)
		*rows = append(*rows, int64(x.param), x.norm, rid, int64(x.n), x.exact, textOrNil(x.rest))
	}
	for i := range s.uris {
		u, rows := &s.uris[i], to(&b.uris)
		*rows = append(*rows, int64(u.param), u.uri, rid)
	}
	for i := range s.refs {
		r, rows := &s.refs[i], to(&b.refs)
		target := n.rids[r.target]
		if r.place > 0 {
			target = index.ContainedNumber(container(rid), r.place)
		}
		*rows = append(*rows, rid, int64(r.param), target, r.version)
	}
	for i := range s.dates {
		d, rows := &s.dates[i], to(&b.dates)
		*rows = append(*rows, rid, int64(d.Param), d.Lo, d.Hi)
	}
	for i := range s.numbers {
		x, rows := &s.numbers[i], to(&b.numbers)
		*rows = append(*rows, rid, int64(x.Param), x.Value, x.Lo, x.Hi)
	}
	for i := range s.quantities {
		q, rows := &s.quantities[i], to(&b.quantities)
		*rows = append(*rows, rid, int64(q.param), int64(q.n), n.systems[q.system], q.code, q.unit, q.value, q.lo, q.hi)
		*rows = append(*rows, canonical(q.canonUnit, q.canonLo, q.canonHi)...)
	}
	for i := range s.composites {
		c, rows := &s.composites[i], to(&b.composites)
		*rows = append(*rows, rid, int64(c.param), int64(c.n))
		*rows = append(*rows, n.part(&c.a)...)
		*rows = append(*rows, n.part(&c.b)...)
		*rows = append(*rows, canonical(c.canonUnit, c.canonLo, c.canonHi)...)
	}
}

// container is the number of the resource that contains rid, or rid itself.
func container(rid int64) int64 {
	if rid < 0 {
		rid, _ = index.Container(rid)
	}
	return rid
}

func canonical(unit string, lo, hi float64) []any {
	if unit == "" {
		return []any{nil, nil, nil}
	}
	return []any{unit, lo, hi}
}

func (n *names) part(p *part) []any {
	ref := n.systems[p.system]
	if p.target.ID != "" {
		ref = n.rids[p.target]
	}
	return []any{p.text, ref, p.value, p.lo, p.hi}
}

// changes returns what must go and come in the tables so that they have fresh where they have s.
func (s *rowset) changes(fresh *rowset) (gone, added *rowset) {
	if fresh == nil {
		return s, noRows
	}
	gone, added = &rowset{}, &rowset{}
	if !reflect.DeepEqual(s.within, fresh.within) {
		gone.within, added.within = s.within, fresh.within
	}
	gone.tokens, added.tokens = diff(s.tokens, fresh.tokens)
	gone.strings, added.strings = diff(s.strings, fresh.strings)
	gone.uris, added.uris = diff(s.uris, fresh.uris)
	gone.refs, added.refs = diff(s.refs, fresh.refs)
	gone.dates, added.dates = diff(s.dates, fresh.dates)
	gone.numbers, added.numbers = diff(s.numbers, fresh.numbers)
	gone.quantities, added.quantities = diff(s.quantities, fresh.quantities)
	gone.composites, added.composites = diff(s.composites, fresh.composites)
	return gone, added
}
