package interaction

import (
	"context"

	"chartwright/internal/fault"
)

// Capabilities answers with the CapabilityStatement of the site.
//
// https://hl7.org/fhir/R4/http.html#capabilities
func (e *Engine) Capabilities(_ context.Context, c *Call) (*Answer, error) {
	body, err := e.capabilityStatement(capabilityKey{c.Base, c.Authorization, c.Settings.UpdateAsCreate})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "interaction.capabilities", err)
	}
	return &Answer{Status: 200, Body: JSON(body)}, nil
}
