package identitystore

import (
	"context"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"chartwright/internal/fault"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

type sessionRow struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string
	AuthTime  int64
	Seen      int64
	Expires   int64
	Factor    int64
	Context   string
}

// TableName implements gorm's Tabler.
func (sessionRow) TableName() string { return "auth_session" }

// Session implements session.Store.
func (s *Store) Session(ctx context.Context, hash token.Hash) (*session.Session, error) {
	var r sessionRow
	if err := s.read(ctx).Take(&r, "hash = ?", hash.String()).Error; err != nil {
		return nil, classify("session.read", err)
	}
	return sessionFromRow(&r, hash)
}

func sessionFromRow(r *sessionRow, hash token.Hash) (*session.Session, error) {
	v := &session.Session{
		Hash: hash, AccountID: r.AccountID, AuthTime: instant(r.AuthTime), Seen: instant(r.Seen), Expires: instant(r.Expires),
		Factor: r.Factor != 0,
	}
	return v, decode("session.decode", r.Context, &v.Context)
}

// Sessions implements session.Store.
func (s *Store) Sessions(ctx context.Context, accountID string) ([]*session.Session, error) {
	var rows []sessionRow
	if err := s.read(ctx).Order("auth_time DESC, hash").Find(&rows, "account_id = ?", accountID).Error; err != nil {
		return nil, classify("session.list", err)
	}
	list := make([]*session.Session, len(rows))
	for i := range rows {
		hash, ok := token.ParseHash(rows[i].Hash)
		if !ok {
			return nil, fault.New(fault.Internal, "session.list", "a session has no hash for a key")
		}
		var err error
		if list[i], err = sessionFromRow(&rows[i], hash); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PutSession implements session.Store.
func (s *Store) PutSession(ctx context.Context, v *session.Session) error {
	row := sessionRow{v.Hash.String(), v.AccountID, millis(v.AuthTime), millis(v.Seen), millis(v.Expires), bit(v.Factor), encode(v.Context)}
	return s.write(ctx, "session.put", func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil || v.AccountID == "" {
			return err
		}
		return tx.Exec(`DELETE FROM auth_session WHERE account_id = ? AND hash NOT IN
			(SELECT hash FROM auth_session WHERE account_id = ? ORDER BY auth_time DESC, hash LIMIT ?)`,
			v.AccountID, v.AccountID, session.MaxPerAccount).Error
	})
}

// EndSessions implements session.Store.
func (s *Store) EndSessions(ctx context.Context, hash token.Hash, accountID string) error {
	return s.write(ctx, "session.end", func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM auth_session WHERE hash = ? OR account_id = ? AND account_id <> ''", hash.String(), accountID).Error
	})
}

type ticketRow struct {
	Hash    string `gorm:"primaryKey"`
	Expires int64
	Spent   int64
	Doc     string
}

// TableName implements gorm's Tabler.
func (ticketRow) TableName() string { return "auth_ticket" }

type ticketDoc struct {
	Purpose session.Purpose `json:"purpose,omitempty"`
	Params  url.Values      `json:"params"`
	Browser string          `json:"browser,omitempty"`
	Fresh   bool            `json:"fresh,omitempty"`
	Context token.Context   `json:"context"`
	Without []string        `json:"without,omitempty"`
	Picking string          `json:"picking,omitempty"`
	Assumed bool            `json:"assumed,omitempty"`
	Settled string          `json:"settled,omitempty"`
	Account string          `json:"account,omitempty"`
	Secret  []byte          `json:"secret,omitempty"`
	Created int64           `json:"created"`
}

// Ticket implements session.Store.
func (s *Store) Ticket(ctx context.Context, hash token.Hash) (*session.Ticket, error) {
	var r ticketRow
	if err := s.read(ctx).Take(&r, "hash = ?", hash.String()).Error; err != nil {
		return nil, classify("ticket.read", err)
	}
	var d ticketDoc
	if err := decode("ticket.decode", r.Doc, &d); err != nil {
		return nil, err
	}
	t := &session.Ticket{
		Hash: hash, Purpose: d.Purpose, Params: d.Params, Fresh: d.Fresh, Context: d.Context, Without: d.Without, Picking: d.Picking,
		Assumed: d.Assumed, Settled: d.Settled, Account: d.Account, Secret: d.Secret, Created: instant(d.Created), Expires: instant(r.Expires), Spent: r.Spent != 0,
	}
	if d.Browser != "" {
		t.Browser, _ = token.ParseHash(d.Browser)
	}
	return t, nil
}

// PutTicket implements session.Store.
func (s *Store) PutTicket(ctx context.Context, t *session.Ticket) error {
	d := ticketDoc{
		Purpose: t.Purpose, Params: t.Params, Fresh: t.Fresh, Context: t.Context, Without: t.Without, Picking: t.Picking, Assumed: t.Assumed,
		Settled: t.Settled, Account: t.Account, Secret: t.Secret, Created: millis(t.Created),
	}
	if t.Bound() {
		d.Browser = t.Browser.String()
	}
	return s.write(ctx, "ticket.put", func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "hash"}}, DoUpdates: clause.AssignmentColumns([]string{"doc"})}).
			Create(&ticketRow{t.Hash.String(), millis(t.Expires), bit(t.Spent), encode(d)}).Error
	})
}

// SpendTicket implements session.Store.
func (s *Store) SpendTicket(ctx context.Context, hash token.Hash) error {
	return s.write(ctx, "ticket.spend", func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE auth_ticket SET spent = 1 WHERE hash = ? AND spent = 0", hash.String())
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.Conflict, "ticket.spend", "the request was answered before")
		}
		return done.Error
	})
}

type launchRow struct {
	Hash    string `gorm:"primaryKey"`
	Expires int64
	Doc     string
}

// TableName implements gorm's Tabler.
func (launchRow) TableName() string { return "auth_launch" }

type launchDoc struct {
	ClientID  string        `json:"client_id"`
	AccountID string        `json:"account_id"`
	Context   token.Context `json:"context"`
}

// PutLaunch implements session.Store.
func (s *Store) PutLaunch(ctx context.Context, l *session.Launch) error {
	return s.write(ctx, "launch.put", func(tx *gorm.DB) error {
		return tx.Create(&launchRow{l.Hash.String(), millis(l.Expires), encode(launchDoc{l.ClientID, l.AccountID, l.Context})}).Error
	})
}

// TakeLaunch implements session.Store.
func (s *Store) TakeLaunch(ctx context.Context, hash token.Hash, clientID string) (*session.Launch, error) {
	var row launchRow
	var d launchDoc
	err := s.write(ctx, "launch.take", func(tx *gorm.DB) error {
		if err := locked(tx).Take(&row, "hash = ?", hash.String()).Error; err != nil {
			return err
		}
		if err := decode("launch.decode", row.Doc, &d); err != nil {
			return err
		}
		if d.ClientID != clientID {
			return gorm.ErrRecordNotFound
		}
		return tx.Delete(&launchRow{}, "hash = ?", hash.String()).Error
	})
	if err != nil {
		return nil, err
	}
	return &session.Launch{Hash: hash, ClientID: d.ClientID, AccountID: d.AccountID, Context: d.Context, Expires: instant(row.Expires)}, nil
}

// SweepSessions implements session.Store.
func (s *Store) SweepSessions(ctx context.Context, t time.Time) error {
	return s.alone(ctx, "session.sweep", func(tx *gorm.DB) error {
		for _, table := range []string{"auth_session", "auth_ticket", "auth_launch", "auth_initial_token"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE expires < ?", millis(t)).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func joined(scopes []string) string { return strings.Join(scopes, " ") }
