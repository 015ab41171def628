package record

import (
	"context"

	"chartwright/internal/care/record/trail"
	"chartwright/internal/chart"
)

// A service that keeps what it has read needs the store no more while the site's state stays the same. Everything else about a
// read stays too: the methods here judge the view and record the access as those that ask the store.

// State returns the site's state ([chart.Site.State]). What was read after it is valid as long as a later call returns the same.
//
// Errors: Forbidden without a grant.
func (b *Book) State(ctx context.Context) (int64, error) {
	if err := b.granted("record.state"); err != nil {
		return 0, err
	}
	return b.site.State(ctx)
}

// ReadAgain is [Book.Read] of what is known to be the current version v of a resource.
func (b *Book) ReadAgain(ctx context.Context, v *chart.Version) (*chart.Version, error) {
	const op = "record.read"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	return b.show(ctx, op, v.Key, v, nil)
}

// GlanceAgain is [Book.Glance] at what is known to be the current version v of a resource.
func (b *Book) GlanceAgain(ctx context.Context, v *chart.Version) (*chart.Version, error) {
	const op = "record.glance"
	if err := b.granted(op); err != nil {
		return nil, err
	}
	return b.glance(ctx, op, v.Key, v, nil)
}

// View says whose records of a type the caller sees: all (empty), or one patient's. Two callers with the same view find the
// same by the same search of that type alone. false = it is narrowed further, or in a way of its own.
func (b *Book) View(typ string) (patient string, ok bool) {
	if b.grant == nil || b.grant.Subject == nil || len(b.grant.Narrow.Filters[typ]) > 0 || typ == trail.Type {
		return "", false
	}
	return b.grant.Narrow.Patient, true
}

// FoundAgain is [Book.FindStored] of what is known to be the result r of a search of one type in the caller's view. It records the
// access.
func (b *Book) FoundAgain(ctx context.Context, typ string, r *chart.Result) error {
	if err := b.granted("record.search"); err != nil {
		return err
	}
	return b.listed(ctx, chart.Key{Type: typ}, r.Matches, r.Included)
}
