package interaction

import (
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// UpdateConditional updates the one resource that matches the criteria in the URL, or creates one if none matches. The
// search and the write are one transaction, so that the same criteria never make two resources.
//
// Errors: as [Engine.Update]; PreconditionFailed if several match; Invalid if the body's id is not that of the match.
//
// https://hl7.org/fhir/R4/http.html#cond-update
func (e *Engine) UpdateConditional(ctx context.Context, c *Call) (*Answer, error) {
	r, err := c.decode()
	if err != nil {
		return nil, err
	}
	match, err := e.criteria(c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	asked := r.IDField().V
	return e.write(ctx, c, func() (*step, error) {
		found, err := match.now(ctx)
		if err != nil {
			return nil, err
		}
		return conditionalStep(ctx, c, r, asked, match, found)
	})
}

// conditionalStep prepares the update of found, or the creation of r if found is nil. asked is the id that the caller gave r.
func conditionalStep(ctx context.Context, c *Call, r r4.Resource, asked string, match *criteria, found *chart.Version) (s *step, err error) {
	id := asked
	if found != nil {
		if asked != "" && asked != found.ID {
			return nil, fault.At("interaction.update", c.Type+".id", "the criteria match another resource than the one that the body names")
		}
		id = found.ID
	}
	if id == "" {
		s, err = createStep(ctx, c.book, r, "", nil)
	} else {
		*r.IDField() = fhir.NewID(id)
		s, err = updateStep(ctx, c, r)
	}
	if err != nil {
		return nil, err
	}
	apply := s.apply
	s.apply = func(u *record.Unit) (outcome, error) {
		now, err := match.in(u)
		if err != nil {
			return outcome{}, err
		}
		if (now == nil) != (found == nil) || now != nil && now.ID != found.ID {
			return outcome{}, errStale
		}
		return apply(u)
	}
	return s, nil
}
