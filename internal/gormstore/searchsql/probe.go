package searchsql

import (
	"context"
	"database/sql"
	"slices"
)

// A probe counts the rows of several drivers, each to a limit that costs less than a bad choice; how many a code has is known. In
// a sorted search the limit is where sorting all matches becomes dearer than reading the index of the sort key until the page is
// full.
const (
	probeUnsorted = 256
	probeSorted   = 2000
)

// best picks the driver with the fewest rows out of list, which is in the order of rank, and tells whether they are many. Only
// where rank leaves it open does it ask the database: for one driver whether its rows are few, for several which has fewest.
func (c *compiler) best(ctx context.Context, db Querier, types []string, list []driver, limit int) (*driver, bool, error) {
	first := &list[0]
	switch {
	case first.rank <= rankIdentifier:
		return first, false, nil
	case first.rank >= rankMost:
		return first, true, nil
	}
	var open []*driver
	for i := range list {
		if list[i].countable() {
			open = append(open, &list[i])
		}
	}
	switch {
	case !first.countable(): // a chain or _has: to count it is to answer it
		return first, false, nil
	case limit == probeUnsorted && len(open) == 1:
		return first, true, nil
	case limit == probeUnsorted && oneValue(first, open):
		return first, true, nil
	}
	counts, err := c.count(ctx, db, types, open, limit)
	if err != nil {
		return nil, false, err
	}
	c.explain.counted(open, counts, limit)
	if counts[0] == uncounted {
		return open[0], true, nil
	}
	least := 0
	for i, n := range counts {
		than := counts[least]
		if open[i].kept == nil || open[least].kept == nil { // beyond the limit one of them is not known
			n, than = min(n, int64(limit)), min(than, int64(limit))
		}
		if n < than {
			least = i
		}
	}
	return open[least], counts[least] >= int64(limit), nil
}

// oneValue reports whether all drivers read the same range of the same parameter.
func oneValue(first *driver, open []*driver) bool { return len(first.peers) == len(open)-1 }

// countable tells whether the driver reads ranges of an index, so that counting a few rows costs little.
func (d *driver) countable() bool {
	return d.clause >= 0 && d.rank > rankIdentifier && d.rank < rankContains && d.rank != rankChain && d.rank != rankHas
}

// uncounted is the count of rows that were not counted.
const uncounted = -1

// needless is the condition that the first driver need not be counted, which is taken unless another has fewer rows: all others are
// known to have as many as are counted at most. It is empty where these have to be counted, too. A sorted search has to know whether
// its rows are few.
func (c *compiler) needless(list []*driver, limit int) expr {
	if limit != probeUnsorted || len(list) < 2 || slices.ContainsFunc(list[1:], func(d *driver) bool { return d.kept == nil }) {
		return expr{}
	}
	var all []expr
	for _, d := range list[1:] {
		all = append(all, sq("? >= ?", d.kept(), limit))
	}
	return and(all...)
}

// count counts the rows of each driver, to a limit; those of codes need no counting.
func (c *compiler) count(ctx context.Context, db Querier, types []string, list []*driver, limit int) ([]int64, error) {
	var columns []expr
	for _, d := range list {
		if d.kept != nil {
			columns = append(columns, d.kept())
			continue
		}
		sources, err := d.sources()
		if err != nil {
			return nil, err
		}
		var parts []expr
		for i := range sources {
			a := c.alias()
			parts = append(parts, sq("SELECT 1 AS n FROM ? "+a+" WHERE ?", sources[i].from, c.sourceRows(&sources[i], a, types)))
		}
		column := sq("(SELECT count(*) FROM (? LIMIT ? + 0) c)", join(parts, " UNION ALL "), limit)
		if d == list[0] {
			if spare := c.needless(list, limit); !spare.empty() {
				column = sq("CASE WHEN ? THEN ? ELSE ? END", spare, uncounted, column)
			}
		}
		columns = append(columns, column)
	}
	counts := make([]int64, len(list))
	dest := make([]any, len(list))
	for i := range counts {
		dest[i] = &counts[i]
	}
	text, args := c.d.finish(sq("SELECT ?", join(columns, ", ")))
	err := query(ctx, db, text, args, func(rows *sql.Rows) error { return rows.Scan(dest...) })
	return counts, err
}
