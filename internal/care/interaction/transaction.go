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
// is looked up before, too, to prepare for what it will probably be, and again inside the transaction, when the verbs before it
// are done. If it differs there, the whole is prepared again for what was found.
//
// https://hl7.org/fhir/R4/http.html#trules
func (e *Engine) transaction(ctx context.Context, c *Call, b *bundle.Bundle) (*Answer, error) {
	var err error
	learnt := learnt{found: map[int]*chart.Version{}, links: map[string]linked{}, goes: map[chart.Key]bool{}}
	for range maxAttempts {
		var t *transaction
		if t, err = e.prepare(ctx, c, b, learnt); err != nil {
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
	changed map[chart.Key]int // resource → the entry that changes it
	learnt  learnt
}

// learnt is what attempts that came to nothing have found inside the transaction: a condition that holds only once other entries
// are done, or that another writer has changed.
type learnt struct {
	found map[int]*chart.Version // entry → what its condition finds
	links map[string]linked      // conditional reference → what it names
	goes  map[chart.Key]bool     // what entries delete, by id or by criteria
}

// txEntry is one entry on its way.
type txEntry struct {
	call     *Call
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
func (e *Engine) prepare(ctx context.Context, c *Call, b *bundle.Bundle, known learnt) (*transaction, error) {
	t := &transaction{call: c, entries: make([]txEntry, len(b.Entries)), grants: map[access.Request]*record.Book{}, learnt: known}
	for i := range b.Entries {
		if err := t.open(ctx, e, &t.entries[i], &b.Entries[i]); err != nil {
			return nil, atEntry(i, err)
		}
		if x := &t.entries[i]; x.call.Interaction == r4route.Delete {
			t.learnt.goes[x.call.key()] = true
		}
	}
	if err := t.each(func(i int, x *txEntry) error { return t.decode(ctx, i, x) }); err != nil {
		return nil, err
	}
	if err := t.identify(e); err != nil {
		return nil, err
	}
	var err error
	if t.links, err = newLinks(t.entries, known.links); err != nil {
		return nil, err
	}
	for i := range t.entries {
		if err := t.links.collect(ctx, e, c, i); err != nil {
			return nil, atEntry(i, err)
		}
	}
	if err := t.each(func(i int, x *txEntry) error {
		if err := t.links.rewrite(x); err != nil {
			return err
		}
		return t.ready(ctx, i, x)
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
	case r4route.Read:
		err = c.fitting(&c.Shape, c.Type)
	case r4route.Create:
		if c.Header.IfNoneExist != "" {
			x.match, err = e.ifNoneExist(ctx, c)
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

// decode reads what the entry carries and looks up what its condition will find.
func (t *transaction) decode(ctx context.Context, i int, x *txEntry) (err error) {
	switch x.call.Interaction {
	case r4route.Create, r4route.Update, r4route.UpdateConditional:
		if x.resource, err = x.call.decode(); err != nil {
			return Placed(err, entryItself+".resource")
		}
		x.asked = x.resource.IDField().V
		if x.call.Interaction == r4route.Update {
			if err = checkID(x.resource, x.call.ID); err != nil {
				return err
			}
		}
	case r4route.Patch, r4route.PatchConditional:
		if x.patch, err = parsePatch(x.call); err != nil {
			return Placed(err, entryItself+".resource")
		}
	}
	found, known := t.learnt.found[i]
	switch {
	case x.match == nil || x.call.Interaction == r4route.DeleteConditional: // deletions come first, and look for themselves
	case known:
		x.found = found
	default:
		x.found, err = x.match.probably(ctx, t.learnt.goes)
	}
	return err
}

// identify gives every resource its id and makes sure that no two entries change the same one.
//
// https://hl7.org/fhir/R4/http.html#trules
func (t *transaction) identify(e *Engine) error {
	t.changed = make(map[chart.Key]int, len(t.entries))
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
		if err := t.alone(i, key); err != nil {
			return atEntry(i, err)
		}
		t.changed[key] = i
	}
	return nil
}

// alone makes sure that entry i is the only one that changes the resource. Errors: Invalid.
func (t *transaction) alone(i int, key chart.Key) error {
	if other, changed := t.changed[key]; changed && other != i {
		return fault.New(fault.Invalid, "interaction.transaction", "this entry and Bundle.entry[%d] change the same resource", other)
	}
	return nil
}

// deletes makes sure that entry i, which found the resource by criteria, is the only one that changes it. What another entry probably finds
// by its own criteria, which are judged after the deletions, does not count before the transaction was prepared for something else.
//
// Errors: Invalid; errStale if t has learnt that the resource goes.
func (t *transaction) deletes(i int, key chart.Key) error {
	err := t.alone(i, key)
	if err != nil && t.entries[t.changed[key]].match != nil && !t.learnt.goes[key] {
		t.learnt.goes[key] = true
		return errStale
	}
	return err
}

// ready makes the step of one entry, once its references are final.
func (t *transaction) ready(ctx context.Context, i int, x *txEntry) (err error) {
	c := x.call
	switch c.Interaction {
	case r4route.Create:
		if x.found != nil {
			x.step = &step{book: c.book, apply: func(*record.Unit) (outcome, error) { return matched(x.found), nil }}
		} else {
			if x.step, err = createStep(ctx, c.book, x.resource, x.id, chart.Create, nil); err == nil {
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
		x.step = deleteMatchStep(c, x.match, func(key chart.Key) error { return t.deletes(i, key) })
		return nil
	}
	switch {
	case err != nil && x.patch != nil:
		return ofPatched(err)
	case err != nil && x.resource != nil:
		return Placed(err, entryItself+".resource")
	case err != nil:
		return err
	}
	if x.step != nil && x.match != nil {
		t.given(i, x)
	}
	return nil
}

// given makes the step of entry i depend on what its criteria find when the entries before it are done: what it was prepared for,
// or the transaction is stale and knows better the next time.
//
// Errors: Invalid if they find what another entry has made or changed, since the order of two such entries is nobody's to choose.
//
// https://hl7.org/fhir/R4/http.html#trules
func (t *transaction) given(i int, x *txEntry) {
	apply := x.step.apply
	x.step.apply = func(u *record.Unit) (outcome, error) {
		now, err := x.match.in(u)
		if err != nil {
			return outcome{}, err
		}
		if sameResource(now, x.found) {
			x.found = now
			return apply(u)
		}
		if now != nil {
			if err := t.alone(i, now.Key); err != nil {
				return outcome{}, err
			}
		}
		t.learnt.found[i] = now
		return outcome{}, errStale
	}
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
	for phase := range phases {
		if phase == phaseRead {
			if err := t.links.check(u, t); err != nil {
				return err
			}
		}
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
			x.result.answer, err = x.call.show(v)
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
		done[i] = x.result.to(x.call)
	}
	return &Answer{Status: http.StatusOK, Body: &resultBundle{
		typ: "transaction-response", base: t.call.Base, results: done, reference: record.OriginFrom(ctx).RequestID,
	}}
}

// each calls do for every entry, on all processors, and returns the error of the first entry in the Bundle that fails.
func (t *transaction) each(do func(int, *txEntry) error) error {
	errs := make([]error, len(t.entries))
	parallel(len(t.entries), runtime.GOMAXPROCS(0), func(i int) { errs[i] = do(i, &t.entries[i]) })
	for i, err := range errs {
		if err != nil {
			return atEntry(i, err)
		}
	}
	return nil
}
