package interaction

import (
	"context"

	"chartwright/gen/r4"
	"chartwright/internal/care/record"
	"chartwright/internal/chart"
)

// Create stores a new resource under an id of the server's choice. With If-None-Exist it does so only if nothing matches the
// criteria; one match is answered as it is, with 200. The search and the write are one transaction.
//
// Errors: Invalid, Unprocessable; Forbidden outside the caller's record; PreconditionFailed if several match.
//
// https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/http.html#ccreate
func (e *Engine) Create(ctx context.Context, c *Call) (*Answer, error) {
	r, err := c.decode()
	if err != nil {
		return nil, err
	}
	var match *criteria
	if c.Header.IfNoneExist != "" {
		if match, err = e.ifNoneExist(ctx, c); err != nil {
			return nil, err
		}
	}
	return e.write(ctx, c, func() (*step, error) { return createStep(ctx, c.book, r, "", chart.Create, match) })
}

// createStep prepares the creation of r under id, or under a fresh id if that is empty, unless match finds a resource. How is
// what it came from: a create, or an update by criteria that nothing meets.
func createStep(ctx context.Context, book *record.Book, r r4.Resource, id string, how chart.Method, match *criteria) (*step, error) {
	d, err := book.Draft(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return &step{book: book, draft: d, apply: func(u *record.Unit) (outcome, error) {
		if match != nil {
			if v, err := match.in(u); err != nil || v != nil {
				return matched(v), err
			}
		}
		v, err := u.As(book).Put(d, how, chart.Expect{Absent: true})
		return outcome{status: 201, version: v}, err
	}}, nil
}
