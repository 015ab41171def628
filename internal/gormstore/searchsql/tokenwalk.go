package searchsql

import (
	"context"
)

// An order of tokens is that of idx_token, which is read by code and not by rid, and one of URIs that of idx_uri. A resource with
// several stands where the first of them puts it; its body, which the page has anyway, tells which that is. So a page costs what it
// shows, and the rows of other codes of the same resources.

// maxTokenWalk is how many rows one statement of such an order reads at most. It begins with a page and doubles.
const maxTokenWalk = 4096

// walkTokens reads a page in the order of tokens, from behind cur on.
func (r *runner) walkTokens(ctx context.Context, cur *cursor, limit int) (list []row, bound int64, err error) {
	open := *r.plan
	open.repeats = true
	if cur != nil {
		bound = cur.bound
	}
	for n := limit; ; n = min(2*n, maxTokenWalk) {
		all, at, err := r.fetch(ctx, &open, cur, n, false)
		if err != nil {
			return nil, 0, err
		}
		if cur == nil {
			bound = at
		}
		for i := range all {
			if i > 0 && all[i].number == all[i-1].number { // one code of two systems, or under two parameters
				continue
			}
			if first, err := r.firstToken(&all[i]); err != nil {
				return nil, 0, err
			} else if first {
				list = append(list, all[i])
			}
			if len(list) == limit {
				return list, bound, nil
			}
		}
		if len(all) < n {
			return list, bound, nil
		}
		last := all[len(all)-1]
		cur = &cursor{bound: bound, rid: last.number, keys: last.keys}
	}
}

// firstToken reports whether no other code of a row's resource stands before the row's own.
func (r *runner) firstToken(one *row) (bool, error) {
	x, err := r.sortRows(one.version)
	if err != nil {
		return false, err
	}
	first := firstValue(x, r.query.Sort[0], r.plan.full.params)
	return first == nil || compareKey(first, one.keys[0]) == 0, nil
}
