package identitystore

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/token"
)

type grantRow struct {
	ID        string `gorm:"primaryKey"`
	ClientID  string
	AccountID string
	Session   string
	Created   int64
	Expires   int64
	Revoked   int64
	Doc       string
}

// TableName implements gorm's Tabler.
func (grantRow) TableName() string { return "auth_grant" }

// grantDoc is what of a grant no query looks at.
type grantDoc struct {
	Type     string        `json:"type"`
	Actor    access.Actor  `json:"actor"`
	Scopes   []string      `json:"scopes"`
	Context  token.Context `json:"context"`
	Nonce    string        `json:"nonce,omitempty"`
	AuthTime int64         `json:"auth_time,omitempty"`
}

func rowFromGrant(g *token.Grant) *grantRow {
	return &grantRow{
		g.ID, g.ClientID, g.AccountID, g.Session, millis(g.Created), millis(g.Expires), bit(g.Revoked),
		encode(grantDoc{g.Type, g.Actor, g.Scopes, g.Context, g.Nonce, millis(g.AuthTime)}),
	}
}

func grantFromRow(r *grantRow) (*token.Grant, error) {
	var d grantDoc
	if err := decode("grant.decode", r.Doc, &d); err != nil {
		return nil, err
	}
	return &token.Grant{
		ID: r.ID, Type: d.Type, ClientID: r.ClientID, Actor: d.Actor, AccountID: r.AccountID, Scopes: d.Scopes, Context: d.Context,
		Nonce: d.Nonce, Session: r.Session, AuthTime: instant(d.AuthTime), Created: instant(r.Created), Expires: instant(r.Expires),
		Revoked: r.Revoked != 0,
	}, nil
}

type tokenRow struct {
	Hash    string `gorm:"primaryKey"`
	Kind    string
	GrantID string
	Created int64
	Expires int64
	Spent   int64
	Doc     string
}

// TableName implements gorm's Tabler.
func (tokenRow) TableName() string { return "auth_token" }

// tokenDoc is what of a token no query looks at.
type tokenDoc struct {
	Scopes []string          `json:"scopes,omitempty"`
	Form   map[string]string `json:"form,omitempty"`
}

func rowFromToken(t *token.Token) *tokenRow {
	return &tokenRow{
		t.Hash.String(), string(t.Kind), t.Grant.ID, millis(t.Created), millis(t.Expires), bit(t.Spent), encode(tokenDoc{t.Scopes, t.Form}),
	}
}

// Spend implements token.Store.
func (s *Store) Spend(ctx context.Context, kind token.Kind, hash token.Hash) error {
	return s.change(ctx, "token.spend", func(tx *gorm.DB) error {
		return tx.Exec("UPDATE auth_token SET spent = 1 WHERE hash = ? AND kind = ?", hash.String(), string(kind)).Error
	})
}

// filtered adds the conditions of f.
func filtered(q *gorm.DB, f token.Filter) *gorm.DB {
	for _, c := range []struct{ column, value string }{
		{"id = ?", f.ID}, {"client_id = ?", f.ClientID}, {"account_id = ?", f.AccountID}, {"session = ?", f.Session},
	} {
		if c.value != "" {
			q = q.Where(c.column, c.value)
		}
	}
	return q
}

// RevokeGrants implements token.Store.
func (s *Store) RevokeGrants(ctx context.Context, f token.Filter) (int, error) {
	if f.ID == "" && f.ClientID == "" && f.AccountID == "" && f.Session == "" {
		return 0, fault.New(fault.Internal, "grant.revoke", "no grant is selected")
	}
	var n int64
	err := s.change(ctx, "grant.revoke", func(tx *gorm.DB) error {
		done := filtered(tx.Model(&grantRow{}), f).Where("revoked = 0").Update("revoked", 1)
		n = done.RowsAffected
		return done.Error
	})
	return int(n), err
}

// listed selects one page of live grants, newest first.
func listed(q *gorm.DB, f token.Filter) *gorm.DB {
	q = filtered(q, f).Where("revoked = 0")
	if f.After != (token.Cursor{}) {
		// The pair is compared as one value, which the indexes hold in this order: a page costs the same wherever it lies.
		q = q.Where("(created, id) < (?, ?)", millis(f.After.Created), f.After.ID)
	}
	if f.Limit > 0 {
		q = q.Limit(f.Limit)
	}
	return q.Order("created DESC, id DESC")
}

// Grants implements token.Store.
func (s *Store) Grants(ctx context.Context, f token.Filter) ([]*token.Grant, error) {
	var rows []grantRow
	if err := listed(s.read(ctx), f).Find(&rows).Error; err != nil {
		return nil, classify("grant.list", err)
	}
	grants := make([]*token.Grant, len(rows))
	for i := range rows {
		var err error
		if grants[i], err = grantFromRow(&rows[i]); err != nil {
			return nil, err
		}
	}
	return grants, nil
}

// SweepTokens implements token.Store.
func (s *Store) SweepTokens(ctx context.Context, t time.Time) error {
	return s.alone(ctx, "token.sweep", func(tx *gorm.DB) error {
		for _, statement := range []string{
			// Grants go with their last token. Only those of expired tokens are looked at, however many others there are.
			`DELETE FROM auth_grant WHERE id IN (SELECT grant_id FROM auth_token WHERE expires < @t)
				AND NOT EXISTS (SELECT 1 FROM auth_token WHERE auth_token.grant_id = auth_grant.id AND auth_token.expires >= @t)`,
			"DELETE FROM auth_token WHERE expires < @t",
			"DELETE FROM auth_assertion WHERE expires < @t",
			"DELETE FROM auth_failure WHERE last < @t",
		} {
			if err := tx.Exec(statement, sql.Named("t", millis(t))).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

type consentRow struct {
	AccountID string `gorm:"primaryKey"`
	ClientID  string `gorm:"primaryKey"`
	Asked     string
	Scopes    string
	Given     int64
}

// TableName implements gorm's Tabler.
func (consentRow) TableName() string { return "auth_consent" }

// Consent implements token.Store.
func (s *Store) Consent(ctx context.Context, accountID, clientID string) (*token.Consent, error) {
	var row consentRow
	if err := s.read(ctx).Take(&row, "account_id = ? AND client_id = ?", accountID, clientID).Error; err != nil {
		return nil, classify("consent.read", err)
	}
	return &token.Consent{Asked: permit.Words(row.Asked), Agreed: permit.Words(row.Scopes)}, nil
}

// Consented implements token.Store.
func (s *Store) Consented(ctx context.Context, accountID string) ([]string, error) {
	var ids []string
	err := s.read(ctx).Model(&consentRow{}).Where("account_id = ?", accountID).Order("client_id").Pluck("client_id", &ids).Error
	return ids, classify("consent.list", err)
}

// PutConsent implements token.Store.
func (s *Store) PutConsent(ctx context.Context, accountID, clientID string, c *token.Consent, at time.Time) error {
	return s.write(ctx, "consent.put", func(tx *gorm.DB) error {
		if c == nil {
			return tx.Delete(&consentRow{}, "account_id = ? AND client_id = ?", accountID, clientID).Error
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).
			Create(&consentRow{accountID, clientID, joined(c.Asked), joined(c.Agreed), millis(at)}).Error
	})
}
