package interaction

import (
	"context"

	"chartwright/internal/access"
	"chartwright/internal/care/record"
)

// grant asks the one access decision for an action on a resource type. What is refused is recorded.
func (e *Engine) grant(ctx context.Context, c *Call, action access.Action, typ string) (*access.Grant, error) {
	g, err := decide(c, action, typ)
	if err != nil {
		return nil, e.refuse(ctx, c, action, typ, err)
	}
	return g, nil
}

// refuse records a refusal and returns it, or the reason why it can't be recorded.
func (e *Engine) refuse(ctx context.Context, c *Call, action access.Action, typ string, cause error) error {
	asked := &access.Grant{Subject: c.Subject, Request: access.Request{API: access.FHIR, Action: action, Type: typ}}
	if err := e.records.Refused(ctx, c.Site, asked, c.ID, cause); err != nil {
		return err
	}
	return cause
}

// decide is the decision without its audit event, for the inner steps of a request that is recorded as a whole.
func decide(c *Call, action access.Action, typ string) (*access.Grant, error) {
	return access.Authorize(c.Subject, access.Request{API: access.FHIR, Action: action, Type: typ}, c.Policy)
}

// bookFor returns the record as the caller may see it for another action or type than the call's own.
func (e *Engine) bookFor(c *Call, action access.Action, typ string) (*record.Book, error) {
	g, err := decide(c, action, typ)
	if err != nil {
		return nil, err
	}
	return c.book.With(g), nil
}
