package identitystore

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/roundtrip"
	"chartwright/internal/identity/token"
)

const (
	tokenColumns = `t.created, t.expires, t.spent, t.doc, g.id, g.client_id, g.account_id, g.session, g.created, g.expires, g.revoked, g.doc` //nolint:gosec // columns, no secret
	readToken    = `SELECT ` + tokenColumns + ` FROM auth_token t JOIN auth_grant g ON g.id = t.grant_id WHERE t.hash = ? AND t.kind = ?`
	// OFFSET 0 keeps each look-up by itself. As a join it would be planned, once and for a long time, for the size that the tables
	// have in the first moment, when it is cheapest to walk through the whole of them.
	readTokens = `SELECT ` + tokenColumns + `, k.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (hash, kind, n)
		CROSS JOIN LATERAL (SELECT * FROM auth_token WHERE hash = k.hash AND kind = k.kind OFFSET 0) t
		CROSS JOIN LATERAL (SELECT * FROM auth_grant WHERE id = t.grant_id OFFSET 0) g`
)

// tokenRead is a token with its grant as they are stored.
type tokenRead struct {
	kind  token.Kind
	hash  token.Hash
	token tokenRow
	grant grantRow
	found bool
}

func (r *tokenRead) columns() []any {
	t, g := &r.token, &r.grant
	return []any{
		&t.Created, &t.Expires, &t.Spent, &t.Doc,
		&g.ID, &g.ClientID, &g.AccountID, &g.Session, &g.Created, &g.Expires, &g.Revoked, &g.Doc,
	}
}

// tokens are reads of tokens that share statements of PostgreSQL.
type tokens = roundtrip.Shared[*tokenRead]

func newTokens(db *gormstore.SiteDB) *tokens {
	if db.Points == nil {
		return nil
	}
	return roundtrip.New(roundtrip.Config[*tokenRead]{
		Pool: db.Points, Flights: gormstore.TokenReads, Ask: readAll,
		Alone: func(error) bool { return false }, // no hash can be wrong by itself
		Again: func(err error) bool { return errors.Is(err, driver.ErrBadConn) },
	})
}

func readAll(ctx context.Context, conn *pgx.Conn, batch []*tokenRead) error {
	hashes, kinds := make([]string, len(batch)), make([]string, len(batch))
	for i, r := range batch {
		r.found = false // of an attempt that broke off
		hashes[i], kinds[i] = r.hash.String(), string(r.kind)
	}
	rows, err := conn.Query(ctx, readTokens, hashes, kinds)
	if err != nil {
		return err
	}
	var next tokenRead
	var n int64
	_, err = pgx.ForEachRow(rows, append(next.columns(), &n), func() error {
		r := batch[n-1]
		r.token, r.grant, r.found = next.token, next.grant, true
		return nil
	})
	return err
}

// Token implements token.Store.
func (s *Store) Token(ctx context.Context, kind token.Kind, hash token.Hash) (*token.Token, error) {
	const op = "token.read"
	r := &tokenRead{kind: kind, hash: hash}
	if s.tokens != nil {
		if err := s.tokens.Wait(ctx, r); err != nil {
			return nil, classify(op, err)
		}
		if !r.found {
			return nil, fault.New(fault.NotFound, op, "there is none")
		}
	} else {
		row, err := s.token.row(ctx, hash.String(), string(kind))
		if err == nil {
			err = row.Scan(r.columns()...)
		}
		if err != nil {
			return nil, classify(op, err)
		}
	}
	return r.open()
}

func (r *tokenRead) open() (*token.Token, error) {
	grant, err := grantFromRow(&r.grant)
	if err != nil {
		return nil, err
	}
	var d tokenDoc
	if err := decode("token.decode", r.token.Doc, &d); err != nil {
		return nil, err
	}
	return &token.Token{
		Kind: r.kind, Hash: r.hash, Grant: grant, Scopes: d.Scopes, Form: d.Form, Created: instant(r.token.Created),
		Expires: instant(r.token.Expires), Spent: r.token.Spent != 0,
	}, nil
}
