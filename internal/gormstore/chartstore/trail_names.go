package chartstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
)

// A stretch is so many numbers of events. A row of table audit_key says that a block names a patient, a user or a client, and that
// others of the same stretch may: this process writes none where it has written one for the stretch before. A block has its rows'
// number and belongs to the stretch in which that lies.
//
// While many are at work, each commit has events of the same few patients, and nearly every row changes a page of the index of its
// own. Who looks for a patient's events reads no more than a stretch for each that has one.
const stretchEvents = 2 * blockEvents

// stretchOf returns the stretch in which an event lies.
func stretchOf(seq int64) int64 { return (seq - 1) / stretchEvents }

// The values of audit_key.kind.
const (
	keyPatient int64 = iota + 1
	keyUser
	keyClient
)

type auditName struct {
	kind  int64
	value string
}

// namesKept bounds what is remembered of a stretch: a search names the patients of a whole page.
const namesKept = 4096

// stretchNames are patients, users and clients that the index has for a stretch.
type stretchNames struct {
	stretch int64
	values  map[auditName]struct{}
}

// enter begins a stretch, unless the names are of this one.
func (n *stretchNames) enter(stretch int64) {
	if n.stretch != stretch || n.values == nil {
		*n = stretchNames{stretch, map[auditName]struct{}{}}
	}
}

func (n *stretchNames) has(stretch int64, name auditName) bool {
	if n.stretch != stretch {
		return false
	}
	_, ok := n.values[name]
	return ok
}

// learn takes over what was committed.
func (n *stretchNames) learn(committed stretchNames) {
	if committed.values == nil {
		return
	}
	n.enter(committed.stretch)
	if len(n.values)+len(committed.values) > namesKept {
		clear(n.values) // what is forgotten is written once more
		return
	}
	maps.Copy(n.values, committed.values)
}

// name puts what an event of a block names into the index, unless the stretch has it.
func (b *batch) name(g *group, block, kind int64, value string) {
	name := auditName{kind, index.Clean(value)}
	stretch := stretchOf(block)
	if name.value == "" || g.named.has(stretch, name) || g.naming.has(stretch, name) {
		return
	}
	g.naming.values[name] = struct{}{}
	b.auditKeys.added = append(b.auditKeys.added, kind, name.value, block)
}

// span are numbers of events, the last one not included.
type span struct{ from, to int64 }

// spans returns where blocks with events of q can lie, the newest first: everywhere if q names nothing. Stretches that follow each
// other are one span.
func (s *Site) spans(ctx context.Context, q *chart.AuditQuery) ([]span, error) {
	end := q.Before
	if end <= 0 {
		end = endOfTrail
	}
	text, args := "", []any{}
	for _, name := range [...]auditName{{keyPatient, q.Patient}, {keyUser, q.UserID}, {keyClient, q.ClientID}} {
		if name.value == "" {
			continue
		}
		if text != "" {
			text += " INTERSECT "
		}
		text += "SELECT (seq - 1) / ? FROM audit_key WHERE kind = ? AND value = ? AND seq < ?"
		args = append(args, stretchEvents, name.kind, name.value, end)
	}
	if text == "" {
		return []span{{1, end}}, nil
	}
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text), args...)
	if err != nil {
		return nil, err
	}
	return spansOf(rows, end)
}

// endOfTrail is behind every number of an event.
const endOfTrail = 1 << 62

// spansOf reads numbers of stretches, in any order and any number of times.
func spansOf(rows *sql.Rows, end int64) ([]span, error) {
	defer rows.Close()
	var stretches []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		stretches = append(stretches, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.Sort(stretches)
	var spans []span
	for _, n := range slices.Backward(slices.Compact(stretches)) {
		from := n*stretchEvents + 1
		to := min(from+stretchEvents, end)
		if last := len(spans) - 1; last >= 0 && spans[last].from == to {
			spans[last].from = from
		} else {
			spans = append(spans, span{from, to})
		}
	}
	return spans, nil
}
