package searchsql

import (
	"context"
	"slices"
)

// An order of several keys is read as a card index is: in the order of the first key's index, what is equal there in that of the next,
// and so on. A group of equal values that is small is sorted as it is. In one that is large, as of all observations that are final, the
// index of the next key is read, and of what it gives is taken what belongs to the group: so a page costs what it shows, and what lies
// between. Where that comes to more than the group has, the group is sorted after all. What has no value of a key is the last group.
//
//	status ─┬ amended   few: sorted by the other keys
//	        ├ final     many: the index of date ─┬ a day: sorted by the keys behind date
//	        │                                    └ …
//	        └ none
//
// A stretch of an index is looked at before it is read: where the groups end that it has, and whether the first is large. Stretches grow,
// and with them what counts as large, so that there are few however much has to be passed over; and if that does not do, what remains is
// found and sorted at once.
//
// Codes and URIs, to which nothing leads from a resource, are those of its body, which the page has anyway.

// byGroup is the order of several sort keys, each of which an index gives.
const byGroup mode = 'g'

const (
	// sortedPages is how many pages a group has at most that is sorted as it is; bodyPages, if bodies must be read for that.
	sortedPages, bodyPages = 4, 2
	// leastSorted is how many rows such a group may have however small the page is, and leastStretch how many the first stretch has at least.
	leastSorted, leastStretch = 64, 32
	// leastLimit is how many rows a statement is asked for at least.
	leastLimit = 8
	// stretchGrowth is how many times as long as one stretch the next one is, to maxStretch.
	stretchGrowth, maxStretch = 4, 1 << 16
	// enoughPassed is how many times as many rows as were passed a group may have that is sorted then: the next stretch would be as long.
	enoughPassed = 3
	// bodyWeight is how many rows of an index are passed in the time that one body takes, and maxBodies how many are read at once at most.
	bodyWeight, maxBodies = 8, 2048
	// maxGroupStatements is how many statements a page takes before all that remains is sorted.
	maxGroupStatements = 40
)

// groupWalk reads one page in the order of several keys.
type groupWalk struct {
	*runner
	keys []*sortKey
	desc []bool
	want int
	list []row
	last *row // behind which everything stands that the page still wants; nil = it has nothing, and is the first
	from *row // where the page begins: behind the last row of the one before; nil = it is the first
	// bound is that of the snapshot, as soon as begun.
	bound int64
	begun bool
	ended bool // nothing comes any more
	told  bool // what is known of resources that have no value of a key has been asked
	spent int  // statements
	// passed is how many rows were read or looked at.
	passed int
	// aliases is how many are given out before all statements.
	aliases int
}

// walkGroups reads a page in the order of several keys, from behind cur on.
func (r *runner) walkGroups(ctx context.Context, cur *cursor, limit int) ([]row, int64, error) {
	w := &groupWalk{runner: r, want: limit, aliases: r.n}
	for i, s := range r.query.Sort {
		k := r.sortKey(s)
		if len(k.plan.sources) == 1 {
			k.plan.sources = k.plan.sources[0].eachType(r.query.Types)
		}
		behind := *r.query
		behind.Sort = behind.Sort[i:]
		k.query = &behind
		w.keys, w.desc = append(w.keys, k), append(w.desc, s.Descending)
	}
	if cur != nil {
		w.bound, w.begun = cur.bound, true
		w.from = &row{number: cur.rid, keys: cur.keys}
		w.last = w.from
	}
	err := w.walk(ctx, nil)
	return w.list, w.bound, err
}

// snapshot is a cursor without a place, nil before the first row of a first page.
func (w *groupWalk) snapshot() *cursor {
	if !w.begun {
		return nil
	}
	return &cursor{bound: w.bound}
}

// start begins a statement. Its aliases are the same wherever on the way it stands, so that its text is.
func (w *groupWalk) start() {
	w.spent++
	w.n, w.fence = w.aliases, true
}

func (w *groupWalk) done() bool { return w.ended || len(w.list) >= w.want }

// plain reports whether the keys from i on are known without bodies.
func (w *groupWalk) plain(i int) bool {
	return !slices.ContainsFunc(w.keys[min(i, len(w.keys)):], func(k *sortKey) bool { return k.blind })
}

// small is how many rows a group has, whose keys from i on are not fixed, that is sorted as it is.
func (w *groupWalk) small(i int) int {
	pages := sortedPages
	if !w.plain(i) {
		pages = bodyPages
	}
	return max(pages*w.want, leastSorted)
}

// sortable reports whether a group, whose keys from i on are not fixed, is sorted at once: if it is small, or has few more rows than
// have been passed, or fewer than will have to be passed if its members are spread evenly over the index of the next key.
func (w *groupWalk) sortable(i int, sizes []int64, passed int) bool {
	size, weight := float64(slices.Min(sizes)), 1.0
	if !w.plain(i) {
		weight = bodyWeight
		if size > maxBodies {
			return false
		}
	}
	all := float64(sizes[len(sizes)-1])
	return size <= float64(w.small(i)) || size*weight <= max(enoughPassed*float64(passed), float64(w.want)*min(all/size, maxStretch))
}

// holds reports whether a place is in a group.
func holds(place *row, fixed []any) bool {
	if place == nil {
		return false
	}
	for i, v := range fixed {
		if other := place.keys[i]; (v == nil) != (other == nil) || v != nil && compareKey(v, other) != 0 {
			return false
		}
	}
	return true
}

// walk takes the rows of a group, of which the first keys are fixed, until the page is full.
func (w *groupWalk) walk(ctx context.Context, fixed []any) error {
	level := len(fixed)
	last := level == len(w.keys) // then the numbers of resources are the order
	s := stretch{fixed: fixed}
	var sizes []int64
	if last {
		var err error
		if sizes, err = w.count(ctx, fixed); err != nil {
			return err
		}
		s.own = numbered(w.smallest(fixed, sizes, true))
	} else {
		s.own = w.keys[level]
	}
	s.sources = s.own.plan.sources
	if holds(w.from, fixed) {
		if last {
			s.from, s.open = w.from.number, true
		} else if s.from = w.from.keys[level]; s.from == nil {
			return w.without(ctx, &s)
		}
	}
	length := max(2*w.want, leastStretch)
	if !w.plain(level + 1) {
		length = max(w.want+w.want/4, leastStretch)
	}
	next, before := length, w.passed
	for !w.done() {
		if w.spent >= maxGroupStatements {
			return w.rest(ctx)
		}
		passed := w.passed - before
		it, err := w.look(ctx, &s, next, max(w.small(level+1), passed), sizes == nil)
		if err != nil {
			return err
		}
		if sizes == nil {
			sizes = it.sizes
		}
		var cut any
		switch {
		case it.head == nil:
			return w.without(ctx, &s)
		case w.sortable(level, sizes, passed):
			w.passed += int(slices.Min(sizes))
			_, err := w.take(ctx, stretch{fixed: fixed, sources: w.smallest(fixed, sizes, false)}, w.plain(level))
			return err
		case it.large && !last:
			cut = it.head
		case it.end != nil && compareKey(it.end, it.head) == 0: // the group is longer than the stretch
			next *= stretchGrowth
			continue
		default:
			s.to = it.end
			if cut, err = w.take(ctx, s, w.plain(level+1)); err != nil {
				return err
			}
			w.passed += next
			s.from, s.to, s.open, next = it.end, nil, false, min(next*stretchGrowth, maxStretch)
		}
		switch {
		case cut != nil && compareKey(cut, it.head) == 0:
			if err := w.walk(ctx, append(slices.Clone(fixed), it.head)); err != nil {
				return err
			}
			s.from, s.open, next = it.head, true, min(max(length, w.passed-before), maxStretch)
		case cut != nil:
			s.from, next = cut, length
		case it.end == nil && !w.done():
			return w.without(ctx, &s)
		}
	}
	return nil
}

// without takes what has no value of the key of a stretch, which is the last of its group.
func (w *groupWalk) without(ctx context.Context, s *stretch) error {
	if s.own.always {
		return nil
	}
	if err := w.findLacking(ctx); err != nil {
		return err
	}
	if f := w.lacking(s.own.Param); f != nil && len(f.set(w.d, false).kinds) == 0 {
		return nil
	}
	return w.walk(ctx, append(slices.Clone(s.fixed), nil))
}

// take takes the rows of a stretch. Plain tells that their keys are known without bodies, and so is their order: else the rows are
// sorted here, and where there are too many, those from the value cut on are left.
func (w *groupWalk) take(ctx context.Context, s stretch, plain bool) (cut any, err error) {
	level := len(s.fixed)
	limit := leastLimit // or twice, four times … as many: there are few texts of a statement
	for limit < w.want-len(w.list) {
		limit *= 2
	}
	switch {
	case plain:
		if holds(w.last, s.fixed) {
			s.behind = w.last
		}
	case s.own == nil:
		limit = 0 // the group is small
	default:
		limit += w.small(level + 1)
	}
	for !w.done() {
		if w.spent >= maxGroupStatements {
			return nil, w.rest(ctx)
		}
		list, err := w.read(ctx, &s, limit)
		if err != nil {
			return nil, err
		}
		more := limit > 0 && len(list) == limit
		if more && plain {
			s.behind = &row{number: list[len(list)-1].number, keys: slices.Clone(list[len(list)-1].keys)}
		} else if more {
			cut = list[len(list)-1].keys[level]
		}
		list = slices.DeleteFunc(list, func(r row) bool { return r.elsewhere })
		if !plain {
			list = slices.DeleteFunc(list, func(r row) bool { return cut != nil && compareKey(r.keys[level], cut) == 0 })
			slices.SortFunc(list, func(a, b row) int { return compareKeys(&a, &b, w.desc, w.desc[0]) })
		}
		for i := range list {
			if (w.last == nil || compareKeys(&list[i], w.last, w.desc, w.desc[0]) > 0) && !w.done() {
				w.list = append(w.list, list[i])
				w.last = &list[i]
			}
		}
		if !more || !plain {
			break
		}
		limit *= 2 // the rows of what stands elsewhere were passed over
	}
	return cut, nil
}

// complete gives a row of a stretch the keys that only its body tells, by one of which it may stand elsewhere.
func (w *groupWalk) complete(s *stretch, one *row) error {
	x, err := w.sortRows(one.version)
	if err != nil {
		return err
	}
	for i, k := range w.keys {
		if !k.blind {
			continue
		}
		v := firstValue(x, k.Sort, k.plan.full.params)
		if i >= len(s.fixed) && s.own != k {
			one.keys[i] = v
		} else if v != nil && one.keys[i] != nil && compareKey(v, one.keys[i]) != 0 {
			one.elsewhere = true
		}
	}
	return nil
}

// rest sorts all that stands behind the last row, and takes of it what the page still wants.
func (w *groupWalk) rest(ctx context.Context) error {
	unsorted := *w.query
	unsorted.Sort = nil
	p, err := w.choose(ctx, w.q, &unsorted, nil)
	if err != nil {
		return err
	}
	p.mode = bySet
	cur := w.snapshot()
	if w.last != nil {
		cur.rid, cur.keys = w.last.number, w.last.keys
	}
	list, bound, err := w.fetch(ctx, p, cur, w.want-len(w.list), false)
	if !w.begun {
		w.bound, w.begun = bound, true
	}
	w.list, w.ended = append(w.list, list...), true
	return err
}
