package identitystore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type settingRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

// TableName implements gorm's Tabler.
func (settingRow) TableName() string { return "auth_setting" }

// Settings implements setting.Store.
func (s *Store) Settings(ctx context.Context) (map[string]string, error) {
	var rows []settingRow
	if err := s.read(ctx).Find(&rows).Error; err != nil {
		return nil, classify("setting.read", err)
	}
	set := make(map[string]string, len(rows))
	for _, r := range rows {
		set[r.Name] = r.Value
	}
	return set, nil
}

// PutSetting implements setting.Store.
func (s *Store) PutSetting(ctx context.Context, name, value string) error {
	return s.change(ctx, "setting.put", func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&settingRow{name, value}).Error
	})
}
