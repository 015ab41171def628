package interaction

import (
	"context"

	"chartwright/internal/chart"
)

// Read returns the current version of one resource as it is stored, or 304 if the caller has it already.
//
// Errors: NotFound, also for what lies outside the caller's view; Gone; PreconditionFailed if he wants another version.
//
// https://hl7.org/fhir/R4/http.html#read
func (e *Engine) Read(ctx context.Context, c *Call) (*Answer, error) {
	if c.Type == definitionType {
		body, err := definition(c.Base, c.ID)
		if err != nil {
			return nil, err
		}
		if body != nil {
			return c.document(definitionType, body, contentTag(body))
		}
	}
	if err := c.fitting(&c.Shape, c.Type); err != nil {
		return nil, err
	}
	v, err := c.book.Read(ctx, c.key())
	if err != nil {
		return nil, err
	}
	return c.show(v)
}

// show answers with a version, or with 304 if the caller has it already. Errors: PreconditionFailed if he wants another one.
// RFC 9110 §13.2.2
func (c *Call) show(v *chart.Version) (*Answer, error) {
	if h := &c.Header; h.IfMatch != "" || h.IfUnmodifiedSince != "" {
		asked := Header{IfMatch: h.IfMatch, IfUnmodifiedSince: h.IfUnmodifiedSince}
		conditions, err := asked.conditions()
		if err == nil {
			err = conditions.admit(v.Key, v)
		}
		if err != nil {
			return nil, err
		}
	}
	if unchanged(&c.Header, v) {
		return &Answer{Status: 304, Version: v}, nil
	}
	return &Answer{Status: 200, Version: v, Body: stored{v, c.Shape}}, nil
}
