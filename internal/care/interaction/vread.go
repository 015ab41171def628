package interaction

import (
	"context"
	"strconv"

	"chartwright/internal/fault"
)

// VRead returns one version of one resource.
//
// Errors: NotFound if the version never existed or lies outside the caller's view; Gone if it is a deletion; PreconditionFailed if he wants another one.
//
// https://hl7.org/fhir/R4/http.html#vread
func (e *Engine) VRead(ctx context.Context, c *Call) (*Answer, error) {
	vid, err := strconv.ParseInt(c.VID, 10, 64)
	if err != nil || vid < 1 || itoa(vid) != c.VID {
		return nil, fault.New(fault.NotFound, "interaction.vread", "%s/%s has no version %q", c.Type, c.ID, c.VID)
	}
	if err := c.fitting(&c.Shape, c.Type); err != nil {
		return nil, err
	}
	v, err := c.book.ReadVersion(ctx, c.key(), vid)
	if err != nil {
		return nil, err
	}
	return c.show(v)
}
