// Package account owns the people who sign in: staff and portal patients, their passwords, their ACL groups, and the counting
// of wrong attempts.
package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/identity/listing"
	"chartwright/internal/identity/token"
)

// Kind tells staff from portal patients. The words are those of the user_role parameter of OpenEMR's password grant.
type Kind string

// The kinds.
const (
	Staff  Kind = "users"
	Portal Kind = "patient"
)

// Actor returns the kind of subject that a person of this kind is.
func (k Kind) Actor() access.Actor {
	if k == Portal {
		return access.Patient
	}
	return access.User
}

// The ACL groups that every site has, by the codes of OpenEMR.
const (
	Administrators = "admin"
	Physicians     = "doc"
	Clinicians     = "clin"
	FrontOffice    = "front"
	Accounting     = "back"
	EmergencyLogin = access.EmergencyLogin
)

// Groups are the ACL groups that every site has.
var Groups = []string{Administrators, Physicians, Clinicians, FrontOffice, Accounting, EmergencyLogin}

// Emergency reports whether the account is an emergency login: it says why when it signs in, and for a while only.
func (a *Account) Emergency() bool { return slices.Contains(a.Groups, EmergencyLogin) }

// Account is one person of one site.
type Account struct {
	ID        string // uuid; the sub of tokens, never used again for somebody else
	Kind      Kind
	Login     string // what is typed; case matters
	Email     string
	Given     string
	Family    string
	Groups    []string // of staff
	FHIRUser  string   // Practitioner/id, Person/id or Patient/id
	PatientID string   // of a portal patient

	// Launch is the launch context that apps get where nothing else supplies one: Smile CDR's defaultLaunchContexts.
	Launch token.Context

	PasswordHash string
	TOTP         []byte   // sealed secret of the second factor; nil = has none
	TOTPStep     int64    // the last time step that was used up
	Recovery     []string // hashes of the recovery codes that are left, each good once instead of a one-time code
	Enabled      bool
	OptedOut     bool // a patient who wants no app to reach the record: no login through apps, no refresh, no call
	Created      time.Time
	Changed      time.Time // of the password
}

// Name returns the person's name, or the login where there is none.
func (a *Account) Name() string {
	if n := strings.TrimSpace(a.Given + " " + a.Family); n != "" {
		return n
	}
	return a.Login
}

// Usable reports whether the person may sign in and whether grants of the person are good.
func (a *Account) Usable() bool { return a.Enabled && !a.OptedOut }

// Place returns the account's place in a list by login.
func (a *Account) Place() listing.Place { return listing.Place{Key: a.Login, ID: a.ID} }

// Query selects accounts.
type Query struct {
	Text  string        // that the login, the name or the e-mail address holds; empty = all
	Kind  Kind          // empty = all
	After listing.Place // the last account of the page before
	Limit int
}

// Store keeps the accounts of one site. Safe for concurrent use.
type Store interface {
	// Account returns one account. Errors: NotFound.
	Account(ctx context.Context, id string) (*Account, error)
	// AccountByLogin returns the account with this login, which is unique within a kind. Errors: NotFound.
	AccountByLogin(ctx context.Context, kind Kind, login string) (*Account, error)
	// Accounts returns the accounts of a kind, all kinds if it is empty, sorted by login.
	Accounts(ctx context.Context, kind Kind) ([]*Account, error)
	// FindAccounts returns the accounts that a query selects, by login.
	FindAccounts(ctx context.Context, q Query) ([]*Account, error)
	// AccountsOfPatient returns the accounts of a portal patient.
	AccountsOfPatient(ctx context.Context, patientID string) ([]*Account, error)
	// AddAccount inserts an account. Errors: Conflict when the login or the id is taken.
	AddAccount(ctx context.Context, a *Account) error
	// ChangeAccount reads, changes and writes one account in one transaction and moves the epoch. Errors: NotFound, change's own.
	ChangeAccount(ctx context.Context, id string, change func(*Account) error) error

	// Failures returns how many wrong attempts were counted under each key since the instant, and the last one.
	Failures(ctx context.Context, keys []string, since time.Time) ([]Failures, error)
	// CountFailure counts one wrong attempt under each key; counts whose last attempt is before since begin anew.
	CountFailure(ctx context.Context, keys []string, at, since time.Time) error
	// ClearFailures forgets a key.
	ClearFailures(ctx context.Context, key string) error
	// ForgetFailures forgets every key that begins with prefix.
	ForgetFailures(ctx context.Context, prefix string) error
}

// Failures are the wrong attempts counted under one key.
type Failures struct {
	Count int
	Last  time.Time
}
