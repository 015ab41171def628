package interaction

import (
	"context"
	"strconv"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

const (
	// defaultExpunge and maxExpunge bound the versions that one call removes.
	defaultExpunge = 1000
	maxExpunge     = 100_000
	// expungeBatch is how many resources one transaction removes versions of, so that other writes find their turn.
	expungeBatch = 100
)

// expunge removes for good what nobody reads any more: deleted resources, versions before the current ones, or on the whole
// server everything. The answer counts the versions that went. Each transaction takes some; a call that fails in between has
// removed what it has removed.
//
// Errors: Invalid for parameters that ask for nothing or are not understood; NotFound of one resource.
func (e *Engine) expunge(ctx context.Context, c *Call) (*Answer, error) {
	want, err := expungeParams(c)
	if err != nil {
		return nil, err
	}
	w := &removal{book: c.book, left: want.limit}
	if c.ID != "" {
		err = w.write(ctx, []chart.Key{c.key()}, func(u *record.Unit, key chart.Key) error { return w.instance(u, key, want) })
		return w.answer(err)
	}
	for _, step := range []struct {
		asked bool
		of    chart.Remnant
		take  func(u *record.Unit, key chart.Key) error
	}{
		{want.everything, chart.Any, func(u *record.Unit, key chart.Key) error { return w.take(u, key, chart.Whole) }},
		{want.deleted, chart.Deleted, w.deleted},
		{want.previous, chart.Superseded, func(u *record.Unit, key chart.Key) error { return w.take(u, key, chart.Previous) }},
	} {
		if step.asked && err == nil {
			err = w.sweep(ctx, chart.RemnantQuery{Type: c.Type, Of: step.of, Limit: expungeBatch}, step.take)
		}
	}
	return w.answer(err)
}

// purgeHistory removes the versions of a resource before the current one for good.
//
// Errors: NotFound.
func (e *Engine) purgeHistory(ctx context.Context, c *Call) (*Answer, error) {
	if _, err := c.input(); err != nil {
		return nil, err
	}
	w := &removal{book: c.book, left: maxExpunge}
	return w.answer(w.write(ctx, []chart.Key{c.key()}, func(u *record.Unit, key chart.Key) error {
		if err := w.known(u, key); err != nil {
			return err
		}
		return w.take(u, key, chart.Previous)
	}))
}

// expungeOptions is what a caller wants removed.
type expungeOptions struct {
	deleted, previous, everything bool
	limit                         int
}

func expungeParams(c *Call) (o expungeOptions, err error) {
	const op = "interaction.expunge"
	in, err := c.input()
	if err != nil {
		return o, err
	}
	for name, to := range map[string]*bool{
		"expungeDeletedResources": &o.deleted, "expungePreviousVersions": &o.previous, "expungeEverything": &o.everything,
	} {
		if *to, err = in.flag(name); err != nil {
			return o, err
		}
	}
	o.limit = defaultExpunge
	if text := in.first("limit"); text != "" {
		if o.limit, err = strconv.Atoi(text); err != nil || o.limit < 1 || o.limit > maxExpunge {
			return o, fault.AtParam(op, "limit", "limit is a number from 1 to %d", maxExpunge)
		}
	}
	switch {
	case o.everything && c.Type != "":
		return o, fault.AtParam(op, "expungeEverything", "expungeEverything is for the whole server; delete a resource first, then expunge what is deleted")
	case !o.deleted && !o.previous && !o.everything:
		return o, fault.New(fault.Invalid, op, "say what to remove: expungeDeletedResources or expungePreviousVersions")
	}
	return o, nil
}

// removal counts what a call removes.
type removal struct {
	book    *record.Book
	left    int // versions that may still go
	removed int
}

// write removes in one transaction what take takes of each key. A transaction may run twice; what counts is the last time.
func (w *removal) write(ctx context.Context, keys []chart.Key, take func(u *record.Unit, key chart.Key) error) error {
	left, removed := w.left, w.removed
	return w.book.Write(ctx, keys, func(u *record.Unit) error {
		w.left, w.removed = left, removed
		for _, key := range keys {
			if err := take(u, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweep goes over all resources that q finds, until nothing may go any more.
func (w *removal) sweep(ctx context.Context, q chart.RemnantQuery, take func(u *record.Unit, key chart.Key) error) error {
	for w.left > 0 {
		found, err := w.book.Remnants(ctx, q)
		if err != nil || len(found) == 0 {
			return err
		}
		keys := make([]chart.Key, len(found))
		for i, v := range found {
			keys[i] = v.Key
		}
		if err := w.write(ctx, keys, take); err != nil {
			return err
		}
		q.After = found[len(found)-1].Number
	}
	return nil
}

func (w *removal) take(u *record.Unit, key chart.Key, what chart.Removal) error {
	if w.left == 0 {
		return nil
	}
	n, err := u.Remove(key, what, w.left)
	if fault.Is(err, fault.NotFound) {
		return nil // another has removed it, or it lies outside the caller's view
	}
	w.left, w.removed = w.left-n, w.removed+n
	return err
}

// deleted removes the resource if it is still deleted.
func (w *removal) deleted(u *record.Unit, key chart.Key) error {
	now, err := u.Current(key)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && (now == nil || !now.Deleted()):
		return nil
	case err != nil:
		return err
	}
	return w.take(u, key, chart.Whole)
}

// instance removes what the caller wants of one resource.
func (w *removal) instance(u *record.Unit, key chart.Key, want expungeOptions) error {
	if err := w.known(u, key); err != nil {
		return err
	}
	if want.deleted {
		if err := w.deleted(u, key); err != nil {
			return err
		}
	}
	if want.previous {
		return w.take(u, key, chart.Previous)
	}
	return nil
}

// known answers NotFound for what does not exist or lies outside the caller's view.
func (w *removal) known(u *record.Unit, key chart.Key) error {
	now, err := u.Current(key)
	if err == nil && now == nil {
		err = fault.New(fault.NotFound, "interaction.expunge", "%s is not known", key)
	}
	return err
}

func (w *removal) answer(err error) (*Answer, error) {
	if err != nil {
		return nil, err
	}
	count := &fhir.Integer{V: int32(w.removed), Set: true}
	return parametersAnswer(&r4.Parameters{Parameter: []r4.ParametersParameter{{Name: fhir.NewString("count"), Value: count}}})
}
