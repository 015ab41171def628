package interaction

import (
	"context"

	"chartwright/gen/r4"
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
	match, err := e.criteria(ctx, c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	asked := r.IDField().V
	return e.write(ctx, c, func() (*step, error) {
		found, err := match.now(ctx)
		if err != nil {
			return nil, err
		}
		s, err := conditionalStep(ctx, c, r, asked, asked, found)
		if err == nil {
			s.given(match, found)
		}
		return s, err
	})
}

// conditionalStep prepares the update of found or, if found is nil, the creation of r: under id if the caller asked for one,
// else under id as a fresh one (any, if empty).
func conditionalStep(ctx context.Context, c *Call, r r4.Resource, asked, id string, found *chart.Version) (*step, error) {
	if found != nil {
		if asked != "" && asked != found.ID {
			return nil, fault.At("interaction.update", c.Type+".id", "the criteria match another resource than the one that the body names")
		}
		id = found.ID
	}
	if found == nil && asked == "" {
		return createStep(ctx, c.book, r, id, nil)
	}
	*r.IDField() = fhir.NewID(id)
	return updateStep(ctx, c, r)
}
