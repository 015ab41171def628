package record

import (
	"context"
	"net/url"
	"strconv"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// Write runs fn in one transaction: everything that fn does through its Unit becomes durable together, or nothing does.
// Touch names the keys that fn will read or change, so that the store can fetch them together; others are allowed and slower.
// fn may run twice and must not block, nor keep the Unit.
//
// Errors: fn's own; Forbidden without a grant; Unavailable when the outcome is unknown, the store is out of reach, or an administrator has
// stopped writing on the site; TooLarge when the caller has used up the site's write_quota.
func (b *Book) Write(ctx context.Context, touch []chart.Key, fn func(*Unit) error) error {
	if err := b.granted("record.write"); err != nil {
		return err
	}
	// The settings of now, not those with which the request began: a load of hours must stop too.
	now, err := b.records.cfg.Settings.Settings(ctx, b.site.Name())
	if err != nil {
		return err
	}
	if err := now.MayWrite(); err != nil {
		return err
	}
	var written []*chart.Version
	var over error
	paid := b.charging(now.WriteQuotaBytes())
	err = b.site.Write(ctx, touch, func(tx chart.Tx) error {
		written = nil // fn may run twice
		u := &Unit{book: b, tx: tx, ctx: ctx, written: &written}
		if err := fn(u); err != nil {
			return err
		}
		if over = paid.take(written); over != nil {
			return over
		}
		return u.provenance()
	})
	if err != nil {
		paid.giveBack()
		if over != nil {
			return b.overQuota(ctx, over)
		}
		return err
	}
	if tell := b.records.cfg.Written; tell != nil && len(written) > 0 {
		tell(ctx, b.grant.Subject.Site, written)
	}
	return b.followed(ctx, written)
}

// Unit is a [Book] inside a transaction. Not safe for concurrent use.
type Unit struct {
	book *Book
	tx   chart.Tx
	ctx  context.Context // a Unit lives inside one call of Write and shares its context
	// written are the versions that the transaction has made, those of all its Units.
	written *[]*chart.Version
}

// As returns the same transaction under the grant of another Book of the same site, such as that of one entry of a
// transaction Bundle.
func (u *Unit) As(b *Book) *Unit { return &Unit{book: b, tx: u.tx, ctx: u.ctx, written: u.written} }

// Read returns the current version as the transaction sees it, undecoded. It leaves no audit event: what it finds is not
// shown unless it is written, and the write is recorded.
//
// Errors: NotFound if it never existed or lies outside the caller's view; Gone if it is deleted.
func (u *Unit) Read(key chart.Key) (*chart.Version, error) {
	const op = "record.read"
	v, err := u.current(op, key)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, notFound(op, key)
	}
	if v.Deleted() {
		return nil, gone(op, key)
	}
	return v, nil
}

// Get is [Unit.Read], decoded.
func (u *Unit) Get(key chart.Key) (r4.Resource, *chart.Version, error) {
	return decode(u.Read(key))
}

// Show is [Unit.Read] for what is shown to the caller: it leaves an audit event that stands or falls with the transaction.
func (u *Unit) Show(key chart.Key) (*chart.Version, error) {
	v, err := u.Read(key)
	if err != nil {
		return nil, err
	}
	u.wrote(actionRead, 200, v, nil)
	return v, nil
}

// Search runs a checked query, which names no value set any more ([Book.Resolve]), in the caller's view as the transaction
// sees it.
func (u *Unit) Search(q *search.Query, page chart.Page) (*chart.Result, error) {
	return u.tx.Search(u.ctx, q, u.book.grant.Narrow, u.book.reaching(page))
}

// Match is [Book.Match] as the transaction sees it.
func (u *Unit) Match(q *search.Query) ([]*chart.Version, error) {
	r, err := u.Search(q, chart.Page{Count: 2})
	if err != nil {
		return nil, err
	}
	return r.Matches, nil
}

// Find is [Book.Find] as the transaction sees it.
func (u *Unit) Find(typ string, params url.Values) (*Found, error) {
	q, page, err := u.book.query(typ, params)
	if err != nil {
		return nil, err
	}
	return found(u.Search(q, page))
}

// Create stores r as a new resource under a fresh id.
//
// Errors: as [Book.Draft]; Forbidden if the new resource lies outside the caller's view.
func (u *Unit) Create(r r4.Resource) (*chart.Version, error) {
	d, err := u.book.Draft(u.ctx, r, "")
	if err != nil {
		return nil, err
	}
	return u.Put(d, chart.Create, chart.Expect{Absent: true})
}

// Update stores r as the next version of the resource whose id it carries; a deleted resource comes back to life.
//
// Errors: as [Book.Draft] and [Unit.Put]; NotFound if there is no such resource (only [Unit.Put] creates under a given id).
func (u *Unit) Update(r r4.Resource, e chart.Expect) (*chart.Version, error) {
	key := chart.Key{Type: r.Type().Name, ID: r.IDField().V}
	v, err := u.current("record.update", key)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, notFound("record.update", key)
	}
	d, err := u.book.Draft(u.ctx, r, key.ID)
	if err != nil {
		return nil, err
	}
	return u.put(d, chart.Update, v, e)
}

// Put stores a prepared draft: as a new resource if its key never existed, else as the next version. How is the interaction
// that does it, of which histories tell: create, update or patch. An update of what is not there, or deleted, becomes an upsert.
//
// Errors: NotFound if the key exists outside the caller's view; Forbidden if the new version lies outside it;
// PreconditionFailed and Conflict as e demands.
func (u *Unit) Put(d *Draft, how chart.Method, e chart.Expect) (*chart.Version, error) {
	var now *chart.Version
	if !e.Absent {
		var err error
		if now, err = u.current("record.put", d.Key); err != nil {
			return nil, err
		}
	}
	return u.put(d, how, now, e)
}

// Current returns the current version in the caller's view, a deletion included; nil without error if there never was one.
//
// Errors: NotFound if it exists outside the caller's view.
func (u *Unit) Current(key chart.Key) (*chart.Version, error) {
	return u.current("record.current", key)
}

// PutOver is [Unit.Put] by an update, for a caller that has just got now from [Unit.Current].
func (u *Unit) PutOver(d *Draft, now *chart.Version, e chart.Expect) (*chart.Version, error) {
	return u.put(d, chart.Update, now, e)
}

// The refusals of what the caller's view would not hold.
var (
	errOutside = fault.New(fault.Forbidden, "record.put", "the resource would lie outside the record that you may write to")
	errBeyond  = fault.New(fault.Forbidden, "record.put", "the resource would lie outside the scopes that were granted")
)

// put stores d over now, the version that the caller was found to see; nil if there is none.
func (u *Unit) put(d *Draft, how chart.Method, now *chart.Version, e chart.Expect) (*chart.Version, error) {
	if !u.book.grant.Narrow.Admits(d.Type, d.ID, d.Owner) {
		return nil, errOutside
	}
	e.Fresh = d.Fresh
	if d.defines {
		if err := u.alone(d); err != nil {
			return nil, err
		}
	}
	w := d.write
	w.Method, w.Expect = how, e
	if how == chart.Update && (now == nil || now.Deleted()) {
		w.Method = chart.Upsert
	}
	v, err := u.tx.Put(u.ctx, &w)
	if err != nil {
		return nil, err
	}
	if len(u.book.grant.Narrow.Filters[d.Type]) > 0 {
		ok, err := u.book.sees(u.ctx, u.tx, v)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errBeyond
		}
	}
	action, status := actionUpdate, 200
	if w.Method == chart.Create || w.Method == chart.Upsert {
		action, status = actionCreate, 201
	}
	u.wrote(action, status, v, now)
	return v, nil
}

// Delete stores a deletion. Deleting what is deleted already changes nothing and returns the deletion there is.
//
// Errors: NotFound if it never existed or lies outside the caller's view; PreconditionFailed as e demands.
func (u *Unit) Delete(key chart.Key, e chart.Expect) (*chart.Version, error) {
	const op = "record.delete"
	now, err := u.current(op, key)
	if err != nil {
		return nil, err
	}
	if now == nil {
		return nil, notFound(op, key)
	}
	if now.Deleted() {
		return now, nil
	}
	v, err := u.tx.Put(u.ctx, &chart.Write{Key: key, Method: chart.Delete, Owner: now.Owner, Expect: e})
	if err != nil {
		return nil, err
	}
	u.wrote(actionDelete, 204, v, now)
	return v, nil
}

// Remove takes versions of a resource out of the record for good, oldest first and at most limit of them, and returns how many
// it took. It leaves an audit event and no version.
//
// Errors: NotFound if it never existed or lies outside the caller's view.
func (u *Unit) Remove(key chart.Key, what chart.Removal, limit int) (int, error) {
	const op = "record.remove"
	now, err := u.current(op, key)
	if err != nil {
		return 0, err
	}
	if now == nil {
		return 0, notFound(op, key)
	}
	n, err := u.tx.Remove(u.ctx, key, what, limit)
	if err != nil || n == 0 {
		return 0, err
	}
	e := u.book.event(u.ctx, actionDelete, 200)
	if e.Time.IsZero() {
		e.Time = u.tx.Now()
	}
	e.Type, e.ID, e.Patients = key.Type, key.ID, patientsOf(now)
	u.tx.Record(e)
	return n, nil
}

// current returns the current version in the caller's view, a deletion included; nil without error if there is none at all.
// What exists outside the view is NotFound, and so is a deletion where a query narrows the view: it satisfies none.
func (u *Unit) current(op string, key chart.Key) (*chart.Version, error) {
	v, err := u.tx.Read(u.ctx, key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ok, err := u.book.sees(u.ctx, u.tx, v)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound(op, key)
	}
	return v, nil
}

// wrote records a write in its own transaction, under the patients of the old version and the new.
func (u *Unit) wrote(action string, status int, v, before *chart.Version) {
	e := u.book.event(u.ctx, action, status)
	if e.Time.IsZero() {
		e.Time = v.Updated
	}
	e.Type, e.ID, e.VID, e.Patients = v.Type, v.ID, v.VID, patientsOf(v)
	if before != nil && before.Owner != v.Owner {
		e.Patients = append(e.Patients, patientsOf(before)...)
	}
	u.tx.Record(e)
	if action != actionRead {
		*u.written = append(*u.written, v)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
