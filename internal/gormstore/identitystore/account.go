package identitystore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/identity/account"
	"chartwright/internal/identity/listing"
)

type accountRow struct {
	ID        string `gorm:"primaryKey"`
	Kind      string
	Login     string
	PatientID string
	Name      string
	Doc       string
}

// TableName implements gorm's Tabler.
func (accountRow) TableName() string { return "auth_account" }

func rowFromAccount(a *account.Account) *accountRow {
	name := listing.Fold(a.Login + " " + a.Name() + " " + a.Email)
	return &accountRow{a.ID, string(a.Kind), a.Login, a.PatientID, name, encode(a)}
}

func accountFromRow(r *accountRow) (*account.Account, error) {
	var a account.Account
	return &a, decode("account.decode", r.Doc, &a)
}

func (s *Store) account(ctx context.Context, where string, args ...any) (*account.Account, error) {
	var row accountRow
	if err := s.read(ctx).Where(where, args...).Take(&row).Error; err != nil {
		return nil, classify("account.read", err)
	}
	return accountFromRow(&row)
}

// Account implements account.Store.
func (s *Store) Account(ctx context.Context, id string) (*account.Account, error) {
	return s.accounts.get(s.Epoch, id, func() (*account.Account, error) { return s.account(ctx, "id = ?", id) })
}

// AccountByLogin implements account.Store.
func (s *Store) AccountByLogin(ctx context.Context, kind account.Kind, login string) (*account.Account, error) {
	return s.account(ctx, "kind = ? AND login = ?", string(kind), login)
}

// Accounts implements account.Store.
func (s *Store) Accounts(ctx context.Context, kind account.Kind) ([]*account.Account, error) {
	q := s.read(ctx)
	if kind != "" {
		q = q.Where("kind = ?", string(kind))
	}
	return accounts(q.Order("login, kind"))
}

// FindAccounts implements account.Store.
func (s *Store) FindAccounts(ctx context.Context, q account.Query) ([]*account.Account, error) {
	find := page(s.read(ctx), "login", q.After, q.Limit)
	if q.Text != "" {
		find = find.Where(`name LIKE ? ESCAPE '\'`, holding(q.Text))
	}
	if q.Kind != "" {
		find = find.Where("kind = ?", string(q.Kind))
	}
	return accounts(find)
}

// AccountsOfPatient implements account.Store.
func (s *Store) AccountsOfPatient(ctx context.Context, patientID string) ([]*account.Account, error) {
	return accounts(s.read(ctx).Where("patient_id = ? AND patient_id <> ''", patientID).Order("login, kind"))
}

func accounts(q *gorm.DB) ([]*account.Account, error) {
	var rows []accountRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, classify("account.list", err)
	}
	list := make([]*account.Account, len(rows))
	for i := range rows {
		var err error
		if list[i], err = accountFromRow(&rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddAccount implements account.Store.
func (s *Store) AddAccount(ctx context.Context, a *account.Account) error {
	return s.change(ctx, "account.add", func(tx *gorm.DB) error { return tx.Create(rowFromAccount(a)).Error })
}

// ChangeAccount implements account.Store.
func (s *Store) ChangeAccount(ctx context.Context, id string, change func(*account.Account) error) error {
	return s.change(ctx, "account.change", func(tx *gorm.DB) error {
		var row accountRow
		if err := locked(tx).Take(&row, "id = ?", id).Error; err != nil {
			return err
		}
		a, err := accountFromRow(&row)
		if err != nil {
			return err
		}
		if err := change(a); err != nil {
			return err
		}
		return tx.Save(rowFromAccount(a)).Error
	})
}

type failureRow struct {
	Key   string `gorm:"primaryKey"`
	Count int
	Last  int64
}

// TableName implements gorm's Tabler.
func (failureRow) TableName() string { return "auth_failure" }

// Failures implements account.Store.
func (s *Store) Failures(ctx context.Context, keys []string, since time.Time) ([]account.Failures, error) {
	var rows []failureRow
	if err := s.read(ctx).Find(&rows, "key IN ? AND last >= ?", keys, millis(since)).Error; err != nil {
		return nil, classify("account.failures", err)
	}
	counted := make([]account.Failures, len(keys))
	for i, k := range keys {
		for _, r := range rows {
			if r.Key == k {
				counted[i] = account.Failures{Count: r.Count, Last: instant(r.Last)}
			}
		}
	}
	return counted, nil
}

// CountFailure implements account.Store.
func (s *Store) CountFailure(ctx context.Context, keys []string, at, since time.Time) error {
	return s.write(ctx, "account.failure", func(tx *gorm.DB) error {
		for _, k := range keys {
			err := tx.Exec(`INSERT INTO auth_failure (key, count, last) VALUES (?, 1, ?)
				ON CONFLICT (key) DO UPDATE SET
					count = CASE WHEN auth_failure.last < ? THEN 1 ELSE auth_failure.count + 1 END,
					last = excluded.last`, k, millis(at), millis(since)).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ClearFailures implements account.Store.
func (s *Store) ClearFailures(ctx context.Context, key string) error {
	return s.forget(ctx, "key = ?", key)
}

// ForgetFailures implements account.Store.
func (s *Store) ForgetFailures(ctx context.Context, prefix string) error {
	return s.forget(ctx, "key >= ? AND key < ?", prefix, prefix+"~") // beyond whatever is in a key
}

// forget deletes the counts of attempts that match.
func (s *Store) forget(ctx context.Context, where string, args ...any) error {
	var n int64
	if err := s.read(ctx).Model(&failureRow{}).Where(where, args...).Count(&n).Error; err != nil || n == 0 {
		return classify("account.failures", err) // most sign-ins succeed at once and need no write
	}
	return s.write(ctx, "account.failures", func(tx *gorm.DB) error {
		return tx.Where(where, args...).Delete(&failureRow{}).Error
	})
}
