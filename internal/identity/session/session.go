// Package session owns the browser's side of the authorization server: who is signed in (a session), and which authorization
// request is under way (a ticket).
//
//	/authorize ──ticket──▶ sign in ──▶ second factor ──▶ pick a patient ──▶ consent ──▶ code
//	                       (skipped when signed in)      (when asked for)   (skipped when remembered)
//
// A ticket is bound to one browser and is used up by the answer, so that neither going back nor another user's browser makes a
// second code of it. Several tickets of one browser go their ways side by side: what binds them is a cookie that stays when
// somebody signs in, while the session's cookie is a new one then. Sessions and tickets are random; the store keeps their hashes.
package session

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"time"

	"chartwright/internal/identity/token"
)

// Lifetimes.
const (
	Idle       = 15 * time.Minute // without a request
	Absolute   = 12 * time.Hour   // since signing in
	TicketLife = 15 * time.Minute
	LaunchLife = 5 * time.Minute
)

// MaxPerAccount is how many sessions one account may have; the oldest go.
const MaxPerAccount = 20

// Session is one person who has signed in with one browser.
type Session struct {
	Hash      token.Hash
	AccountID string
	AuthTime  time.Time
	Seen      time.Time
	Expires   time.Time // absolute end
	Factor    bool      // the second factor was given, or the account has none
	// Context is what the person has open in the EHR, as of the last launch from here: Smile CDR's launchResourceIds. An app that
	// asks for a launch context and was not launched gets it before the account's own defaults.
	Context token.Context
}

// SignedIn reports whether somebody has signed in, completely, and the session is still good.
func (s *Session) SignedIn(now time.Time) bool {
	return s != nil && s.AccountID != "" && s.Factor && s.Live(now)
}

// Live reports whether the session is neither idle nor over.
func (s *Session) Live(now time.Time) bool {
	return now.Before(s.Expires) && now.Before(s.Seen.Add(Idle))
}

// Purpose says what a ticket is for.
type Purpose string

// The purposes.
const (
	Authorize Purpose = ""       // an authorization request of an app
	ForLaunch Purpose = "launch" // somebody launches apps from the EHR
	// ForCredentials: somebody makes or resets the credentials of a patient.
	ForCredentials Purpose = "credentials"
	// ForAccount: somebody, who may be a patient, looks after the own account.
	ForAccount Purpose = "account"
	// ForAdmin: somebody signs in to administer the site.
	ForAdmin Purpose = "admin"
)

// Ticket is one authorization request under way, or one errand of a person.
type Ticket struct {
	Hash    token.Hash
	Purpose Purpose
	Params  url.Values    // the request as it came
	Browser token.Hash    // zero until a browser has taken it up
	Fresh   bool          // a sign-in older than the ticket is not good enough: prompt=login, max_age
	Context token.Context // from the launch, and what was picked
	Without []string      // contexts that were asked for and left open: encounter, location
	Picking string        // the context that the person wants to pick now; empty = whatever is missing
	Assumed bool          // some of the context was neither launched nor picked here: the person is to see it
	Settled string        // the account for which the context was looked up; empty = not yet
	Account string        // the only account that may answer, where the launch names one
	Secret  []byte        // sealed secret of a second factor that the person sets up and has not confirmed yet
	Created time.Time
	Expires time.Time
	Spent   bool
}

// Bound reports whether a browser has taken up the ticket.
func (t *Ticket) Bound() bool { return t.Browser != token.Hash{} }

// Launch is one launch from the EHR: what the launch parameter stands for. It is bound to a client and used once.
// https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
type Launch struct {
	Hash      token.Hash
	ClientID  string
	AccountID string
	Context   token.Context
	Expires   time.Time
}

// Store keeps sessions and tickets of one site. Safe for concurrent use.
type Store interface {
	// Session returns a session, dead ones included. Errors: NotFound.
	Session(ctx context.Context, hash token.Hash) (*Session, error)
	// Sessions returns the sessions of an account, newest first, dead ones included.
	Sessions(ctx context.Context, accountID string) ([]*Session, error)
	// PutSession inserts or replaces a session. A new one of an account that has [MaxPerAccount] displaces the oldest.
	PutSession(ctx context.Context, s *Session) error
	// EndSessions removes the session with this hash, if it is set, and all sessions of the account, if that is.
	EndSessions(ctx context.Context, hash token.Hash, accountID string) error

	// Ticket returns a ticket, dead ones included. Errors: NotFound.
	Ticket(ctx context.Context, hash token.Hash) (*Ticket, error)
	// PutTicket inserts or replaces a ticket.
	PutTicket(ctx context.Context, t *Ticket) error
	// SpendTicket uses a ticket up. Errors: Conflict when it was used up before.
	SpendTicket(ctx context.Context, hash token.Hash) error

	// PutLaunch keeps a launch.
	PutLaunch(ctx context.Context, l *Launch) error
	// TakeLaunch returns the launch of a client and removes it; another client's stays. Errors: NotFound.
	TakeLaunch(ctx context.Context, hash token.Hash, clientID string) (*Launch, error)

	// SweepSessions removes sessions, tickets, launches and initial access tokens that expired before t.
	SweepSessions(ctx context.Context, t time.Time) error
}

// CSRF returns the token that a form of this browser for this ticket carries. It is derived from the cookie's secret value,
// which no other site can read, so nothing needs to be kept.
func CSRF(cookie, purpose string) string {
	m := hmac.New(sha256.New, []byte(cookie))
	m.Write([]byte("csrf\x00" + purpose))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// CheckCSRF compares in constant time.
func CheckCSRF(cookie, purpose, presented string) bool {
	return cookie != "" && subtle.ConstantTimeCompare([]byte(CSRF(cookie, purpose)), []byte(presented)) == 1
}
