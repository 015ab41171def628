package standard

import (
	"context"
	"net/url"
	"strings"

	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/kept"
)

// What was read and found stays true while the site's state stays the same. A server keeps some of it with the state before which
// it was read; a request asks for the state once, and what was kept at the same state needs no other look at the store. It is
// judged and recorded as if it had been read.

// maxKnown bounds what a process keeps of reads and searches, in bytes.
const maxKnown = 16 << 20

// inquiry is a read of what a reference or a number names, or a search in a view.
type inquiry struct{ site, typ, what, view string }

// finding is what an inquiry found: a version or a page.
type finding struct {
	state   int64
	version *chart.Version
	page    *chart.Result
}

type findings = kept.Store[inquiry, *finding]

// asOf returns the state of the site at some instant of this request.
func (d *Desk) asOf(ctx context.Context) (int64, error) {
	if d.state < 0 {
		n, err := d.book.State(ctx)
		if err != nil {
			return 0, err
		}
		d.state = n
	}
	return d.state, nil
}

// moved forgets the state: the request itself has changed the record.
func (d *Desk) moved() { d.state = -1 }

// write is [record.Book.Write].
func (d *Desk) write(ctx context.Context, touch []chart.Key, fn func(*record.Unit) error) error {
	defer d.moved()
	return d.book.Write(ctx, touch, fn)
}

// known returns what an inquiry found in the present state; nil if that is not known.
func (d *Desk) known(ctx context.Context, q inquiry) (*finding, error) {
	state, err := d.asOf(ctx)
	if err != nil {
		return nil, err
	}
	if f, ok := d.findings.Get(q); ok && f.state == state {
		return f, nil
	}
	return nil, nil
}

// lookUp reads the resource of type typ that what, an identifier or # and a number, names. Errors: as [record.Book.Read].
func (d *Desk) lookUp(ctx context.Context, typ, what string, read func() (*chart.Version, error)) (*chart.Version, error) {
	q := inquiry{site: d.book.Site().Name(), typ: typ, what: what}
	f, err := d.known(ctx, q)
	if err != nil {
		return nil, err
	}
	if f != nil {
		return d.book.ReadAgain(ctx, f.version)
	}
	v, err := read()
	if err == nil {
		d.findings.Put(q, &finding{state: d.state, version: v}, len(v.Body))
	}
	return v, err
}

// search is [record.Book.FindStored].
func (d *Desk) search(ctx context.Context, typ string, params url.Values) (*chart.Result, error) {
	view, ok := d.book.View(typ)
	if !ok || elsewhere(params) {
		return d.book.FindStored(ctx, typ, params)
	}
	q := inquiry{d.book.Site().Name(), typ, "?" + params.Encode(), view}
	f, err := d.known(ctx, q)
	if err != nil {
		return nil, err
	}
	if f != nil {
		return f.page, d.book.FoundAgain(ctx, typ, f.page)
	}
	page, err := d.book.FindStored(ctx, typ, params)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, v := range page.Matches {
		size += len(v.Body) + perVersion
	}
	d.findings.Put(q, &finding{state: d.state, page: page}, size)
	return page, nil
}

// perVersion is about what a version takes up beside its body, in bytes.
const perVersion = 256

// elsewhere reports whether a search looks at resources of other types, of which callers with the same view of its own type may
// have different ones: through chains, _has, or a modifier.
func elsewhere(params url.Values) bool {
	for name := range params {
		if strings.ContainsAny(name, ".:") || strings.HasPrefix(name, "_has") || strings.HasPrefix(name, "_filter") {
			return true
		}
	}
	return false
}
