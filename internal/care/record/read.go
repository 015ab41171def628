package record

import (
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// Read returns the current version of one resource as stored, undecoded, after recording the access.
//
// Errors: NotFound if it never existed or lies outside the caller's view; Gone if it is deleted; Unavailable if the access
// cannot be recorded. Every answer, a miss too, leaves an audit event.
//
// https://hl7.org/fhir/R4/http.html#read
func (b *Book) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	const op = "record.read"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	v, err := b.read(ctx, key)
	return b.show(ctx, op, key, v, err)
}

// ReadNumber is [Book.Read] by the resource's number in this site.
func (b *Book) ReadNumber(ctx context.Context, typ string, number int64) (*chart.Version, error) {
	const op = "record.read"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	key, v, err := b.readNumber(ctx, typ, number)
	return b.show(ctx, op, key, v, err)
}

// readNumber asks the store for a resource by its number. The key is without an id if there is none.
func (b *Book) readNumber(ctx context.Context, typ string, number int64) (chart.Key, *chart.Version, error) {
	v, err := b.site.ReadNumber(ctx, typ, number)
	if err != nil {
		return chart.Key{Type: typ}, v, err
	}
	return v.Key, v, nil
}

// ReadVersion returns version vid of one resource as stored. The view is judged on the current version and on the one asked
// for, so that neither an old owner nor a new one shows what the other may not see.
//
// Errors: as [Book.Read]; Gone if that version is a deletion; Forbidden in a view that a query narrows which a version can't be
// held against.
//
// https://hl7.org/fhir/R4/http.html#vread
func (b *Book) ReadVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	const op = "record.vread"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	v, err := b.version(ctx, op, key, vid)
	if v, err = b.tell(ctx, op, key, v, err); fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, op, "%s has no version %d that is known", key, vid)
	}
	return v, err
}

// version is [Book.ReadVersion] without an audit event; a deletion is returned as it is.
func (b *Book) version(ctx context.Context, op string, key chart.Key, vid int64) (*chart.Version, error) {
	current := int64(0)
	if b.narrowed(key.Type) {
		now, err := b.site.Read(ctx, key)
		if err != nil {
			return nil, err
		}
		if ok, err := b.sees(ctx, b.site, now); err != nil {
			return nil, err
		} else if !ok {
			return nil, notFound(op, key)
		}
		current = now.VID
	}
	v, err := b.readVersion(ctx, key, vid)
	if err != nil {
		return nil, err
	}
	if !b.grant.Narrow.Admits(v.Type, v.ID, v.Owner) {
		return nil, notFound(op, key)
	}
	if v.VID != current {
		if ok, err := b.judges(ctx, v); err != nil {
			return nil, err
		} else if !ok {
			return nil, notFound(op, key)
		}
	}
	return v, nil
}

// Glance is [Book.Read] without an audit event, to prepare a write or an answer that leaves its own. Nothing of it may be shown before.
func (b *Book) Glance(ctx context.Context, key chart.Key) (*chart.Version, error) {
	const op = "record.glance"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	v, err := b.site.Read(ctx, key)
	return b.glance(ctx, op, key, v, err)
}

// GlanceNumber is [Book.Glance] by the resource's number in this site.
func (b *Book) GlanceNumber(ctx context.Context, typ string, number int64) (*chart.Version, error) {
	const op = "record.glance"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	key, v, err := b.readNumber(ctx, typ, number)
	return b.glance(ctx, op, key, v, err)
}

// glance judges what the store answered to a read of the current version.
func (b *Book) glance(ctx context.Context, op string, key chart.Key, v *chart.Version, err error) (*chart.Version, error) {
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = notFound(op, key)
		}
		return nil, err
	}
	ok, err := b.sees(ctx, b.site, v)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, notFound(op, key)
	case v.Deleted():
		return nil, gone(op, key)
	}
	return v, nil
}

// Get returns the current version of one resource, decoded. Errors: as [Book.Read].
func (b *Book) Get(ctx context.Context, key chart.Key) (r4.Resource, *chart.Version, error) {
	return decode(b.Read(ctx, key))
}

// GetNumber is [Book.Get] by the resource's number in this site: pid, eid and the like of the Standard API.
func (b *Book) GetNumber(ctx context.Context, typ string, number int64) (r4.Resource, *chart.Version, error) {
	return decode(b.ReadNumber(ctx, typ, number))
}

func decode(v *chart.Version, err error) (r4.Resource, *chart.Version, error) {
	if err != nil {
		return nil, nil, err
	}
	r, err := Decode(v)
	if err != nil {
		return nil, nil, err
	}
	return r, v, nil
}

// Decode returns the content of a version that was read from the record.
//
// Errors: Internal: what is stored was checked when it was written.
func Decode(v *chart.Version) (r4.Resource, error) {
	r, err := r4.Unmarshal(v.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "record.decode", err)
	}
	return r, nil
}

// show judges and records what the store answered to a read of the current version.
func (b *Book) show(ctx context.Context, op string, key chart.Key, v *chart.Version, err error) (*chart.Version, error) {
	if err == nil {
		var ok bool
		if ok, err = b.sees(ctx, b.site, v); err == nil && !ok {
			err = notFound(op, key)
		}
	}
	return b.tell(ctx, op, key, v, err)
}

// tell records what a read of a version has come to, and returns it for the caller; one that is a deletion is Gone.
func (b *Book) tell(ctx context.Context, op string, key chart.Key, v *chart.Version, err error) (*chart.Version, error) {
	if err != nil {
		return nil, b.missed(ctx, op, key, err)
	}
	if err := b.seen(ctx, key, v, statusOf(v)); err != nil {
		return nil, err
	}
	if v.Deleted() {
		return nil, gone(op, key)
	}
	return v, nil
}

// missed records a read that found nothing and returns the error for the caller.
func (b *Book) missed(ctx context.Context, op string, key chart.Key, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := b.seen(ctx, key, nil, 404); err != nil {
		return err
	}
	return notFound(op, key)
}

func (b *Book) narrowed(typ string) bool {
	return b.grant.Narrow.Patient != "" || len(b.grant.Narrow.Filters[typ]) > 0
}

func statusOf(v *chart.Version) int {
	if v.Deleted() {
		return 410
	}
	return 200
}
