package identitystore

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"chartwright/internal/fault"
	"chartwright/internal/identity/token"
)

const (
	// One statement decides: of any number of attempts, on any number of processes, one sees spent = 0.
	spendOne = `UPDATE auth_token SET spent = 1 WHERE hash = ? AND kind = ? AND spent = 0
		AND EXISTS (SELECT 1 FROM auth_grant WHERE auth_grant.id = auth_token.grant_id AND auth_grant.revoked = 0)`
	insertGrant = `INSERT INTO auth_grant (id, client_id, account_id, session, created, expires, revoked, doc) `
	insertToken = `INSERT INTO auth_token (hash, kind, grant_id, created, expires, spent, doc) ` //nolint:gosec // a statement, no secret
)

func (r *grantRow) values() []any {
	return []any{r.ID, r.ClientID, r.AccountID, r.Session, r.Created, r.Expires, r.Revoked, r.Doc}
}

func (r *tokenRow) values() []any {
	return []any{r.Hash, r.Kind, r.GrantID, r.Created, r.Expires, r.Spent, r.Doc}
}

var errSpent = fault.New(fault.Conflict, "token.apply", "the token was used before")

// Apply implements token.Store.
func (s *Store) Apply(ctx context.Context, c token.Change) error {
	const op = "token.apply"
	if len(c.Tokens) == 0 {
		return fault.New(fault.Internal, op, "a change makes no token")
	}
	if s.issues != nil {
		return classify(op, s.applyShared(ctx, c))
	}
	return s.write(ctx, op, func(tx *gorm.DB) error { return applySteps(tx, c) })
}

// applySteps makes a change within a transaction of SQLite.
func applySteps(tx *gorm.DB, c token.Change) error {
	if c.Spend != nil {
		done := tx.Exec(spendOne, c.Spend.Hash.String(), string(c.Spend.Kind))
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected != 1 {
			return errSpent
		}
	}
	if c.Grant != nil {
		if err := tx.Exec(insertGrant+"VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rowFromGrant(c.Grant).values()...).Error; err != nil {
			return err
		}
	}
	args := []any{}
	for _, t := range c.Tokens {
		args = append(args, rowFromToken(t).values()...)
	}
	return tx.Exec(insertToken+"VALUES "+repeated("(?, ?, ?, ?, ?, ?, ?)", len(c.Tokens)), args...).Error
}

func repeated(row string, n int) string { return strings.TrimSuffix(strings.Repeat(row+", ", n), ", ") }
