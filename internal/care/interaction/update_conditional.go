package interaction

import (
	"context"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir"
)

// UpdateConditional updates the one resource that matches the criteria in the URL, or creates one if none matches. The
// search and the write are one transaction, so that the same criteria never make two resources.
//
// Errors: as [Engine.Update]; PreconditionFailed if several match, or none and there is an If-Match; Invalid if the body's id is
// not that of the match; Conflict if nothing matches and the body's id is that of another resource, which nobody meant to replace.
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

// errNoMatch refuses a change of a version that criteria do not find.
var errNoMatch = fault.New(fault.PreconditionFailed, "interaction.criteria", "nothing matches the criteria, and If-Match asks for a version").Naming("If-Match")

// conditionalStep prepares the update of found or, if found is nil, the creation of r: under id if the caller asked for one,
// else under id as a fresh one (any, if empty).
func conditionalStep(ctx context.Context, c *Call, r r4.Resource, asked, id string, found *chart.Version) (*step, error) {
	const op = "interaction.update"
	if found != nil {
		if asked != "" && asked != found.ID {
			return nil, fault.At(op, c.Type+".id", "the criteria match another resource than the one that the body names")
		}
		id = found.ID
	}
	if found == nil && strings.TrimSpace(c.Header.IfMatch) != "" {
		return nil, errNoMatch
	}
	if found == nil && asked == "" {
		return createStep(ctx, c.book, r, id, chart.Update, nil)
	}
	*r.IDField() = fhir.NewID(id)
	s, err := updateStep(ctx, c, r)
	if err != nil || found != nil {
		return s, err
	}
	update := s.apply
	s.apply = func(u *record.Unit) (outcome, error) {
		switch _, err := u.As(c.book).Show(s.draft.Key); { // what the caller may not see is answered as by an update
		case err == nil:
			return outcome{}, fault.New(fault.Conflict, op, "nothing matches the criteria, and %s is another resource", s.draft.Key)
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Gone):
			return outcome{}, err
		}
		return update(u)
	}
	return s, nil
}
