package chartstore

import (
	"context"
	"errors"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/gormstore/searchsql"
)

// wordTries is how often a search for words is tried between the writes of others before it is made to be alone with them.
const wordTries = 3

// Search runs a checked query on the newest committed state.
func (s *Site) Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	const op = "chart.search"
	result, err := searchsql.Run(ctx, s.searches, s.config.Dialect, s.config.Search, q, narrow, page)
	for try := 1; errors.Is(err, searchsql.ErrBehind); try++ {
		if err = s.text.CatchUp(ctx); err != nil {
			return nil, err
		}
		if try == wordTries {
			err = s.Write(ctx, nil, func(tx chart.Tx) error {
				result, err = tx.Search(ctx, q, narrow, page)
				return err
			})
			break
		}
		result, err = searchsql.Run(ctx, s.searches, s.config.Dialect, s.config.Search, q, narrow, page)
	}
	return result, classify(op, err)
}

// CatchUp returns when the words of everything that was committed before are indexed. Errors: Unavailable.
func (s *Site) CatchUp(ctx context.Context) error { return s.text.CatchUp(ctx) }
