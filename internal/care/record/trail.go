package record

import (
	"context"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/care/record/trail"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/search"
)

// trailCursor begins the cursor of a page that goes on in the trail; the number of the last event shown follows.
const trailCursor = "trail:"

// search finds resources in the store. A search of AuditEvent alone finds the events of the site's trail before them, newest
// first, unless a scope narrows the type: the trail has what such a query would have to be asked of in no index.
func (b *Book) search(ctx context.Context, q *search.Query, page chart.Page) (*chart.Result, error) {
	after, inTrail := strings.CutPrefix(page.After, trailCursor)
	if len(q.Types) != 1 || q.Types[0] != trail.Type || q.Contained == search.OnlyContained || b.narrowed(trail.Type) || page.After != "" && !inTrail {
		return b.site.Search(ctx, q, b.grant.Narrow, page)
	}
	const op = "record.trail"
	wanted, why, ok := trail.Select(b.site.Name(), q)
	if !ok {
		return nil, fault.New(fault.Invalid, op, "the audit trail cannot be searched by %s in this form: chains, _has, _filter and most modifiers are not evaluated over it", why)
	}
	if !newestFirst(q.Sort) {
		return nil, fault.New(fault.Invalid, op, "the audit trail is shown newest first: _sort=-date is the only order")
	}
	found := &chart.Result{Total: -1, MoreIncluded: len(q.Include)+len(q.RevInclude) > 0} // what it includes lies in the record
	if inTrail {
		seq, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return nil, fault.New(fault.Invalid, op, "the cursor is not one of this search")
		}
		if wanted.Query.Before == 0 || seq < wanted.Query.Before {
			wanted.Query.Before = seq
		}
	}
	page.After = ""
	if q.Total == search.TotalAccurate {
		total, err := b.countTrail(ctx, q)
		if err != nil {
			return nil, err
		}
		found.Total = total
	}
	if err := b.pageOfTrail(ctx, wanted, page.Count, found); err != nil || found.Next != "" {
		return found, err
	}
	page.Count -= len(found.Matches)
	rest, err := b.site.Search(ctx, q, b.grant.Narrow, page)
	if err != nil {
		return nil, err
	}
	if rest.Places != nil {
		found.Places = append(make([]int, len(found.Matches)), rest.Places...)
	}
	found.Explained = rest.Explained
	found.Matches, found.Included, found.Next = append(found.Matches, rest.Matches...), rest.Included, rest.Next
	found.MoreIncluded = found.MoreIncluded || rest.MoreIncluded
	if found.Total >= 0 {
		found.Total += rest.Total
	}
	return found, nil
}

// newestFirst reports whether the order asked for is that of the trail.
func newestFirst(keys []search.Sort) bool {
	return len(keys) == 0 || len(keys) == 1 && keys[0].Descending && (keys[0].Param.Code == "date" || keys[0].Param == search.LastUpdated)
}

// pageOfTrail adds up to count events to found, and the cursor behind them if there are more.
func (b *Book) pageOfTrail(ctx context.Context, wanted *trail.Selection, count int, found *chart.Result) error {
	if wanted.None {
		return nil
	}
	var last int64
	var failed error
	err := b.site.AuditTrail(ctx, wanted.Query, func(e *chart.AuditEvent) bool {
		if !wanted.Match(e) {
			return ctx.Err() == nil
		}
		if len(found.Matches) == count {
			if count > 0 {
				found.Next = trailCursor + strconv.FormatInt(last, 10)
			}
			return false
		}
		v, err := b.eventVersion(e)
		if failed = err; err != nil {
			return false
		}
		found.Matches, last = append(found.Matches, v), e.Seq
		return true
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// countTrail counts the events that q selects.
func (b *Book) countTrail(ctx context.Context, q *search.Query) (n int64, err error) {
	all, _, _ := trail.Select(b.site.Name(), q)
	if all.None {
		return 0, nil
	}
	err = b.site.AuditTrail(ctx, all.Query, func(e *chart.AuditEvent) bool {
		if all.Match(e) {
			n++
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	return n, err
}

// eventVersion is an event as the one version of a resource.
func (b *Book) eventVersion(e *chart.AuditEvent) (*chart.Version, error) {
	body, err := r4.Marshal(trail.Resource(b.site.Name(), e))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "record.trail", err)
	}
	return &chart.Version{Key: chart.Key{Type: trail.Type, ID: trail.ID(e.Seq)}, VID: 1, Updated: e.Time, Method: chart.Create, Body: body}, nil
}

// eventOf returns the number of the event that a key names; false if it names a resource of the store.
func (b *Book) eventOf(key chart.Key) (seq int64, ok bool) {
	if key.Type != trail.Type || b.narrowed(trail.Type) {
		return 0, false
	}
	return trail.Seq(key.ID)
}

// readVersion returns one version of a resource. Of an event there is one, for ever.
func (b *Book) readVersion(ctx context.Context, key chart.Key, vid int64) (*chart.Version, error) {
	switch _, event := b.eventOf(key); {
	case !event:
		return b.site.ReadVersion(ctx, key, vid)
	case vid != 1:
		return nil, notFound("record.vread", key)
	}
	return b.read(ctx, key)
}

// eventHistory returns the history of an event: its one version, if q selects it.
func eventHistory(q *chart.HistoryQuery, v *chart.Version) []*chart.Version {
	if q.Before > 0 || v.Updated.Before(q.Since) || !q.At.IsZero() && !v.Updated.Before(q.At.Until) {
		return nil
	}
	return []*chart.Version{v}
}

// read returns the current version of a resource from the store, or an event from the trail.
func (b *Book) read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	seq, ok := b.eventOf(key)
	if !ok {
		return b.site.Read(ctx, key)
	}
	var found *chart.Version
	var failed error
	err := b.site.AuditTrail(ctx, chart.AuditQuery{Before: seq + 1, Limit: 1}, func(e *chart.AuditEvent) bool {
		if e.Seq == seq {
			found, failed = b.eventVersion(e)
		}
		return false
	})
	if err == nil {
		err = failed
	}
	if err == nil && found == nil {
		err = notFound("record.read", key)
	}
	return found, err
}
