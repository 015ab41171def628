package chartstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// AuditTrail yields audit events, newest first. It holds one block in memory.
func (s *Site) AuditTrail(ctx context.Context, q chart.AuditQuery, yield func(*chart.AuditEvent) bool) error {
	const op = "chart.audit"
	release, err := s.longRead(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	spans, err := s.spans(ctx, &q)
	if err != nil {
		return classify(op, err)
	}
	left := q.Limit
	for _, where := range spans {
		text, args := trailSQL(&q, where)
		more, err := s.blocks(ctx, text, args, func(e *chart.AuditEvent) bool {
			if !selects(&q, e) {
				return true
			}
			left--
			return yield(e) && left != 0
		})
		if err != nil || !more {
			return classify(op, err)
		}
	}
	return nil
}

// blocks yields the events of the blocks that a statement selects, those of each block backwards. More is false when the caller has
// seen enough.
func (s *Site) blocks(ctx context.Context, text string, args []any, yield func(*chart.AuditEvent) bool) (more bool, err error) {
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text), args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return false, err
		}
		events, err := openBlock(body)
		if err != nil {
			return false, fault.Wrap(fault.Internal, "chart.audit", err)
		}
		for _, e := range slices.Backward(events) {
			if !yield(e.AuditEvent) {
				return false, nil
			}
		}
	}
	return true, rows.Err()
}

// trailSQL selects the blocks of a span that may have events of q, newest first.
func trailSQL(q *chart.AuditQuery, where span) (string, []any) {
	text, args := "SELECT a.body FROM audit a WHERE a.seq >= ? AND a.seq < ?", []any{where.from, where.to}
	if !q.Since.IsZero() {
		text += " AND a.latest >= ?"
		args = append(args, q.Since.UnixMicro())
	}
	if !q.Until.IsZero() {
		text += " AND a.earliest < ?"
		args = append(args, q.Until.UnixMicro())
	}
	return text + " ORDER BY a.seq DESC", args
}

// selects reports whether q asks for e.
func selects(q *chart.AuditQuery, e *chart.AuditEvent) bool {
	return (q.Patient == "" || slices.Contains(e.Patients, q.Patient)) &&
		(q.UserID == "" || e.UserID == q.UserID) &&
		(q.ClientID == "" || e.ClientID == q.ClientID) &&
		(q.Since.IsZero() || e.Time.UnixMicro() >= q.Since.UnixMicro()) &&
		(q.Until.IsZero() || e.Time.UnixMicro() < q.Until.UnixMicro()) &&
		(q.Before <= 0 || e.Seq < q.Before)
}

// VerifyAudit walks the chain from its beginning and compares its end with the one that the last commit noted, so that
// changed, missing, inserted and cut off events are all found.
func (s *Site) VerifyAudit(ctx context.Context) (chart.AuditCheck, error) {
	const op = "chart.verify"
	var check chart.AuditCheck
	release, err := s.longRead(ctx, op)
	if err != nil {
		return check, err
	}
	defer release()
	// The end and the events must be of one instant.
	tx, err := s.config.Reader.BeginTx(ctx, &sql.TxOptions{Isolation: s.snapshot(), ReadOnly: true})
	if err != nil {
		return check, classify(op, err)
	}
	defer tx.Rollback()
	var last int64
	var end []byte
	if err := tx.QueryRowContext(ctx, `SELECT audit_seq, audit_hash FROM counter WHERE id = 1`).Scan(&last, &end); err != nil {
		return check, classify(op, err)
	}
	rows, err := tx.QueryContext(ctx, "SELECT seq, events, earliest, latest, body FROM audit ORDER BY seq")
	if err != nil {
		return check, classify(op, err)
	}
	defer rows.Close()
	hash := []byte{}
	for check.BrokenAt == 0 && rows.Next() {
		var seq, events, earliest, latest int64
		var body sql.RawBytes
		if err := rows.Scan(&seq, &events, &earliest, &latest, &body); err != nil {
			return check, classify(op, err)
		}
		block, err := openBlock(body)
		fits := err == nil && seq == check.Events+1 && events == int64(len(block))
		for _, e := range block {
			next := check.Events + 1
			sum := link(hash, e.record)
			at := e.Time.UnixMicro()
			if e.Seq != next || !bytes.Equal(sum[:], e.Hash) || at < earliest || at > latest {
				fits = false
				break
			}
			check.Events, hash = next, e.Hash
		}
		if !fits {
			check.BrokenAt = check.Events + 1
		}
	}
	if err := rows.Err(); err != nil {
		return check, classify(op, err)
	}
	if check.BrokenAt == 0 && (check.Events != last || !bytes.Equal(hash, end)) {
		check.BrokenAt = check.Events + 1
	}
	if err := errors.Join(rows.Close(), tx.Rollback()); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return check, classify(op, err)
	}
	return check, nil
}
