package record

import (
	"context"

	"chartwright/internal/chart"
)

// maxJudged bounds how many versions a page of a history makes the rows of, for a view that a query narrows.
const maxJudged = 5000

// maxJudgedBytes bounds what is in memory at once of the versions that are counted by their rows.
const maxJudgedBytes = 16 << 20

// History returns one page of versions in the caller's view, newest first, and records the access before it returns
// anything. The page ends after q.Limit versions or maxBytes of bodies, whichever comes first. If older versions follow, before
// is the sequence number behind which they do, for chart.HistoryQuery.Before, else 0.
//
// A view that a query of a scope narrows holds a version if the version and the current one of its resource satisfy the query:
// what has left the view takes its past along. Such a page may hold fewer versions than q.Limit, even none, and have a next one.
//
// Errors: NotFound if q names one resource that never existed or lies outside the caller's view; Forbidden for a query that
// versions can't be held against; else as [Book.Search].
//
// https://hl7.org/fhir/R4/http.html#history
func (b *Book) History(ctx context.Context, q chart.HistoryQuery, maxBytes int) (page []*chart.Version, before int64, err error) {
	now, event, err := b.historyOf(ctx, q.Key)
	if err != nil {
		return nil, 0, err
	}
	if event {
		page = eventHistory(&q, now)
		return page, 0, b.listed(ctx, q.Key, page)
	}
	j, err := b.judge(ctx, b.historyTypes(&q)...)
	if err != nil {
		return nil, 0, err
	}
	if page, before, err = b.admitted(ctx, q, maxBytes, j); err != nil {
		return nil, 0, err
	}
	if err := b.listed(ctx, q.Key, page); err != nil {
		return nil, 0, err
	}
	return page, before, nil
}

// CountHistory returns how many versions [Book.History] shows on all its pages, and records that somebody asked. Errors: as there.
func (b *Book) CountHistory(ctx context.Context, q chart.HistoryQuery) (total int64, err error) {
	now, event, err := b.historyOf(ctx, q.Key)
	if err != nil {
		return 0, err
	}
	j, err := b.judge(ctx, b.historyTypes(&q)...)
	switch {
	case err != nil:
		return 0, err
	case event:
		total = int64(len(eventHistory(&q, now)))
	case j == nil:
		q.Narrow, q.Whole = b.grant.Narrow, b.whole(&q)
		total, err = b.site.CountHistory(ctx, q)
	default: // which version a query of a scope holds, only its rows tell
		for q.Before, q.Limit = 0, maxJudged; ; j.seen = 0 {
			var page []*chart.Version
			if page, q.Before, err = b.admitted(ctx, q, maxJudgedBytes, j); err != nil {
				break
			}
			if total += int64(len(page)); q.Before == 0 {
				break
			}
		}
	}
	if err == nil {
		err = b.listed(ctx, q.Key)
	}
	if err != nil {
		return 0, err
	}
	return total, nil
}

// historyOf makes sure that the caller may see the history of key, which may name a type or nothing. Of one resource it returns what
// stands, and whether that is an event of the trail.
func (b *Book) historyOf(ctx context.Context, key chart.Key) (now *chart.Version, event bool, err error) {
	const op = "record.history"
	if err := b.granted(op); err != nil || key.ID == "" {
		return nil, false, err
	}
	now, err = b.read(ctx, key)
	if err == nil {
		var ok bool
		if ok, err = b.sees(ctx, b.site, now); err == nil && !ok {
			err = notFound(op, key)
		}
	}
	if err != nil {
		return nil, false, b.missed(ctx, op, key, err)
	}
	_, event = b.eventOf(key)
	return now, event, nil
}

// admitted reads a page of what j admits and the caller's view holds.
func (b *Book) admitted(ctx context.Context, q chart.HistoryQuery, maxBytes int, j *judge) (page []*chart.Version, before int64, err error) {
	page, before, err = b.versions(ctx, q, maxBytes, j)
	if err == nil && j != nil && q.Key.ID == "" {
		page, err = b.present(ctx, j, page)
	}
	return page, before, err
}

// historyTypes are the types whose versions a history may show, as far as queries narrow them.
func (b *Book) historyTypes(q *chart.HistoryQuery) []string {
	switch {
	case q.Key.Type != "":
		return []string{q.Key.Type}
	case q.Types != nil:
		return q.Types
	}
	var list []string
	for typ := range b.grant.Narrow.Filters {
		list = append(list, typ)
	}
	return list
}

// versions reads a page of what j admits.
func (b *Book) versions(ctx context.Context, q chart.HistoryQuery, maxBytes int, j *judge) (page []*chart.Version, before int64, err error) {
	q.Narrow, q.Whole = b.grant.Narrow, b.whole(&q)
	limit, size, last := q.Limit, 0, int64(0)
	if q.Limit++; j != nil {
		q.Limit, q.Narrow.Filters = 0, nil // j knows better
	}
	var failed error
	err = b.site.History(ctx, q, func(v *chart.Version) bool {
		if len(page) == limit || size > maxBytes || j != nil && j.seen == maxJudged {
			before = last
			return false
		}
		last = v.Seq
		ok, err := j.admits(ctx, v)
		if failed = err; err != nil {
			return false
		}
		if ok {
			page, size = append(page, v), size+len(v.Body)
		}
		return true
	})
	if err == nil {
		err = failed
	}
	return page, before, err
}

// present leaves out the versions of resources whose current version is not in the caller's view.
func (b *Book) present(ctx context.Context, j *judge, page []*chart.Version) ([]*chart.Version, error) {
	in := map[chart.Key]bool{}
	var kept []*chart.Version
	for _, v := range page {
		if j.queries[v.Type] == nil {
			kept = append(kept, v)
			continue
		}
		ok, known := in[v.Key]
		if !known {
			now, err := b.site.Read(ctx, v.Key)
			if err != nil {
				return nil, err
			}
			// Of several types, each has a view of its own.
			g := *b.grant
			if g.Narrow, ok = b.grant.DecideType(v.Type); ok {
				if ok, err = b.With(&g).sees(ctx, b.site, now); err != nil {
					return nil, err
				}
			}
			in[v.Key] = ok
		}
		if ok {
			kept = append(kept, v)
		}
	}
	return kept, nil
}
