package interaction

import (
	"cmp"
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// Update stores the next version of a resource, or creates it under the id that the caller chose if the site allows that
// (setting update_as_create). A deleted resource comes back to life, with its history.
//
// Errors: Invalid, Unprocessable; PreconditionFailed if the conditions of the headers do not hold;
// PreconditionRequired if it exists, the site demands If-Match and there is none; MethodNotAllowed if it does not exist and clients may not choose ids; NotFound outside
// the caller's view, and with If-Match of what does not exist, for a caller who sees a part of the type alone.
//
// https://hl7.org/fhir/R4/http.html#update, https://hl7.org/fhir/R4/http.html#upsert
func (e *Engine) Update(ctx context.Context, c *Call) (*Answer, error) {
	r, err := c.decode()
	if err != nil {
		return nil, err
	}
	if err := checkID(r, c.ID); err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) { return updateStep(ctx, c, r) })
}

// updateStep prepares the update of the resource that r names by its id.
func updateStep(ctx context.Context, c *Call, r r4.Resource) (*step, error) {
	conditions, err := c.Header.conditions()
	if err != nil {
		return nil, err
	}
	if err := changeable(chart.Key{Type: c.Type, ID: r.IDField().V}); err != nil {
		return nil, err
	}
	d, err := c.book.Draft(ctx, r, r.IDField().V)
	if err != nil {
		return nil, err
	}
	outside := c.book.Outside(ctx, d.Key, d.Owner, d.Resource)
	if outside != nil && !fault.Is(outside, fault.Forbidden) {
		return nil, outside
	}
	return &step{book: c.book, draft: d, touch: []chart.Key{d.Key}, apply: func(u *record.Unit) (outcome, error) {
		const op = "interaction.update"
		u = u.As(c.book)
		now, err := u.Current(d.Key)
		hidden := fault.Is(err, fault.NotFound)
		if err != nil && !hidden {
			return outcome{}, err
		}
		// Where what does not exist is refused, what is hidden is refused in the same words: for a caller who does not see all of the
		// type, neither has a version that If-Match could name.
		if now == nil && !c.Settings.UpdateAsCreate {
			return outcome{}, fault.New(fault.MethodNotAllowed, op, "%s does not exist, and clients may not choose ids on this site", d.Key)
		}
		if !hidden && now == nil && conditions.match.given && !c.book.Grant().Narrow.Whole(c.Type) {
			_, err = u.Read(d.Key)
		}
		if hidden && !conditions.match.given {
			err = cmp.Or(outside, err) // which creating it is refused with
		}
		if err != nil {
			return outcome{}, err
		}
		if err := conditions.admit(d.Key, now); err != nil {
			return outcome{}, err
		}
		if now != nil && !now.Deleted() && c.blind() {
			return outcome{}, errBlind
		}
		status := 200
		if now == nil || now.Deleted() {
			status = 201
		}
		v, err := u.PutOver(d, now, chart.Expect{})
		return outcome{status: status, version: v}, err
	}}, nil
}
