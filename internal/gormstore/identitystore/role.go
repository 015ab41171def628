package identitystore

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"chartwright/internal/identity/role"
)

type roleRow struct {
	Name string `gorm:"primaryKey"`
	Doc  string
}

// TableName implements gorm's Tabler.
func (roleRow) TableName() string { return "auth_role" }

func roleFromRow(r *roleRow) (*role.Role, error) {
	var v role.Role
	return &v, decode("role.decode", r.Doc, &v)
}

// Roles implements role.Store.
func (s *Store) Roles(ctx context.Context) ([]*role.Role, error) {
	var rows []roleRow
	if err := s.read(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, classify("role.list", err)
	}
	list := make([]*role.Role, len(rows))
	for i := range rows {
		var err error
		if list[i], err = roleFromRow(&rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ChangeRole implements role.Store.
func (s *Store) ChangeRole(ctx context.Context, name string, change func(*role.Role) (*role.Role, error)) error {
	return s.change(ctx, "role.change", func(tx *gorm.DB) error {
		var row roleRow
		var kept *role.Role
		err := locked(tx).Take(&row, "name = ?", name).Error
		if err == nil {
			kept, err = roleFromRow(&row)
		}
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		next, err := change(kept)
		switch {
		case err != nil:
			return err
		case next == nil:
			return tx.Delete(&roleRow{}, "name = ?", name).Error
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&roleRow{name, encode(next)}).Error
	})
}
