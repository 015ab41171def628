package identitystore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/identity/key"
)

type keyRow struct {
	ID      string `gorm:"primaryKey"`
	Alg     string
	Sealed  []byte
	Created int64
	Retired int64
}

// TableName implements gorm's Tabler.
func (keyRow) TableName() string { return "auth_key" }

// Keys implements key.Store.
func (s *Store) Keys(ctx context.Context) ([]key.Record, error) {
	var rows []keyRow
	if err := s.read(ctx).Order("created, id").Find(&rows).Error; err != nil {
		return nil, classify("key.list", err)
	}
	records := make([]key.Record, len(rows))
	for i, r := range rows {
		records[i] = key.Record{ID: r.ID, Alg: r.Alg, Sealed: r.Sealed, Created: instant(r.Created), Retired: instant(r.Retired)}
	}
	return records, nil
}

// AddKey implements key.Store.
func (s *Store) AddKey(ctx context.Context, r key.Record, retire time.Time) error {
	return s.change(ctx, "key.add", func(tx *gorm.DB) error {
		if !retire.IsZero() {
			err := tx.Model(&keyRow{}).Where("alg = ? AND retired = 0", r.Alg).Update("retired", millis(retire)).Error
			if err != nil {
				return err
			}
		}
		return tx.Create(&keyRow{r.ID, r.Alg, r.Sealed, millis(r.Created), millis(r.Retired)}).Error
	})
}

// RemoveKey implements key.Store.
func (s *Store) RemoveKey(ctx context.Context, id string) error {
	return s.change(ctx, "key.remove", func(tx *gorm.DB) error {
		return tx.Delete(&keyRow{}, "id = ?", id).Error
	})
}
