package interaction

import (
	"context"

	"chartwright/internal/care/record"
	"chartwright/internal/fault"
)

// PatchConditional patches the one resource that matches the criteria in the URL.
//
// Errors: as [Engine.Patch]; NotFound if none matches, PreconditionFailed if several do.
//
// https://hl7.org/fhir/R4/http.html#patch
func (e *Engine) PatchConditional(ctx context.Context, c *Call) (*Answer, error) {
	p, err := parsePatch(c)
	if err != nil {
		return nil, err
	}
	match, err := e.criteria(c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) { return patchMatchStep(ctx, c, match, p) })
}

func patchMatchStep(ctx context.Context, c *Call, match *criteria, p patch) (*step, error) {
	found, err := match.now(ctx)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fault.New(fault.NotFound, "interaction.patch", "nothing matches the criteria")
	}
	s, err := patchStep(ctx, c, found.Key, p)
	if err != nil {
		return nil, err
	}
	apply := s.apply
	s.apply = func(u *record.Unit) (outcome, error) {
		now, err := match.in(u)
		if err != nil {
			return outcome{}, err
		}
		if now == nil || now.ID != found.ID {
			return outcome{}, errStale
		}
		return apply(u)
	}
	return s, nil
}
