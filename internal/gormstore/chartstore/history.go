package chartstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/packed"
)

// Columns of a version in resource and in history, in the order of scanned.
const (
	currentColumns = `SELECT r.rid, r.vid, r.seq, r.updated, r.method, r.owner, r.body, r.type, r.id FROM resource r WHERE r.seq IS NOT NULL`
	oldColumns     = `SELECT h.rid, h.vid, h.seq, h.updated, h.method, h.owner, h.body, r.type, r.id
		FROM history h JOIN resource r ON r.rid = h.rid WHERE r.seq IS NOT NULL`
)

// History yields versions, newest first.
//
// Errors: Forbidden when the caller's view is narrowed by a query, which can be asked of current versions only.
func (s *Site) History(ctx context.Context, q chart.HistoryQuery, yield func(*chart.Version) bool) error {
	const op = "chart.history"
	if err := historyView(q); err != nil {
		return err
	}
	text, args := historySQL(&q)
	release, err := s.longRead(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text), args...)
	if err != nil {
		return classify(op, err)
	}
	left := q.Limit
	return s.each(op, rows, func(v *chart.Version) bool {
		if !slices.Contains(q.Whole, v.Type) && !s.visible(&q.Narrow, v) {
			return true
		}
		left--
		return yield(v) && left != 0
	})
}

// Columns by which the versions of [Site.CountHistory] are counted.
const (
	currentKinds = `SELECT r.type AS type, r.owner IS NULL AS shared FROM resource r WHERE r.seq IS NOT NULL`
	oldKinds     = `SELECT r.type AS type, h.owner IS NULL AS shared FROM history h JOIN resource r ON r.rid = h.rid WHERE r.seq IS NOT NULL`
)

// CountHistory counts versions, of which it reads no body. Errors: as [Site.History].
func (s *Site) CountHistory(ctx context.Context, q chart.HistoryQuery) (total int64, err error) {
	const op = "chart.history"
	if err := historyView(q); err != nil {
		return 0, err
	}
	q.Before = 0
	text, args := historyUnion(currentKinds, oldKinds, &q)
	release, err := s.longRead(ctx, op)
	if err != nil {
		return 0, err
	}
	defer release()
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind("SELECT type, shared, COUNT(*) FROM ("+text+") AS v GROUP BY type, shared"), args...)
	if err != nil {
		return 0, classify(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var typ string
		var shared bool
		var n int64
		if err := rows.Scan(&typ, &shared, &n); err != nil {
			return 0, classify(op, err)
		}
		v := chart.Version{Key: chart.Key{Type: typ}}
		if !shared {
			v.Owner = q.Narrow.Patient // the query asks for no other
		}
		if slices.Contains(q.Whole, typ) || s.visible(&q.Narrow, &v) {
			total += n
		}
	}
	return total, classify(op, rows.Err())
}

// each yields the versions of rows and closes them.
func (s *Site) each(op string, rows *sql.Rows, yield func(*chart.Version) bool) error {
	defer rows.Close()
	var r scanned
	dest := r.columns(cells)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return classify(op, err)
		}
		v := r.version(chart.Key{})
		var err error
		if v.Body, err = packed.Unpack(r.body); err != nil {
			return classify(op, err)
		}
		if !yield(v) {
			return nil
		}
	}
	return classify(op, rows.Err())
}

// historyView refuses a view that old versions cannot be held against.
func historyView(q chart.HistoryQuery) error {
	for typ, filters := range q.Narrow.Filters {
		if len(filters) > 0 && (q.Key.Type == typ || q.Key.Type == "" && (q.Types == nil || slices.Contains(q.Types, typ))) {
			return fault.New(fault.Forbidden, "chart.history", "a scope that selects %s by a query does not cover their history", typ)
		}
	}
	return nil
}

// visible reports whether v belongs to the caller's view.
func (s *Site) visible(n *access.Narrow, v *chart.Version) bool {
	if n.Patient == "" || v.Owner == n.Patient {
		return true
	}
	open := s.config.Search.OpenTypes
	return v.Owner == "" && open != nil && open(v.Type)
}

// historySQL joins what is current and what was, each in the order of its own index.
func historySQL(q *chart.HistoryQuery) (string, []any) {
	text, args := historyUnion(currentColumns, oldColumns, q)
	return text + " ORDER BY 3 DESC", args
}

// historyUnion selects what is current and what was.
func historyUnion(currentColumns, oldColumns string, q *chart.HistoryQuery) (string, []any) {
	current, args := historyBranch(currentColumns, "r", q)
	old, more := historyBranch(oldColumns, "h", q)
	if !q.At.IsZero() {
		// An old version was current until the next one, which the resource itself holds if history does not.
		old += " AND COALESCE((SELECT n.updated FROM history n WHERE n.rid = h.rid AND n.vid > h.vid ORDER BY n.vid LIMIT 1), r.updated) > ?"
		more = append(more, floorMilli(q.At.From))
	}
	return current + " UNION ALL " + old, append(args, more...)
}

func historyBranch(columns, t string, q *chart.HistoryQuery) (string, []any) {
	var b strings.Builder
	var args []any
	b.WriteString(columns)
	and := func(condition string, values ...any) {
		b.WriteString(" AND " + strings.ReplaceAll(condition, "@", t))
		args = append(args, values...)
	}
	if q.Key.Type != "" {
		and("r.type = ?", q.Key.Type)
	}
	if q.Key.ID != "" {
		and("r.id = ?", q.Key.ID)
	}
	if q.Key.Type == "" && q.Types != nil {
		condition, values := oneOf(q.Types)
		and("r.type "+condition, values...)
	}
	if !q.Since.IsZero() {
		and("@.updated >= ?", ceilMilli(q.Since))
	}
	if !q.At.IsZero() {
		and("@.updated < ?", ceilMilli(q.At.Until))
	}
	if q.Before > 0 {
		and("@.seq < ?", q.Before)
	}
	if q.Narrow.Patient != "" {
		condition, values := oneOf(q.Whole)
		and("(@.owner = ? OR @.owner IS NULL OR r.type "+condition+")", append([]any{q.Narrow.Patient}, values...)...)
		if t != "r" { // a resource that is somebody else's now has taken its past along
			and("(r.owner = ? OR r.owner IS NULL AND @.owner IS NULL OR r.type "+condition+")", append([]any{q.Narrow.Patient}, values...)...)
		}
	}
	return b.String(), args
}

// Versions are kept to the millisecond: ceilMilli is the first one not before t, floorMilli the last one not after it.
func ceilMilli(t time.Time) int64 {
	if t.Nanosecond()%1e6 != 0 {
		return t.UnixMilli() + 1
	}
	return t.UnixMilli()
}

func floorMilli(t time.Time) int64 { return t.UnixMilli() }

// Scan yields every current resource of the types as of one instant, by sequence.
func (s *Site) Scan(ctx context.Context, types []string, yield func(*chart.Version) bool) error {
	const op = "chart.scan"
	release, err := s.longRead(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	// One statement is one snapshot on both databases, and both drivers fetch its rows as they are asked for.
	text := currentColumns + " AND r.body IS NOT NULL"
	var args []any
	if len(types) > 0 {
		var condition string
		condition, args = oneOf(types)
		text += " AND r.type " + condition
	}
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text+" ORDER BY r.seq"), args...)
	if err != nil {
		return classify(op, err)
	}
	return s.each(op, rows, yield)
}

// oneOf is the condition that a column is one of the texts; of none, that it is nothing.
func oneOf(texts []string) (string, []any) {
	if len(texts) == 0 {
		return "IN (NULL)", nil
	}
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	return "IN (" + "?" + strings.Repeat(", ?", len(texts)-1) + ")", args
}
