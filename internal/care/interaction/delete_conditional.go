package interaction

import (
	"context"

	"chartwright/internal/care/record"
)

// DeleteConditional deletes the one resource that matches the criteria in the URL. No match is answered like a deletion.
//
// Errors: PreconditionFailed if several match.
//
// https://hl7.org/fhir/R4/http.html#3.1.0.7.1
func (e *Engine) DeleteConditional(ctx context.Context, c *Call) (*Answer, error) {
	match, err := e.criteria(ctx, c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) { return deleteMatchStep(c, match), nil })
}

func deleteMatchStep(c *Call, match *criteria) *step {
	return &step{book: c.book, apply: func(u *record.Unit) (outcome, error) {
		found, err := match.in(u)
		if err != nil || found == nil {
			return outcome{status: 204}, err
		}
		s, err := deleteStep(c, found.Key)
		if err != nil {
			return outcome{}, err
		}
		return s.apply(u)
	}}
}
