package identitystore

import (
	"context"

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
	return roles(s.read(ctx))
}

func roles(q *gorm.DB) ([]*role.Role, error) {
	var rows []roleRow
	if err := q.Order("name").Find(&rows).Error; err != nil {
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
func (s *Store) ChangeRole(ctx context.Context, name string, change func(kept []*role.Role) (*role.Role, error)) error {
	return s.change(ctx, "role.change", func(tx *gorm.DB) error {
		// A rule about all roles holds only if nobody changes another one meanwhile; SQLite has one writer anyway.
		if tx.Name() == "postgres" {
			if err := tx.Exec("LOCK TABLE auth_role IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
				return err
			}
		}
		kept, err := roles(tx)
		if err != nil {
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
