// Package identitystore keeps what the authorization server knows about one site, in the site's own database: settings,
// signing keys, clients, accounts, grants, tokens, sessions. It implements the stores of the packages under internal/identity
// and of internal/setting; the tables are explained in SCHEMA.md.
//
// Whatever other processes may have cached (settings, keys, clients, accounts, revoked grants) moves the site's epoch after
// the commit. Issuing a token moves nothing: nobody can have cached a token that did not exist. What nearly every request reads,
// clients and accounts, is kept in memory for as long as the epoch stands.
//
// Writes that are part of requests (codes, tokens, tickets) share their commits on SQLite: see [gormstore.SiteDB.Write]. On
// PostgreSQL codes and tokens share statements: see [issueMany].
package identitystore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
)

// Store is the store of one site. Safe for concurrent use.
type Store struct {
	db       *gormstore.SiteDB
	token    prepared // SQLite
	tokens   *tokens  // PostgreSQL
	issues   *issues  // PostgreSQL
	clients  cache[client.Client]
	accounts cache[account.Account]
}

var _ identity.Store = (*Store)(nil)

// New returns the store of the site whose database db is. Who reads tokens keeps it: it remembers statements and rows.
func New(db *gormstore.SiteDB) *Store {
	return &Store{db: db, token: prepared{pool: db.Reader, text: readToken}, tokens: newTokens(db), issues: newIssues(db)}
}

// Epoch implements the ports that cache.
func (s *Store) Epoch() uint64 { return s.db.Epoch() }

// read returns the reading handle under ctx.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.db.Reader.WithContext(ctx) }

// write runs fn in a transaction, which others may share.
func (s *Store) write(ctx context.Context, op string, fn func(tx *gorm.DB) error) error {
	return classify(op, s.db.Write(ctx, fn))
}

// alone runs fn in a transaction of its own.
func (s *Store) alone(ctx context.Context, op string, fn func(tx *gorm.DB) error) error {
	return classify(op, s.db.Writer.WithContext(ctx).Transaction(fn))
}

// change runs fn alone and moves the epoch after the commit.
func (s *Store) change(ctx context.Context, op string, fn func(tx *gorm.DB) error) error {
	if err := s.alone(ctx, op, fn); err != nil {
		return err
	}
	// The request that made the change may be gone; the signal must still go out.
	return s.db.Bump(context.WithoutCancel(ctx))
}

// classify gives a database error its kind. Errors that have one keep it.
func classify(op string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return &fault.Error{Kind: fault.NotFound, Op: op, Detail: "there is none", Err: err}
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return &fault.Error{Kind: fault.Conflict, Op: op, Detail: "it exists already", Err: err}
	}
	return fault.Wrap(fault.Unavailable, op, err)
}

// millis is how an instant is kept; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// encode returns the JSON of a document of ours.
func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("identitystore: " + err.Error()) // our own plain structs always encode
	}
	return string(text)
}

func decode(op, text string, v any) error {
	return fault.Wrap(fault.Internal, op, json.Unmarshal([]byte(text), v))
}
