package interaction

import (
	"context"

	"chartwright/internal/fault"
)

// Capabilities answers with the CapabilityStatement of the site, whatever the mode: the standard leaves that to the server.
//
// Errors: Invalid for a shape that it can't have.
//
// https://hl7.org/fhir/R4/http.html#capabilities
func (e *Engine) Capabilities(ctx context.Context, c *Call) (*Answer, error) {
	params, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	have, err := e.capabilityStatement(capabilityKey{c.Base, c.Authorization, c.Settings.UpdateAsCreate, c.Settings.ConditionalDelete, c.Settings.IfMatch}, params)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.capabilities", err)
	}
	return c.document("CapabilityStatement", have.body, have.tag)
}
