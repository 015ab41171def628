// Package standard implements the Standard API over the one FHIR record of a site.
//
// Each resource of the API has a file: its service, which finds and writes FHIR resources through internal/care/record, and
// its mapper, one function each way. A service knows no HTTP and no SQL. What is said in several files is said once:
//
//	desk.go     one request's view of the record: identifiers and numbers, references, what was read already
//	known.go    what was read and found while the site's state stays the same
//	page.go     collections: filters, order, pages and their links
//	rendered.go rows that are kept encoded, with what they were made from; written.go writes them
//	carry.go    fields without a home in FHIR, kept in one extension
//	concept.go  codes, identifiers, telecom; moment.go dates; list.go the lists of a site
//
// Who the caller is and what he may do was decided before: the record that he may see lies in the context (record.WithBook). The rules about bodies are tables
// generated from spec/openapi and held by internal/care/form before a service is called; rules that need the record are here.
package standard

import (
	"context"
	"time"

	api "chartwright/gen/api/standard"
	"chartwright/internal/access"
	"chartwright/internal/care/form"
	"chartwright/internal/kept"
)

// Config is what the services need from outside.
type Config struct {
	// Now tells the time.
	Now func() time.Time
	// Address returns the address under which the caller reaches the APIs of the request's site, such as
	// https://localhost:9300/apis/default; for links.
	Address func(ctx context.Context) string
	// Holds reports whether the caller's roles hold an entry of the role table, such as encounters/date_a.
	Holds func(ctx context.Context, right string) bool
	// Login reports whether somebody of the site's staff signs in by a name.
	Login func(ctx context.Context, name string) (bool, error)
}

// Server implements the Standard API. Safe for concurrent use.
type Server struct {
	cfg        Config
	findings   *findings
	shelf      shelf
	renderings *renderings
}

var _ api.Service = (*Server)(nil)

// NewServer returns the Standard API over cfg. All fields are required.
func NewServer(cfg Config) *Server {
	return &Server{cfg: cfg, findings: kept.New[inquiry, *finding](maxKnown), renderings: kept.New[subject, *making](maxRendered)}
}

// Check holds the body of a request to the rules of op.
func (s *Server) Check(ctx context.Context, op *form.Operation, body []byte) ([]byte, error) {
	return form.Check(op, body, options{ctx: ctx, desk: s.Desk(ctx)})
}

// operation returns the operation with an operationId.
func operation(id string) *form.Operation {
	for i := range api.Operations {
		if api.Operations[i].ID == id {
			return &api.Operations[i]
		}
	}
	panic("standard: no operation " + id) // generated together with the callers
}

// caller returns who is asking; an empty subject if nobody is known.
func caller(ctx context.Context) *access.Subject {
	if g := access.GrantFrom(ctx); g != nil && g.Subject != nil {
		return g.Subject
	}
	return &access.Subject{}
}
