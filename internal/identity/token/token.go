// Package token owns what the authorization server hands out: grants, and the authorization codes, access tokens and refresh
// tokens that hang on them.
//
// A grant is one "yes" of a user (or one client acting for itself): who, which client, which scopes, which launch context.
// Tokens are 256 random bits; only their hashes are kept. Revoking a grant ends every token of it, which is what is called the
// family: grant ← code (once), grant ← refresh token ← its successor …, grant ← access tokens.
package token

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"chartwright/internal/access"
)

// Kind is the kind of a token.
type Kind string

// The kinds.
const (
	Code    Kind = "code"
	Access  Kind = "access"
	Refresh Kind = "refresh"
)

// Lifetimes. Codes: RFC 6749 §4.1.2 asks for ten minutes at most, SMART clients redeem at once. System access tokens live for
// a minute, as OpenEMR documents them.
const (
	CodeLife         = time.Minute
	AccessLife       = time.Hour
	SystemAccessLife = time.Minute
	RefreshLife      = 90 * 24 * time.Hour  // slides: each refresh token lives that long from its issue
	GrantLife        = 365 * 24 * time.Hour // the absolute end of a chain of refreshes; RFC 9700 §4.14.2
)

// Hash is the SHA-256 of a token: what the store keeps and what caches are keyed by.
type Hash [sha256.Size]byte

// HashOf returns the hash of a token as it was presented.
func HashOf(token string) Hash {
	var room [64]byte // for every token of ours: each request has one
	return sha256.Sum256(append(room[:0], token...))
}

// String returns the hash in base64url.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// ID is a short name of a token for logs and audit records. It reveals nothing about the token.
func (h Hash) ID() string { return base64.RawURLEncoding.EncodeToString(h[:12]) }

// ParseHash is the inverse of [Hash.String].
func ParseHash(s string) (h Hash, ok bool) {
	n, err := base64.RawURLEncoding.Decode(h[:], []byte(s))
	return h, err == nil && n == len(h)
}

// Mint returns a new random token of 256 bits in base64url and its hash.
func Mint() (string, Hash) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand.Read crashes the program instead
	t := base64.RawURLEncoding.EncodeToString(b[:])
	return t, HashOf(t)
}

// Context is the launch context of a grant. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
type Context struct {
	Patient   string `json:"patient,omitempty"`
	Encounter string `json:"encounter,omitempty"`
	Location  string `json:"location,omitempty"`
	Intent    string `json:"intent,omitempty"`
	EHR       bool   `json:"ehr,omitempty"` // launched from the EHR, which shows the patient banner itself
}

// Grant is one authorization.
type Grant struct {
	ID        string
	Type      string // grant_type that made it
	ClientID  string
	Actor     access.Actor
	AccountID string // empty for System
	Scopes    []string
	Context   Context
	Nonce     string
	Session   string // browser session that online_access depends on; empty = none
	AuthTime  time.Time
	Created   time.Time
	Expires   time.Time // no token outlives it
	Revoked   bool
}

// Token is one issued token, with the grant that it hangs on.
type Token struct {
	Kind    Kind
	Hash    Hash
	Grant   *Grant
	Scopes  []string          // of an access token: may be fewer than the grant's
	Form    map[string]string // of a code: what the token request must match
	Created time.Time
	Expires time.Time
	Spent   bool // redeemed, rotated or revoked
}

// Change is a set of writes that happen together or not at all.
type Change struct {
	Grant  *Grant   // new grant to insert
	Spend  *Token   // code or refresh token to redeem; exactly one of any number of attempts succeeds
	Tokens []*Token // new tokens, one at least
}

// Store keeps grants and tokens of one site. Safe for concurrent use.
type Store interface {
	// Token returns a token with its grant, spent and expired ones included. Errors: NotFound.
	Token(ctx context.Context, kind Kind, hash Hash) (*Token, error)
	// Apply makes a change. Errors: Conflict when Spend was spent already or its grant is revoked; nothing is written then.
	Apply(ctx context.Context, c Change) error
	// Spend marks one token as spent; a second time is no error. It moves the epoch.
	Spend(ctx context.Context, kind Kind, hash Hash) error
	// RevokeGrants revokes the grants that f selects and returns how many were live. It moves the epoch.
	RevokeGrants(ctx context.Context, f Filter) (int, error)
	// Grants lists live grants, newest first: one page of them where f has a limit, which costs the same wherever it lies.
	Grants(ctx context.Context, f Filter) ([]*Grant, error)
	// SweepTokens removes tokens that expired before t, and grants without tokens that did.
	SweepTokens(ctx context.Context, t time.Time) error

	// Consent returns what the account answered the client for ever. Errors: NotFound.
	Consent(ctx context.Context, accountID, clientID string) (*Consent, error)
	// Consented returns the clients that the account has answered for ever, by id.
	Consented(ctx context.Context, accountID string) ([]string, error)
	// PutConsent remembers an answer; nil forgets it.
	PutConsent(ctx context.Context, accountID, clientID string, c *Consent, at time.Time) error
}

// Consent is one answer that a person gave an app for ever: what was asked, and what was agreed to, which may be less, or
// narrower.
type Consent struct {
	Asked  []string
	Agreed []string
}

// Filter selects grants: those that match every field that is set.
type Filter struct {
	ID        string
	ClientID  string
	AccountID string
	Session   string
	After     Cursor // for listing: the place behind which the page begins
	Limit     int    // for listing; 0 = all
}
