package identitystore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
)

type clientRow struct {
	ID       string `gorm:"primaryKey"`
	Issued   int64
	Name     string
	Enabled  int64
	Launches int64
	Doc      string
}

// TableName implements gorm's Tabler.
func (clientRow) TableName() string { return "auth_client" }

func rowFromClient(c *client.Client) *clientRow {
	return &clientRow{c.ID, millis(c.IssuedAt), c.Place().Key, bit(c.Enabled), bit(c.Launches()), encode(c)}
}

func clientFromRow(r *clientRow) (*client.Client, error) {
	var c client.Client
	return &c, decode("client.decode", r.Doc, &c)
}

// Client implements client.Store.
func (s *Store) Client(ctx context.Context, id string) (*client.Client, error) {
	return s.clients.get(s.Epoch, id, func() (*client.Client, error) {
		var row clientRow
		if err := s.read(ctx).Take(&row, "id = ?", id).Error; err != nil {
			return nil, classify("client.read", err)
		}
		return clientFromRow(&row)
	})
}

// Clients implements client.Store.
func (s *Store) Clients(ctx context.Context) ([]*client.Client, error) {
	var rows []clientRow
	if err := s.read(ctx).Order("issued DESC, id").Find(&rows).Error; err != nil {
		return nil, classify("client.list", err)
	}
	return clientsFromRows(rows)
}

func clientsFromRows(rows []clientRow) ([]*client.Client, error) {
	clients := make([]*client.Client, len(rows))
	for i := range rows {
		var err error
		if clients[i], err = clientFromRow(&rows[i]); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// FindClients implements client.Store.
func (s *Store) FindClients(ctx context.Context, q client.Query) ([]*client.Client, error) {
	find := page(s.read(ctx), "name", q.After, q.Limit)
	if q.Text != "" {
		find = find.Where(`(name LIKE ? ESCAPE '\' OR id = ?)`, holding(q.Text), q.Text)
	}
	if q.Waiting {
		find = find.Where("enabled = 0")
	}
	if q.Launches {
		find = find.Where("launches = 1")
	}
	var rows []clientRow
	if err := find.Find(&rows).Error; err != nil {
		return nil, classify("client.find", err)
	}
	return clientsFromRows(rows)
}

// AddClient implements client.Store.
func (s *Store) AddClient(ctx context.Context, c *client.Client) error {
	return s.change(ctx, "client.add", func(tx *gorm.DB) error { return tx.Create(rowFromClient(c)).Error })
}

// ChangeClient implements client.Store.
func (s *Store) ChangeClient(ctx context.Context, id string, change func(*client.Client) error) error {
	return s.change(ctx, "client.change", func(tx *gorm.DB) error {
		var row clientRow
		if err := locked(tx).Take(&row, "id = ?", id).Error; err != nil {
			return err
		}
		c, err := clientFromRow(&row)
		if err != nil {
			return err
		}
		if err := change(c); err != nil {
			return err
		}
		return tx.Save(rowFromClient(c)).Error
	})
}

// RemoveClient implements client.Store.
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	return s.change(ctx, "client.remove", func(tx *gorm.DB) error {
		done := tx.Delete(&clientRow{}, "id = ?", id)
		if done.Error == nil && done.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return done.Error
	})
}

type assertionRow struct {
	Issuer  string `gorm:"primaryKey"`
	JTI     string `gorm:"primaryKey;column:jti"`
	Expires int64
}

// TableName implements gorm's Tabler.
func (assertionRow) TableName() string { return "auth_assertion" }

// SpendAssertion implements client.Store.
func (s *Store) SpendAssertion(ctx context.Context, issuer, jti string, expires time.Time) error {
	return s.write(ctx, "client.assertion", func(tx *gorm.DB) error {
		done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&assertionRow{issuer, jti, millis(expires)})
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.Conflict, "client.assertion", "the assertion was used before")
		}
		return done.Error
	})
}

// locked makes the next query take the row's lock where the transaction does not hold the whole database anyway.
func locked(tx *gorm.DB) *gorm.DB {
	if tx.Name() == "postgres" {
		return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return tx
}
