package interaction

import (
	"context"

	"chartwright/internal/chart"
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
	match, err := e.criteria(ctx, c, c.Type, c.Params)
	if err != nil {
		return nil, err
	}
	return e.write(ctx, c, func() (*step, error) {
		found, err := match.now(ctx)
		if err != nil {
			return nil, err
		}
		s, err := patchMatchStep(ctx, c, found, p)
		if err == nil {
			s.given(match, found)
		}
		return s, err
	})
}

// patchMatchStep prepares the patch of what the criteria found.
func patchMatchStep(ctx context.Context, c *Call, found *chart.Version, p change) (*step, error) {
	if found == nil {
		return nil, fault.New(fault.NotFound, "interaction.patch", "nothing matches the criteria")
	}
	return patchStep(ctx, c, found.Key, p)
}
