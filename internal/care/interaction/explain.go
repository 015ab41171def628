package interaction

import (
	"context"

	"chartwright/internal/access"
	"chartwright/internal/fhir/search"
)

// explaining is the name under which the access decision knows _explain.
const explaining = "search-explain"

// mayExplain makes sure that a caller who asks how his search is answered may know: statements and plans tell about the whole
// site, so that is for those who administer its search parameters.
//
// Errors: Forbidden, which is recorded.
func (e *Engine) mayExplain(ctx context.Context, c *Call, q *search.Query) error {
	if !q.Explain {
		return nil
	}
	if _, err := access.Authorize(c.Subject, access.Request{API: access.FHIR, Operation: explaining}, c.Policy); err != nil {
		return e.refuse(ctx, c, access.Search, c.Type, err)
	}
	return nil
}
