package identitystore

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"chartwright/internal/fault"
	"chartwright/internal/identity/token"
)

const (
	// One statement decides: of any number of attempts, on any number of replicas, one sees spent = 0.
	spendOne = `UPDATE auth_token SET spent = 1 WHERE hash = ? AND kind = ? AND spent = 0
		AND EXISTS (SELECT 1 FROM auth_grant WHERE auth_grant.id = auth_token.grant_id AND auth_grant.revoked = 0)`
	insertGrant = `INSERT INTO auth_grant (id, client_id, account_id, session, created, expires, revoked, doc) `
	insertOne   = `INSERT INTO auth_token (hash, kind, grant_id, created, expires, spent, doc) `
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
	if s.db.Dialect() != "postgres" {
		return s.write(ctx, op, func(tx *gorm.DB) error { return applySteps(tx, c) })
	}
	text, args := applyStatement(c)
	done := s.db.Writer.WithContext(ctx).Exec(text, args...)
	if done.Error == nil && done.RowsAffected == 0 {
		return errSpent
	}
	return classify(op, done.Error)
}

// applySteps makes a change within a transaction.
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
	return tx.Exec(insertOne+"VALUES "+repeated("(?, ?, ?, ?, ?, ?, ?)", len(c.Tokens)), args...).Error
}

// applyStatement is a change in one statement of PostgreSQL, which is one round trip with its commit. It inserts nothing if there is
// nothing to spend.
func applyStatement(c token.Change) (text string, args []any) {
	var first []string
	where := ""
	if c.Spend != nil {
		first = append(first, "spent AS ("+spendOne+" RETURNING 1)")
		args = append(args, c.Spend.Hash.String(), string(c.Spend.Kind))
		where = " WHERE EXISTS (SELECT 1 FROM spent)"
	}
	if c.Grant != nil {
		first = append(first, "granted AS ("+insertGrant+"SELECT ?::text, ?::text, ?::text, ?::text, ?::bigint, ?::bigint, ?::bigint, ?::text"+where+")")
		args = append(args, rowFromGrant(c.Grant).values()...)
	}
	if len(first) > 0 {
		text = "WITH " + strings.Join(first, ", ") + " "
	}
	for _, t := range c.Tokens {
		args = append(args, rowFromToken(t).values()...)
	}
	text += insertOne + "SELECT * FROM (VALUES " +
		repeated("(?::text, ?::text, ?::text, ?::bigint, ?::bigint, ?::bigint, ?::text)", len(c.Tokens)) + ") AS made" + where
	return text, args
}

func repeated(row string, n int) string { return strings.TrimSuffix(strings.Repeat(row+", ", n), ", ") }
