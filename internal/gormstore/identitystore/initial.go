package identitystore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

type initialTokenRow struct {
	Hash    string `gorm:"primaryKey"`
	ID      string
	Note    string
	Uses    int64
	Created int64
	Expires int64
}

// TableName implements gorm's Tabler.
func (initialTokenRow) TableName() string { return "auth_initial_token" }

func initialTokenFromRow(r *initialTokenRow) *client.InitialToken {
	t := &client.InitialToken{Note: r.Note, Uses: int(r.Uses), Created: instant(r.Created), Expires: instant(r.Expires)}
	t.Hash, _ = token.ParseHash(r.Hash)
	return t
}

// InitialToken implements client.InitialTokens.
func (s *Store) InitialToken(ctx context.Context, hash token.Hash) (*client.InitialToken, error) {
	var row initialTokenRow
	if err := s.read(ctx).Take(&row, "hash = ?", hash.String()).Error; err != nil {
		return nil, classify("initialtoken.read", err)
	}
	return initialTokenFromRow(&row), nil
}

// ListInitialTokens implements client.InitialTokens.
func (s *Store) ListInitialTokens(ctx context.Context) ([]*client.InitialToken, error) {
	var rows []initialTokenRow
	if err := s.read(ctx).Order("created DESC, hash").Find(&rows).Error; err != nil {
		return nil, classify("initialtoken.list", err)
	}
	list := make([]*client.InitialToken, len(rows))
	for i := range rows {
		list[i] = initialTokenFromRow(&rows[i])
	}
	return list, nil
}

// AddInitialToken implements client.InitialTokens.
func (s *Store) AddInitialToken(ctx context.Context, t *client.InitialToken) error {
	return s.write(ctx, "initialtoken.add", func(tx *gorm.DB) error {
		return tx.Create(&initialTokenRow{t.Hash.String(), t.Hash.ID(), t.Note, int64(t.Uses), millis(t.Created), millis(t.Expires)}).Error
	})
}

// UseInitialToken implements client.InitialTokens.
func (s *Store) UseInitialToken(ctx context.Context, hash token.Hash, now time.Time) error {
	return s.write(ctx, "initialtoken.use", func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE auth_initial_token SET uses = uses - 1 WHERE hash = ? AND uses > 0 AND expires > ?", hash.String(), millis(now))
		return touched(done, "initialtoken.use", "the initial access token is used up or has expired")
	})
}

// RemoveInitialToken implements client.InitialTokens.
func (s *Store) RemoveInitialToken(ctx context.Context, id string) error {
	return s.write(ctx, "initialtoken.remove", func(tx *gorm.DB) error {
		return touched(tx.Delete(&initialTokenRow{}, "id = ?", id), "initialtoken.remove", "there is no such initial access token")
	})
}

// touched returns the error of a statement, NotFound if it changed no row.
func touched(done *gorm.DB, op, detail string) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.NotFound, op, "%s", detail)
	}
	return done.Error
}
