// Package portal implements the Portal API: what a patient reads of his own record. The records have the form of the Standard
// API and are mapped by internal/care/standard. Whose record it is comes from the grant, which also narrows every read to it.
package portal

import (
	"context"

	api "chartwright/gen/api/portal"
	"chartwright/internal/access"
	"chartwright/internal/care/form"
	"chartwright/internal/care/standard"
	"chartwright/internal/fault"
)

// Server implements the Portal API. Safe for concurrent use.
type Server struct {
	records *standard.Server
}

var _ api.Service = (*Server)(nil)

// NewServer returns the Portal API over the services of the Standard API.
func NewServer(records *standard.Server) *Server { return &Server{records: records} }

// Check holds the body of a request to the rules of op.
func (s *Server) Check(ctx context.Context, op *form.Operation, body []byte) ([]byte, error) {
	return s.records.Check(ctx, op, body)
}

// open returns the record of the request and the patient whose request it is.
//
// Errors: Forbidden if no patient is in the context of the grant.
func (s *Server) open(ctx context.Context) (*standard.Desk, string, error) {
	g := access.GrantFrom(ctx)
	if g == nil || g.Narrow.Patient == "" {
		return nil, "", fault.New(fault.Forbidden, "portal.open", "the caller is no patient")
	}
	return s.records.Desk(ctx), g.Narrow.Patient, nil
}

// operation returns the operation with an operationId.
func operation(id string) *form.Operation {
	for i := range api.Operations {
		if api.Operations[i].ID == id {
			return &api.Operations[i]
		}
	}
	panic("portal: no operation " + id) // generated together with the callers
}
