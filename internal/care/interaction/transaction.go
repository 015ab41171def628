package interaction

import (
	"context"
	"net/http"
	"runtime"

	"chartwright/gen/r4"
	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/bundle"
)

// transaction does what all entries ask for, or nothing.
//
// Everything that does not depend on the state of the chart happens before the writer is held, on all processors: decoding,
// choosing ids, rewriting references, validating, indexing, encoding. What depends on it (conditions, conditional references)
// is looked up before, too, to prepare for what it will probably be, and again inside the transaction. If it differs there, the
// whole is prepared again.
//
// https://hl7.org/fhir/R4/http.html#trules
func (e *Engine) transaction(ctx context.Context, c *Call, b *bundle.Bundle) (*Answer, error) {
	var err error
	for range maxAttempts {
		var t *transaction
		if t, err = e.prepare(ctx, c, b); err != nil {
			return nil, err
		}
		err = c.book.Write(ctx, t.touched(), t.apply)
		if err == nil {
			return t.finish(ctx, e), nil
		}
		if err != error(errStale) { //nolint:errorlint // the sentinel itself, never wrapped
			return nil, err
		}
	}
	return nil, err
}

// transaction is a transaction Bundle on its way.
type transaction struct {
	call    *Call
	entries []txEntry
	links   *links
	grants  map[access.Request]*record.Book
}

// txEntry is one entry on its way.
type txEntry struct {
	call     *Call
	fullURL  string
	resource r4.Resource    // of a create or update
	asked    string         // the id that the caller gave the resource
	id       string         // the id that it will have; empty while only the transaction can tell
	match    *criteria      // of a conditional interaction
	found    *chart.Version // what match probably finds
	patch    change
	step     *step // nil for reads
	result   result
}

// prepare makes every entry ready for the transaction. Errors: those of the first entry at fault, with its place.
func (e *Engine) prepare(ctx context.Context, c *Call, b *bundle.Bundle) (*transaction, error) {
	t := &transaction{call: c, entries: make([]txEntry, len(b.Entries)), grants: map[access.Request]*record.Book{}}
	for i := range b.Entries {
		t.entries[i].fullURL = b.Entries[i].FullURL
		if err := t.open(ctx, e, &t.entries[i], &b.Entries[i]); err != nil {
			return nil, atEntry(i, err)
		}
	}
	if err := t.each(func(x *txEntry) error { return x.decode(ctx) }); err != nil {
		return nil, err
	}
	if err := t.identify(e); err != nil {
		return nil, err
	}
	t.links = newLinks(t.entries)
	for i := range t.entries {
		if err := t.links.collect(ctx, e, c, t.entries[i].resource); err != nil {
			return nil, atEntry(i, err)
		}
	}
	if err := t.each(func(x *txEntry) error {
		if x.resource != nil {
			t.links.rewrite(x.resource)
		}
		return x.prepare(ctx)
	}); err != nil {
		return nil, err
	}
	return t, nil
}

// open decides about one entry: what it asks for and whether the caller may.
func (t *transaction) open(ctx context.Context, e *Engine, x *txEntry, entry *bundle.Entry) (err error) {
	if x.call, err = e.entryCall(t.call, entry); err != nil {
		return err
	}
	c := x.call
	letter := c.Interaction.Access()
	if afterwards(c) {
		return e.foresee(ctx, c)
	}
	asked := access.Request{API: access.FHIR, Action: access.Action(letter), Type: c.Type}
	if c.book = t.grants[asked]; c.book == nil {
		grant, err := e.grant(ctx, c, asked.Action, c.Type)
		if err != nil {
			return err
		}
		c.book = t.call.book.With(grant)
		t.grants[asked] = c.book
	}
	switch c.Interaction {
	case r4route.Create:
		if c.Header.IfNoneExist != "" {
			x.match, err = e.parseCriteria(ctx, c, c.Type, c.Header.IfNoneExist)
		}
	case r4route.UpdateConditional, r4route.DeleteConditional, r4route.PatchConditional:
		x.match, err = e.criteria(ctx, c, c.Type, c.Params)
	}
	return err
}

// afterwards reports whether an interaction is answered when the transaction is done: what only reads, but for the read of one
// resource, and operations.
func afterwards(c *Call) bool {
	i := c.Interaction
	return phaseOf(c.Method, i) == phaseRead && i != r4route.Read || i.Access() == '*' || i.Access() == '-'
}

// foresee makes sure that a call which is answered afterwards is understood and allowed, so that nothing is written if it is
// not. Errors: those of the interaction as far as they don't depend on the record.
func (e *Engine) foresee(ctx context.Context, c *Call) error {
	switch c.Interaction {
	case r4route.VRead, r4route.Capabilities:
		_, err := e.allowed(ctx, c)
		return err
	}
	ahead := *c
	ahead.foreseen = true
	_, err := e.Do(ctx, &ahead)
	return err
}

// decode reads what the entry carries and looks up what its condition finds now.
func (x *txEntry) decode(ctx context.Context) (err error) {
	switch x.call.Interaction {
	case r4route.Create, r4route.Update, r4route.UpdateConditional:
		if x.resource, err = x.call.decode(); err != nil {
			return inEntry(err)
		}
		x.asked = x.resource.IDField().V
		if x.call.Interaction == r4route.Update {
			if err = checkID(x.resource, x.call.ID); err != nil {
				return inEntry(err)
			}
		}
	case r4route.Patch, r4route.PatchConditional:
		if x.patch, err = parsePatch(x.call); err != nil {
			return err
		}
	}
	if x.match != nil {
		x.found, err = x.match.now(ctx)
	}
	return err
}

// identify gives every resource its id and makes sure that no two entries change the same one.
//
// https://hl7.org/fhir/R4/http.html#trules
func (t *transaction) identify(e *Engine) error {
	changed := make(map[chart.Key]int, len(t.entries))
	for i := range t.entries {
		x := &t.entries[i]
		switch x.call.Interaction {
		case r4route.Create:
			if x.found == nil {
				x.id = e.records.NewID()
			}
		case r4route.UpdateConditional:
			if x.found == nil {
				x.id = or(x.asked, e.records.NewID())
			}
		case r4route.Update, r4route.Patch, r4route.Delete:
			x.id = x.call.ID
		}
		if x.found != nil {
			x.id = x.found.ID
			if x.call.Interaction == r4route.Create {
				continue // it changes nothing
			}
		}
		if x.id == "" || phaseOf(x.call.Method, x.call.Interaction) == phaseRead {
			continue
		}
		key := chart.Key{Type: x.call.Type, ID: x.id}
		if other, twice := changed[key]; twice {
			return atEntry(i, fault.New(fault.Invalid, "interaction.transaction", "this entry and Bundle.entry[%d] change the same resource", other))
		}
		changed[key] = i
	}
	return nil
}

// prepare makes the step of one entry, once its references are final.
func (x *txEntry) prepare(ctx context.Context) (err error) {
	c := x.call
	switch c.Interaction {
	case r4route.Create:
		if x.found != nil {
			x.step = &step{book: c.book, apply: func(*record.Unit) (outcome, error) { return outcome{200, x.found}, nil }}
		} else {
			if x.step, err = createStep(ctx, c.book, x.resource, x.id, nil); err == nil {
				x.step.draft.Fresh = true // from identify
			}
		}
	case r4route.Update:
		x.step, err = updateStep(ctx, c, x.resource)
	case r4route.UpdateConditional:
		x.step, err = conditionalStep(ctx, c, x.resource, x.asked, x.id, x.found)
	case r4route.Patch:
		x.step, err = patchStep(ctx, c, c.key(), x.patch)
	case r4route.PatchConditional:
		x.step, err = patchMatchStep(ctx, c, x.found, x.patch)
	case r4route.Delete:
		x.step, err = deleteStep(c, c.key())
	case r4route.DeleteConditional:
		if x.found != nil {
			x.step, err = deleteStep(c, x.found.Key)
		} else {
			x.step = &step{book: c.book, apply: func(*record.Unit) (outcome, error) { return outcome{status: 204}, nil }}
		}
	}
	if err != nil {
		return inEntry(err)
	}
	if x.step != nil && x.match != nil {
		x.step.given(x.match, x.found)
	}
	return nil
}

// touched lists the keys that the transaction reads or writes.
func (t *transaction) touched() []chart.Key {
	var keys []chart.Key
	for i := range t.entries {
		if s := t.entries[i].step; s != nil {
			keys = append(keys, s.touch...)
		}
	}
	return keys
}

// apply writes everything, in the order of the verbs. It may run twice.
func (t *transaction) apply(u *record.Unit) error {
	if err := t.links.check(u); err != nil {
		return err
	}
	for phase := range phases {
		for i := range t.entries {
			x := &t.entries[i]
			if phaseOf(x.call.Method, x.call.Interaction) != phase {
				continue
			}
			if err := x.apply(u); err != nil {
				if err == error(errStale) { //nolint:errorlint // the sentinel itself, never wrapped
					return err
				}
				return atEntry(i, err)
			}
		}
	}
	return nil
}

// apply does what one entry asks for.
func (x *txEntry) apply(u *record.Unit) error {
	switch {
	case x.step != nil:
		done, err := x.step.apply(u)
		if err == nil {
			x.result.answer = x.call.wrote(done)
		}
		return err
	case x.call.Interaction == r4route.Read:
		v, err := u.As(x.call.book).Show(x.call.key())
		if err == nil {
			x.result.answer = x.call.show(v)
		}
		return err
	}
	return nil
}

// finish answers the reads that only make sense once the transaction is done, and puts the answer together. A read that fails
// then can't undo what is done; its entry says why.
func (t *transaction) finish(ctx context.Context, e *Engine) *Answer {
	done := make([]result, len(t.entries))
	for i := range t.entries {
		x := &t.entries[i]
		if x.result.answer == nil {
			x.result.answer, x.result.err = e.Do(ctx, x.call)
		}
		done[i] = x.result
	}
	return &Answer{Status: http.StatusOK, Body: &resultBundle{
		typ: "transaction-response", base: t.call.Base, results: done, reference: record.OriginFrom(ctx).RequestID,
	}}
}

// each calls do for every entry, on all processors, and returns the error of the first entry in the Bundle that fails.
func (t *transaction) each(do func(*txEntry) error) error {
	errs := make([]error, len(t.entries))
	parallel(len(t.entries), runtime.GOMAXPROCS(0), func(i int) { errs[i] = do(&t.entries[i]) })
	for i, err := range errs {
		if err != nil {
			return atEntry(i, err)
		}
	}
	return nil
}
