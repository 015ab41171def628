package standard

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/kept"
)

// A row is a function of the versions it is made of, of those that it follows references to, and of lists. Rows that are read
// often are therefore kept encoded, together with what they were made from. A request reads everything that it would read
// without them, in the caller's view and with the same audit events; when all of it is what the row was made from, then
// only decoding, mapping and encoding are left out. So a row can be neither old nor one that the caller may not see.

// maxRendered bounds the rows that a process keeps, in bytes.
const maxRendered = 32 << 20

// rendered is a row and its JSON. Neither is ever changed.
type rendered[T any] struct {
	row  *T
	json []byte
}

// fields lets filters and sort keys see the row.
func (r *rendered[T]) fields() any { return r.row }

// render encodes a row.
func render[T any](t *T) (rendered[T], error) {
	data, err := json.Marshal(t)
	if err != nil {
		return rendered[T]{}, fault.Wrap(fault.Internal, "standard.render", err)
	}
	return rendered[T]{t, data}, nil
}

// size estimates what the row keeps in memory: itself, its texts and its JSON.
func (r *rendered[T]) size() int {
	return int(reflect.TypeFor[T]().Size()) + 2*len(r.json)
}

// subject names what is kept: what is made of the resource that key names.
type subject struct {
	site, what string
	key        chart.Key
}

// making is something made, and what it was made from.
type making struct {
	value any
	from  []int64 // the sequence numbers of the versions
	steps []step  // in order
	lists []consulted
}

// step is a read of what a reference names, and the sequence number of the version that was seen; 0 = none.
type step struct {
	typ, ref string
	seq      int64
}

// step adds a read that found v; nothing if v is nil.
func (m *making) step(typ, ref string, v *chart.Version) {
	s := step{typ: typ, ref: ref}
	if v != nil {
		s.seq = v.Seq
	}
	m.steps = append(m.steps, s)
}

// consulted is a list that was read, and what it was then.
type consulted struct {
	name    string
	edition int64
}

// renderings are what a server keeps.
type renderings = kept.Store[subject, *making]

// remember returns what build makes of versions that were read in this request, the first of which names it: what was made
// before, if nothing that it was made from has changed for this caller. bytes is what the value takes up beside the bodies.
// What it returns is shared: it must not be changed.
//
// Of the record build may know from, what [Desk.stored] answers (as read, follow and fetch do) and [Desk.options], nothing else:
// these leave in the making what they saw.
func remember[V any](ctx context.Context, d *Desk, what string, from []*chart.Version, build func() (value V, bytes int, err error)) (V, error) {
	s := subject{d.book.Site().Name(), what, from[0].Key}
	if m, ok := d.renderings.Get(s); ok && slices.EqualFunc(m.from, from, func(seq int64, v *chart.Version) bool { return seq == v.Seq }) {
		if ok, err := d.stands(ctx, m); ok || err != nil {
			if err != nil {
				var none V
				return none, err
			}
			return m.value.(V), nil
		}
	}
	m := &making{}
	d.making = m
	value, bytes, err := build()
	d.making = nil
	if err != nil {
		return value, err
	}
	m.value = value
	for _, v := range from {
		m.from = append(m.from, v.Seq)
		bytes += 2 * len(v.Body) // texts of the value may lie in what the body was decoded into
	}
	d.renderings.Put(s, m, bytes)
	return value, nil
}

// stands reports whether the caller finds behind references and in lists what m was made from.
func (d *Desk) stands(ctx context.Context, m *making) (bool, error) {
	for _, l := range m.lists {
		now, err := d.shelved(ctx, l.name)
		if err != nil || now.edition != l.edition {
			return false, err
		}
	}
	for _, f := range m.steps {
		var now int64
		v, err := d.stored(ctx, f.typ, f.ref)
		if err == nil {
			now = v.Seq
		} else if !hidden(err) {
			return false, err
		}
		if now != f.seq {
			return false, nil
		}
	}
	return true, nil
}
