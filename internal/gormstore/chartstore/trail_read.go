package chartstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// AuditTrail yields audit events, newest first. It holds one block in memory.
func (s *Site) AuditTrail(ctx context.Context, q chart.AuditQuery, yield func(*chart.AuditEvent) bool) error {
	const op = "chart.audit"
	text, args := trailSQL(&q)
	release, err := s.longRead(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	rows, err := s.config.Reader.QueryContext(ctx, s.rebind(text), args...)
	if err != nil {
		return classify(op, err)
	}
	defer rows.Close()
	left := q.Limit
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return classify(op, err)
		}
		events, err := openBlock(body)
		if err != nil {
			return fault.Wrap(fault.Internal, op, err)
		}
		for _, e := range slices.Backward(events) {
			if !selects(&q, e.AuditEvent) {
				continue
			}
			if !yield(e.AuditEvent) {
				return nil
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return classify(op, rows.Err())
}

// trailSQL selects the blocks that may have events of q, newest first.
func trailSQL(q *chart.AuditQuery) (string, []any) {
	var conditions []string
	var args []any
	and := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		args = append(args, values...)
	}
	for _, k := range [...]blockKey{{keyPatient, q.Patient}, {keyUser, q.UserID}, {keyClient, q.ClientID}} {
		if k.value != "" {
			and("a.seq IN (SELECT seq FROM audit_key WHERE kind = ? AND value = ?)", k.kind, k.value)
		}
	}
	if !q.Since.IsZero() {
		and("a.latest >= ?", q.Since.UnixMicro())
	}
	if !q.Until.IsZero() {
		and("a.earliest < ?", q.Until.UnixMicro())
	}
	if q.Before > 0 {
		and("a.seq < ?", q.Before)
	}
	text := "SELECT a.body FROM audit a"
	if len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
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
