package searchsql

import (
	"context"
	"database/sql"

	"chartwright/internal/fhir/search"
)

// A reverse chain whose condition many resources satisfy leads to many, mostly: to collect them is to read all of those resources,
// where the page would be full after trying a few. Whether it would is tried on the first of the resources that the search asks for.

const (
	// sampled is how many of them are tried, and sampledHits how many have to be found for a page to be filled so.
	sampled     = 64
	sampledHits = 8
)

// findWideHas fills c.wideHas for the first page of q.
func (c *compiler) findWideHas(ctx context.Context, db Querier, q *search.Query) error {
	var asked []*search.Has
	var columns []expr
	for i := range q.Clauses {
		h := q.Clauses[i].Has
		if h == nil || h.Within || len(asked) == maxBranches {
			continue
		}
		sample, err := c.sampleHas(h, q)
		if err != nil {
			return err
		}
		if !sample.empty() {
			asked, columns = append(asked, h), append(columns, sample)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	hits := make([]int64, len(asked))
	dest := make([]any, len(asked))
	for i := range hits {
		dest[i] = &hits[i]
	}
	text, args := c.d.finish(sq("SELECT ?", join(columns, ", ")))
	if err := query(ctx, db, text, args, func(rows *sql.Rows) error { return rows.Scan(dest...) }); err != nil {
		return err
	}
	c.wideHas = map[*search.Has]bool{}
	for i, h := range asked {
		c.wideHas[h] = hits[i] >= sampledHits
	}
	return nil
}

// sampleHas counts how many of the sample a reverse chain leads to, where at least maxMet resources satisfy its condition; empty
// where its condition looks further, or a view hides some.
func (c *compiler) sampleHas(h *search.Has, q *search.Query) (expr, error) {
	in := &h.Clause
	words := in.Chain != nil || in.Has != nil || in.Group != nil || in.Param == nil || in.Param.FullText() || partial(in)
	if words || len(q.Types) != 1 || len(c.definitions(q.Types)) > 0 {
		return expr{}, nil
	}
	if all, err := c.unlimited([]string{q.Types[0], h.Type}); err != nil || !all {
		return expr{}, err
	}
	near, err := c.set(in, h.Type)
	if err != nil {
		return expr{}, err
	}
	fence := c.fence
	c.fence = true
	holds, err := c.hasFilter(h, "s.rid")
	c.fence = fence
	if err != nil {
		return expr{}, err
	}
	first := sq("SELECT r.rid FROM resource r WHERE r.type = ? AND r.body IS NOT NULL ORDER BY r.rid ?", q.Types[0], c.d.limit(sampled))
	found := sq("SELECT 1 AS n FROM (?) s WHERE ? ?", first, holds, c.d.limit(sampledHits))
	return sq("CASE WHEN (SELECT count(*) FROM (? ?) g) < ? THEN 0 ELSE (SELECT count(*) FROM (?) f) END", near, c.d.limit(maxMet), maxMet, found), nil
}

// hasRank is the rank of a reverse chain: behind everything where it leads to very many.
func (c *compiler) hasRank(h *search.Has) int {
	if c.wideHas[h] {
		return rankWideChain
	}
	return rankHas
}
