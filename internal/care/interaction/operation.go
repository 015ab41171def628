package interaction

import (
	"context"
	"net/http"

	"chartwright/gen/r4route"
	"chartwright/internal/access"
	"chartwright/internal/care/record"
	"chartwright/internal/fault"
)

// OperationSystem answers /$code.
//
// Errors: NotFound for an operation that is not offered there; MethodNotAllowed for a GET of one that changes something;
// Forbidden; those of the operation.
//
// https://hl7.org/fhir/R4/operations.html
func (e *Engine) OperationSystem(ctx context.Context, c *Call) (*Answer, error) {
	return e.operate(ctx, c)
}

// OperationType answers /{type}/$code. Errors: as [Engine.OperationSystem].
func (e *Engine) OperationType(ctx context.Context, c *Call) (*Answer, error) {
	return e.operate(ctx, c)
}

// OperationInstance answers /{type}/{id}/$code. Errors: as [Engine.OperationSystem].
func (e *Engine) OperationInstance(ctx context.Context, c *Call) (*Answer, error) {
	return e.operate(ctx, c)
}

// operations is what answers the operations of gen/r4route, by code.
var operations = map[string]func(e *Engine, ctx context.Context, c *Call) (*Answer, error){
	"diff":          (*Engine).diff,
	"everything":    (*Engine).everything,
	"expunge":       (*Engine).expunge,
	"lastn":         (*Engine).lastN,
	"meta":          (*Engine).meta,
	"meta-add":      (*Engine).metaAdd,
	"meta-delete":   (*Engine).metaDelete,
	"purge-history": (*Engine).purgeHistory,
	"reindex":       (*Engine).reindex,
	"validate":      (*Engine).validate,
}

// operation returns the operation that a target names, nil if it is not offered there.
func (t *Target) operation() *r4route.Operation {
	for i := range r4route.Operations {
		o := &r4route.Operations[i]
		if o.Code != t.Operation {
			continue
		}
		switch t.Interaction {
		case r4route.OperationSystem:
			if o.System {
				return o
			}
		case r4route.OperationType:
			if o.Type && o.On(t.Type) {
				return o
			}
		case r4route.OperationInstance:
			if o.Instance && o.On(t.Type) {
				return o
			}
		}
	}
	return nil
}

func (e *Engine) operate(ctx context.Context, c *Call) (*Answer, error) {
	const op = "interaction.operation"
	o := c.operation()
	if o == nil {
		return nil, fault.New(fault.NotFound, op, "the operation $%s is not offered here", c.Operation)
	}
	if o.Post && c.Method != http.MethodPost {
		return nil, fault.New(fault.MethodNotAllowed, op, "$%s changes something: it is called by POST", c.Operation)
	}
	if !c.foreseen {
		record.OriginFrom(ctx).Operation = "$" + c.Operation
	}
	asked := access.Request{API: access.FHIR, Type: c.Type, Operation: "$" + c.Operation}
	grant, err := access.Authorize(c.Subject, asked, c.Policy)
	if err != nil {
		return nil, e.refuse(ctx, c, 0, c.Type, err)
	}
	if c.foreseen {
		if o.Post {
			return nil, fault.At(op, entryItself+".request.url", "$%s can't be undone with the rest of a transaction; call it by itself or in a batch", c.Operation)
		}
		return &Answer{Status: 200}, nil
	}
	c.book = c.book.With(grant)
	return operations[c.Operation](e, ctx, c)
}
