package interaction

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"chartwright/internal/care/record"
	"chartwright/internal/care/record/trail"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// What has changed since a time is found by the index of _lastUpdated, and whose it is by what it refers to. So with a narrow _since the
// pages of everyone go over the patients alone of whom there is something to show.
const (
	// maxChanged bounds the changed resources that a first page looks at. Of a _since with more the pages go through all patients.
	maxChanged = 2000
	// changedAtOnce is how many of them a statement reads, with the patients that they name.
	changedAtOnce = 500
	// maxListed bounds the patients whom a cursor names; those behind them are looked for when it is their turn.
	maxListed = 64
	// maxLooks bounds how often all pages together look at a changed resource. Of so many patients that it would be more, the pages go
	// through all of them.
	maxLooks = 16_000
)

// changedMark begins the cursors of these pages: numbers of patients to come, each by what it is more than the one before it, base 36 and
// ended by a point, and at the end changedMore and the number behind which others are to be looked for. No cursor of a store begins so.
const (
	changedMark = "*"
	changedMore = ">"
)

// changes finds whose records have changed since w.since.
type changes struct {
	w    *whole
	typ  string
	book *record.Book // under the right to search patients
}

// sinceThen makes the roll of all patients one of those of whom there may be something to show since w.since, where these are few. A patient
// whose record is changed for the first time while somebody pages may be on it or not.
func (e *Engine) sinceThen(ctx context.Context, c *Call, w *whole, all *roll) *roll {
	types := typesIn(w.members)
	if w.since.IsZero() || all.finds == nil || len(types) == 1 && types[0] == trail.Type { // what the trail has is in no such index
		return all
	}
	found := &changes{w: w, typ: c.Type, book: all.finds}
	return &roll{shows: all.shows, finds: all.finds, next: func(at string) (*chart.Version, string, error) {
		marked, ok := strings.CutPrefix(at, changedMark)
		if !ok && at != "" {
			return all.next(at)
		}
		numbers, behind, more, err := parseChanged(marked)
		if err != nil {
			return nil, "", err
		}
		if len(numbers) == 0 {
			var few bool
			numbers, more, few, err = found.after(ctx, behind, at == "")
			switch {
			case err != nil:
				return nil, "", err
			case !few:
				return all.next("")
			case len(numbers) == 0:
				return nil, "", nil
			}
		}
		rest := changedCursor(numbers[1:], numbers[len(numbers)-1], more)
		v, err := unseen(all.finds.GlanceNumber(ctx, c.Type, numbers[0]))
		if v == nil || err != nil {
			return nil, rest, err
		}
		v, err = unseen(c.book.GlanceAgain(ctx, v))
		return v, rest, err
	}}
}

// after lists the first patients behind a number, in order, and tells whether there are more. At the start it looks at maxChanged resources
// at most: few is false if there are more, if one names more patients than can be listed, or if all of them would take too many looks.
func (f *changes) after(ctx context.Context, behind int64, start bool) (numbers []int64, more, few bool, err error) {
	looked := 0
	seen := map[int64]bool{}
	take := func(list []*chart.Version) {
		for _, v := range list {
			if v.Type == f.typ && v.Number > behind && !seen[v.Number] {
				seen[v.Number] = true
				numbers = append(numbers, v.Number)
			}
		}
	}
	of := func(book *record.Book, q *search.Query, found func(*chart.Result)) (few bool, err error) {
		page := chart.Page{Count: changedAtOnce}
		q.Total = search.TotalNone
		for {
			q.Count = page.Count
			r, err := book.Survey(ctx, q, page)
			switch {
			case err != nil:
				return false, err
			case r.MoreIncluded && page.Count > 1:
				page.Count = max(1, page.Count/10)
				continue
			case start && (r.MoreIncluded || looked+len(r.Matches) > maxChanged):
				return false, nil
			}
			looked += len(r.Matches)
			if found(r); r.Next == "" {
				return true, nil
			}
			page.After = r.Next
		}
	}
	if few = true; len(f.w.members) > 0 {
		q := *f.w.ask
		q.Types, q.Span, q.Include = typesIn(f.w.members), f.w.dates.span(f.w.members, f.w.table), []search.Include{{Target: f.typ}}
		few, err = of(f.w.book, &q, func(r *chart.Result) { take(r.Included) })
	}
	if few && err == nil && f.w.roots(f.typ) {
		q := *f.w.ask
		q.Types = []string{f.typ}
		few, err = of(f.book, &q, func(r *chart.Result) { take(r.Matches) })
	}
	if start && len(numbers)/maxListed*looked > maxLooks {
		few = false
	}
	slices.Sort(numbers)
	if more = len(numbers) > maxListed; more {
		numbers = numbers[:maxListed]
	}
	return numbers, more, few, err
}

// changedCursor names patients to come, and whether others come behind the last; empty if nobody comes.
func changedCursor(numbers []int64, last int64, more bool) string {
	var b strings.Builder
	before := int64(0)
	for _, n := range numbers {
		b.WriteString(strconv.FormatInt(n-before, 36) + ".")
		before = n
	}
	if more {
		b.WriteString(changedMore + strconv.FormatInt(last, 36))
	}
	if b.Len() == 0 {
		return ""
	}
	return changedMark + b.String()
}

// parseChanged reads what changedCursor wrote, without the mark; an empty one is the start. Errors: Invalid.
func parseChanged(cursor string) (numbers []int64, behind int64, more bool, err error) {
	list, last, more := strings.Cut(cursor, changedMore)
	if more {
		behind, err = strconv.ParseInt(last, 36, 64)
	}
	number := int64(0)
	for list != "" && err == nil {
		var text string
		var step int64
		text, list, _ = strings.Cut(list, ".")
		step, err = strconv.ParseInt(text, 36, 64)
		number += step
		numbers = append(numbers, number)
	}
	if err != nil {
		return nil, 0, false, fault.AtParam("interaction.everyone", pageParam, "the page link is not valid for this request")
	}
	return numbers, behind, more, nil
}
