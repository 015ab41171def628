package identitystore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/roundtrip"
	"chartwright/internal/identity/token"
)

// issueMany makes many changes in one statement of PostgreSQL, which is one round trip and one commit. What a change spends is named
// by kind and hash; it decides whether what the change makes is made, and an empty name stands for a change that spends nothing. The
// answer names what was spent.
//
// Of any number of attempts to spend a token, on any number of replicas, one sees spent = 0: the others wait for its row and look
// again. Neither the tokens nor their grants are joined: a join would be planned, once and for a long time, for the size that the
// tables have in the first moment, when it is cheapest to walk through the whole of them.
const issueMany = `WITH spent AS (
	UPDATE auth_token t SET spent = 1 WHERE t.hash = ANY ($1::text[]) AND t.kind || ' ' || t.hash = ANY ($2::text[]) AND t.spent = 0
		AND (SELECT g.revoked FROM auth_grant g WHERE g.id = t.grant_id) = 0 RETURNING t.kind || ' ' || t.hash AS name),
granted AS (` + insertGrant + `SELECT id, client_id, account_id, session, created, expires, 0, doc
	FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[])
		AS made (spends, id, client_id, account_id, session, created, expires, doc)
	WHERE spends = '' OR spends IN (SELECT name FROM spent)),
issued AS (` + insertToken + `SELECT hash, kind, grant_id, created, expires, 0, doc
	FROM unnest($11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::text[])
		AS made (spends, hash, kind, grant_id, created, expires, doc)
	WHERE spends = '' OR spends IN (SELECT name FROM spent))
SELECT name FROM spent`

// issue is a change that waits for others to share its commit with.
type issue struct {
	change token.Change
	spent  bool // what it was to spend, if anything
}

type issues = roundtrip.Shared[*issue]

func newIssues(db *gormstore.SiteDB) *issues {
	if db.Commits == nil {
		return nil
	}
	return roundtrip.New(roundtrip.Config[*issue]{
		Pool: db.Commits, Flights: gormstore.TokenCommits, Ask: issueAll,
		// What the server has refused, it has not committed. A change that may have been is never made again: its token would seem
		// to be used twice.
		Alone: func(err error) bool { _, ok := errors.AsType[*pgconn.PgError](err); return ok },
		Again: pgconn.SafeToRetry,
	})
}

// applyShared is Apply on PostgreSQL. The caller's leaving does not end it: what becomes of it, the caller has to know.
func (s *Store) applyShared(ctx context.Context, c token.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	i := &issue{change: c}
	err := s.issues.Wait(context.WithoutCancel(ctx), i)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == uniqueViolation {
		return errors.Join(gorm.ErrDuplicatedKey, err)
	}
	if err == nil && c.Spend != nil && !i.spent {
		return errSpent
	}
	return err
}

const uniqueViolation = "23505"

func issueAll(ctx context.Context, conn *pgx.Conn, batch []*issue) error {
	var r issueRows
	spending := map[string]*issue{}
	for _, x := range batch {
		x.spent = false // of an attempt that broke off
		name := ""
		if t := x.change.Spend; t != nil {
			hash := t.Hash.String()
			name = string(t.Kind) + " " + hash
			if spending[name] != nil {
				continue // it comes too late, whatever becomes of the first
			}
			spending[name] = x
			r.spends.hash, r.spends.name = append(r.spends.hash, hash), append(r.spends.name, name)
		}
		r.grant(name, x.change.Grant)
		for _, t := range x.change.Tokens {
			r.token(name, t)
		}
	}
	rows, err := conn.Query(ctx, issueMany, r.args()...)
	if err != nil {
		return err
	}
	var name string
	_, err = pgx.ForEachRow(rows, []any{&name}, func() error {
		spending[name].spent = true
		return nil
	})
	return err
}

// issueRows are the arrays of [issueMany].
type issueRows struct {
	spends struct{ hash, name []string }
	grants struct {
		spends, id, client, account, session, doc []string
		created, expires                          []int64
	}
	tokens struct {
		spends, hash, kind, grant, doc []string
		created, expires               []int64
	}
}

func (r *issueRows) grant(spends string, g *token.Grant) {
	if g == nil {
		return
	}
	row, s := rowFromGrant(g), &r.grants
	s.spends, s.id, s.client = append(s.spends, spends), append(s.id, row.ID), append(s.client, row.ClientID)
	s.account, s.session, s.doc = append(s.account, row.AccountID), append(s.session, row.Session), append(s.doc, row.Doc)
	s.created, s.expires = append(s.created, row.Created), append(s.expires, row.Expires)
}

func (r *issueRows) token(spends string, t *token.Token) {
	row, s := rowFromToken(t), &r.tokens
	s.spends, s.hash, s.kind = append(s.spends, spends), append(s.hash, row.Hash), append(s.kind, row.Kind)
	s.grant, s.doc = append(s.grant, row.GrantID), append(s.doc, row.Doc)
	s.created, s.expires = append(s.created, row.Created), append(s.expires, row.Expires)
}

func (r *issueRows) args() []any {
	s, g, t := &r.spends, &r.grants, &r.tokens
	return []any{
		s.hash, s.name,
		g.spends, g.id, g.client, g.account, g.session, g.created, g.expires, g.doc,
		t.spends, t.hash, t.kind, t.grant, t.created, t.expires, t.doc,
	}
}
