package chartstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"chartwright/internal/chart"
)

const auditColumns = `SELECT a.seq, a.time, a.kind, a.action, a.operation, a.api, a.type, a.id, a.vid, a.patients, a.query,
	a.user_id, a.user_name, a.client_id, a.token_id, a.role, a.address, a.request_id, a.outcome, a.status, a.reason,
	a.replica, a.hash FROM audit a`

// AuditTrail yields audit events, newest first.
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
	return eachEvent(op, rows, yield)
}

func trailSQL(q *chart.AuditQuery) (string, []any) {
	var b strings.Builder
	var args []any
	b.WriteString(auditColumns)
	word := " WHERE "
	and := func(condition string, value any) {
		b.WriteString(word + condition)
		args = append(args, value)
		word = " AND "
	}
	if q.Patient != "" {
		b.WriteString(" JOIN audit_patient p ON p.seq = a.seq")
		and("p.patient = ?", q.Patient)
	}
	if q.UserID != "" {
		and("a.user_id <> '' AND a.user_id = ?", q.UserID) // the first half lets the partial index be used
	}
	if q.ClientID != "" {
		and("a.client_id <> '' AND a.client_id = ?", q.ClientID)
	}
	if !q.Since.IsZero() {
		and("a.time >= ?", q.Since.UnixMicro())
	}
	if !q.Until.IsZero() {
		and("a.time < ?", q.Until.UnixMicro())
	}
	if q.Before > 0 {
		and("a.seq < ?", q.Before)
	}
	b.WriteString(" ORDER BY a.seq DESC")
	if q.Limit > 0 {
		b.WriteString(" LIMIT ?")
		args = append(args, q.Limit)
	}
	return b.String(), args
}

// eachEvent yields the events of rows and closes them.
func eachEvent(op string, rows *sql.Rows, yield func(*chart.AuditEvent) bool) error {
	defer rows.Close()
	for rows.Next() {
		var e chart.AuditEvent
		var at int64
		var patients string
		if err := rows.Scan(&e.Seq, &at, &e.Kind, &e.Action, &e.Operation, &e.API, &e.Type, &e.ID, &e.VID, &patients, &e.Query,
			&e.UserID, &e.UserName, &e.ClientID, &e.TokenID, &e.Role, &e.Address, &e.RequestID, &e.Outcome, &e.Status, &e.Reason,
			&e.Replica, &e.Hash); err != nil {
			return classify(op, err)
		}
		e.Time = time.UnixMicro(at).UTC()
		e.Patients = strings.Fields(patients)
		if !yield(&e) {
			return nil
		}
	}
	return classify(op, rows.Err())
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
	rows, err := tx.QueryContext(ctx, auditColumns+" ORDER BY a.seq")
	if err != nil {
		return check, classify(op, err)
	}
	hash := []byte{}
	err = eachEvent(op, rows, func(e *chart.AuditEvent) bool {
		next := check.Events + 1
		if e.Seq != next || !bytes.Equal(link(hash, e), e.Hash) {
			check.BrokenAt = next
			return false
		}
		check.Events = next
		hash = e.Hash
		return true
	})
	if err != nil {
		return check, err
	}
	if check.BrokenAt == 0 && (check.Events != last || !bytes.Equal(hash, end)) {
		check.BrokenAt = check.Events + 1
	}
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return check, classify(op, err)
	}
	return check, nil
}
