package client

import (
	"context"
	"time"

	"chartwright/internal/identity/token"
)

// InitialToken is an initial access token: it lets its holder register apps where registration asks for one. An administrator hands
// it out; the store keeps its hash. https://www.rfc-editor.org/rfc/rfc7591#section-1.2
type InitialToken struct {
	Hash    token.Hash
	Note    string // for whom it is
	Uses    int    // registrations that are left
	Created time.Time
	Expires time.Time
}

// Good reports whether the token lets anybody register at this time.
func (t *InitialToken) Good(now time.Time) bool { return t.Uses > 0 && now.Before(t.Expires) }

// InitialTokens keeps the initial access tokens of one site. Safe for concurrent use.
type InitialTokens interface {
	// InitialToken returns one token, dead ones included. Errors: NotFound.
	InitialToken(ctx context.Context, hash token.Hash) (*InitialToken, error)
	// ListInitialTokens returns all tokens that were not removed, newest first.
	ListInitialTokens(ctx context.Context) ([]*InitialToken, error)
	// AddInitialToken inserts a token.
	AddInitialToken(ctx context.Context, t *InitialToken) error
	// UseInitialToken takes one of the uses that are left: of any number of attempts on any number of replicas, no more succeed than
	// there are. Errors: NotFound when none is left or the token has expired.
	UseInitialToken(ctx context.Context, hash token.Hash, now time.Time) error
	// RemoveInitialToken removes a token by the short name of its hash. Errors: NotFound.
	RemoveInitialToken(ctx context.Context, id string) error
}
