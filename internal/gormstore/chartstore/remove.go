package chartstore

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

const (
	removeOld = `DELETE FROM history WHERE seq IN (SELECT seq FROM history WHERE rid = ? ORDER BY vid LIMIT ?)`
	// A row that others may refer to by its number becomes a placeholder: it keeps type and id and nothing else.
	removeCurrent = `UPDATE resource SET vid = 0, seq = NULL, updated = 0, method = 0, owner = NULL, body = NULL WHERE rid = ? AND vid = ?`
)

// Remove takes versions of a resource out of the tables. It works on what is written: whatever the group and the closure have
// pending is flushed first, under the closure's savepoint.
func (t *tx) Remove(ctx context.Context, key chart.Key, what chart.Removal, limit int) (int, error) {
	const op = "tx.remove"
	if err := t.usable(ctx, op); err != nil {
		return 0, err
	}
	r, err := t.own(key, false)
	if err != nil {
		return 0, t.fail(op, err)
	}
	if r.current == nil {
		return 0, notFound(op, key)
	}
	if err := t.group.knowRows(r); err != nil {
		return 0, fault.Wrap(fault.Internal, op, err) // of this resource alone, not of the group
	}
	if limit < 1 {
		return 0, nil
	}
	if err := t.flush(); err != nil {
		return 0, t.fail(op, err)
	}
	t.group.written = true
	t.group.turn()
	traces := newTraces(t.group, key.Type)
	if err := traces.ofOld(r.rid, limit); err != nil {
		return 0, t.fail(op, err)
	}
	removed, err := t.group.delete(removeOld, r.rid, limit)
	if err != nil {
		return 0, t.fail(op, err)
	}
	if what == chart.Whole && removed < limit {
		if err := traces.of(r.flushed.Seq, r.flushed.Body); err != nil {
			return 0, t.fail(op, err)
		}
		if err := t.removeCurrent(r); err != nil {
			return 0, t.fail(op, err)
		}
		removed++
	}
	if removed > 0 {
		if err := traces.wipe(); err != nil {
			return 0, t.fail(op, err)
		}
	}
	return removed, nil
}

// removeCurrent takes the current version, which is flushed, and its index rows.
func (t *tx) removeCurrent(r *record) error {
	g := t.group
	b := newBatch()
	names := &names{systems: map[string]int64{}, rids: map[chart.Key]int64{}}
	names.collect(r.rows)
	placeholders, err := g.resolve(t.local, names, b)
	if err != nil {
		return err
	}
	for _, p := range placeholders {
		b.versions(p)
	}
	b.index(r.rid, r.rows, names, false)
	if err := g.site.engine.flush(g.ctx, g.conn, b); err != nil {
		return err
	}
	g.flushed(placeholders)
	if _, err := g.delete(removeCurrent, r.rid, r.flushed.VID); err != nil {
		return err
	}
	r.current, r.flushed, r.rows = nil, nil, noRows
	return nil
}

// delete runs a statement on the connection of the group and returns how many rows it concerned.
func (g *group) delete(text string, args ...any) (int, error) {
	result, err := g.conn.ExecContext(g.ctx, g.site.rebind(text), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// Remnants lists resources of which something could be removed.
func (s *Site) Remnants(ctx context.Context, q chart.RemnantQuery) ([]*chart.Version, error) {
	const op = "chart.remnants"
	text := `SELECT r.rid, r.type, r.id FROM resource r WHERE r.seq IS NOT NULL AND r.rid > ?`
	args := []any{q.After}
	if q.Type != "" {
		text += " AND r.type = ?"
		args = append(args, q.Type)
	}
	switch q.Of {
	case chart.Superseded:
		text += " AND EXISTS (SELECT 1 FROM history h WHERE h.rid = r.rid)"
	case chart.Deleted:
		text += " AND r.body IS NULL"
	}
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text+" ORDER BY r.rid LIMIT ?"), append(args, q.Limit)...)
	if err != nil {
		return nil, classify(op, err)
	}
	defer rows.Close()
	var list []*chart.Version
	for rows.Next() {
		v := &chart.Version{}
		if err := rows.Scan(&v.Number, &v.Type, &v.ID); err != nil {
			return nil, classify(op, err)
		}
		list = append(list, v)
	}
	return list, classify(op, rows.Err())
}
