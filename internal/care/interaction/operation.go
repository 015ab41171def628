package interaction

import (
	"context"

	"chartwright/internal/fault"
)

// OperationSystem answers /$code.
//
// Errors: NotFound for an operation that is not offered there.
//
// https://hl7.org/fhir/R4/operations.html
func (e *Engine) OperationSystem(_ context.Context, c *Call) (*Answer, error) {
	return nil, noOperation(c)
}

// OperationType answers /{type}/$code. Errors: as [Engine.OperationSystem].
func (e *Engine) OperationType(_ context.Context, c *Call) (*Answer, error) {
	return nil, noOperation(c)
}

// OperationInstance answers /{type}/{id}/$code. Errors: as [Engine.OperationSystem].
func (e *Engine) OperationInstance(_ context.Context, c *Call) (*Answer, error) {
	return nil, noOperation(c)
}

func noOperation(c *Call) error {
	return fault.New(fault.NotFound, "interaction.operation", "the operation $%s is not offered here", c.Operation)
}
