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
// Errors: PreconditionFailed if If-Match names another version, or the resource does not exist; PreconditionRequired if the site demands
// If-Match and there is none.
//
// https://hl7.org/fhir/R4/http.html#delete
func (e *Engine) Delete(ctx context.Context, c *Call) (*Answer, error) {
	return e.write(ctx, c, func() (*step, error) { return deleteStep(c, c.key()) })
}

func deleteStep(c *Call, key chart.Key) (*step, error) {
	expect, exists, err := expected(c.Header.IfMatch)
	if err != nil {
		return nil, err
	}
	if c.blind() {
		return nil, errBlind
	}
	return &step{book: c.book, touch: []chart.Key{key}, apply: func(u *record.Unit) (outcome, error) {
		v, err := u.As(c.book).Delete(key, expect)
		if fault.Is(err, fault.NotFound) {
			if exists || expect.Version > 0 {
				return outcome{}, fault.New(fault.PreconditionFailed, "interaction.delete", "%s does not exist", key)
			}
			return outcome{status: 204}, nil
		}
		return outcome{status: 204, version: v}, err
	}}, nil
}
