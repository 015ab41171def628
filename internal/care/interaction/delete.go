package interaction

import (
	"context"

	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// Delete stores a deletion; the versions before it stay readable. What does not exist, or lies outside the caller's view, is
// answered like what was deleted: the outcome is the one that was asked for.
//
// Errors: PreconditionFailed if the conditions of the headers do not hold; PreconditionRequired if the site demands
// If-Match and there is none.
//
// https://hl7.org/fhir/R4/http.html#delete
func (e *Engine) Delete(ctx context.Context, c *Call) (*Answer, error) {
	return e.write(ctx, c, func() (*step, error) { return deleteStep(c, c.key()) })
}

func deleteStep(c *Call, key chart.Key) (*step, error) {
	conditions, err := c.Header.conditions()
	if err != nil {
		return nil, err
	}
	if err := changeable(key); err != nil {
		return nil, err
	}
	if c.blind() {
		return nil, errBlind
	}
	return &step{book: c.book, touch: []chart.Key{key}, apply: func(u *record.Unit) (outcome, error) {
		u = u.As(c.book)
		if conditions.given() {
			now, err := u.Current(key)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return outcome{}, err
			}
			if now == nil || !now.Deleted() { // what is deleted already is as it was asked for: RFC 9110 §13.1.1
				if err := conditions.admit(key, now); err != nil {
					return outcome{}, err
				}
			}
		}
		v, err := u.Delete(key, chart.Expect{})
		if fault.Is(err, fault.NotFound) {
			return outcome{status: 204}, nil
		}
		return outcome{status: 204, version: v}, err
	}}, nil
}
