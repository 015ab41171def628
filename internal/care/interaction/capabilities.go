package interaction

import (
	"context"

	"chartwright/internal/fault"
)

// Capabilities answers with the CapabilityStatement of the site.
//
// https://hl7.org/fhir/R4/http.html#capabilities
func (e *Engine) Capabilities(ctx context.Context, c *Call) (*Answer, error) {
	params, err := e.records.ParamsOf(ctx, c.Site.Name())
	if err != nil {
		return nil, err
	}
	body, err := e.capabilityStatement(capabilityKey{c.Base, c.Authorization, c.Settings.UpdateAsCreate, c.Settings.ConditionalDelete, c.Settings.IfMatch}, params)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.capabilities", err)
	}
	return &Answer{Status: 200, Body: JSON(body)}, nil
}
