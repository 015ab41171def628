package parameterstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/care/parameter"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore/chartstore"
)

type jobRow struct {
	ID      int64 `gorm:"primaryKey;autoIncrement:false"`
	State   string
	Owner   string
	Lease   int64 // milliseconds: free, and due, from then on
	Created int64
	Ended   int64 // 0 = not yet
	Doc     string
}

// TableName implements gorm's Tabler.
func (jobRow) TableName() string { return "reindex" }

func (r *jobRow) job() (*parameter.Job, error) {
	j := &parameter.Job{
		ID: r.ID, State: parameter.JobState(r.State), Owner: r.Owner, Due: instant(r.Lease), Created: instant(r.Created), Ended: instant(r.Ended),
	}
	return j, fault.Wrap(fault.Internal, "parameter.job", decode(r.Doc, j))
}

// instant is a time as it is kept; 0 is the zero time.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// enqueue adds a job; the caller holds the site's write lock.
func enqueue(tx *gorm.DB, j *parameter.Job) (int64, error) {
	var last int64
	if err := tx.Raw(`SELECT coalesce(max(id), 0) FROM reindex`).Scan(&last).Error; err != nil {
		return 0, err
	}
	row := jobRow{ID: last + 1, State: string(j.State), Lease: millis(j.Due), Created: millis(j.Created), Doc: encode(j)}
	return row.ID, tx.Create(&row).Error
}

// Jobs implements [parameter.Store].
func (s *Store) Jobs(ctx context.Context, limit int) ([]parameter.Job, error) {
	var rows []jobRow
	err := s.db.Reader.WithContext(ctx).Order("ended <> 0, id DESC").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, classify("parameter.jobs", err)
	}
	out := make([]parameter.Job, len(rows))
	for i := range rows {
		j, err := rows[i].job()
		if err != nil {
			return nil, err
		}
		out[i] = *j
	}
	return out, nil
}

// Job implements [parameter.Store].
func (s *Store) Job(ctx context.Context, id int64) (*parameter.Job, error) {
	var row jobRow
	if err := s.db.Reader.WithContext(ctx).Take(&row, "id = ?", id).Error; err != nil {
		return nil, classify("parameter.job", err)
	}
	return row.job()
}

// Claim implements [parameter.Store].
func (s *Store) Claim(ctx context.Context, owner string, now, until time.Time) (*parameter.Job, error) {
	const op = "parameter.claim"
	at := now.UnixMilli()
	var due int64
	// Most looks find nothing, and cost no write.
	err := s.db.Reader.WithContext(ctx).Raw(`SELECT coalesce(min(id), 0) FROM reindex WHERE ended = 0 AND lease <= ?
		AND NOT EXISTS (SELECT 1 FROM reindex WHERE ended = 0 AND state = 'running' AND lease > ?)`, at, at).Scan(&due).Error
	if err != nil || due == 0 {
		return nil, classify(op, err)
	}
	r := s.db.Writer.WithContext(ctx).Exec(`UPDATE reindex SET owner = ?, lease = ?, state = 'running' WHERE id = ? AND ended = 0 AND lease <= ?`,
		owner, until.UnixMilli(), due, at)
	if r.Error != nil || r.RowsAffected == 0 { // another was faster
		return nil, classify(op, r.Error)
	}
	return s.Job(ctx, due)
}

// Total implements [parameter.Store].
func (s *Store) Total(ctx context.Context, p *parameter.Part) (n int64, err error) {
	if !p.Counted() {
		return 0, nil
	}
	err = s.db.Reader.WithContext(ctx).Raw(`SELECT count(*) FROM resource WHERE type = ? AND body IS NOT NULL AND rid <= ?`, p.Type, p.Until).Scan(&n).Error
	return n, classify("parameter.total", err)
}

// Step implements [parameter.Store].
func (s *Store) Step(ctx context.Context, j *parameter.Job, about parameter.About, until time.Time) error {
	p := j.Current()
	step := &chartstore.IndexStep{
		Kind: chartstore.IndexKind(p.Kind), Type: p.Type, Numbers: about.Numbers, Generation: about.Generation, Until: p.Until,
		Cursor: chartstore.IndexCursor(p.Cursor),
	}
	before := *p
	step.Keep = func(done chartstore.IndexProgress) (string, []any) {
		*p = before // it may be called twice
		p.Cursor, p.Ended = parameter.Cursor(done.Cursor), done.End
		p.Done, p.Failed = p.Done+done.Done, p.Failed+done.Failed
		return `UPDATE reindex SET doc = ?, lease = ? WHERE id = ? AND owner = ? AND ended = 0`, []any{encode(j), until.UnixMilli(), j.ID, j.Owner}
	}
	if _, err := s.site.Index(ctx, step); err != nil {
		*p = before
		return err
	}
	return nil
}

// Release implements [parameter.Store].
func (s *Store) Release(ctx context.Context, j *parameter.Job, at time.Time) error {
	return classify("parameter.release", s.db.Writer.WithContext(ctx).Exec(`UPDATE reindex SET state = 'waiting', owner = '', lease = ? WHERE id = ? AND owner = ?`,
		at.UnixMilli(), j.ID, j.Owner).Error)
}

// Finish implements [parameter.Store].
func (s *Store) Finish(ctx context.Context, j *parameter.Job) error {
	const op = "parameter.finish"
	now := time.Now().UnixMilli()
	err := s.db.Writer.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE reindex SET state = ?, doc = ?, ended = ?, owner = '' WHERE id = ? AND owner = ? AND ended = 0`,
			string(j.State), encode(j), now, j.ID, j.Owner)
		if r.Error != nil {
			return r.Error
		}
		if r.RowsAffected == 0 {
			return fault.New(fault.Conflict, op, "the job belongs to another process now")
		}
		if j.State != parameter.Done {
			return nil
		}
		if j.Form != 0 {
			if err := tx.Exec(`UPDATE counter SET form = ? WHERE id = 1`, j.Form).Error; err != nil {
				return err
			}
		}
		if len(j.Builds) > 0 {
			err := tx.Exec(`UPDATE parameter SET state = 'active', changed = ? WHERE state = 'building' AND number IN ?`, now, j.Builds).Error
			if err != nil {
				return err
			}
		}
		if len(j.Sweeps) > 0 {
			return tx.Exec(`DELETE FROM parameter WHERE state = 'retired' AND number IN ?`, j.Sweeps).Error
		}
		return nil
	})
	if err != nil {
		return classify(op, err)
	}
	return s.db.Bump(context.WithoutCancel(ctx))
}
