package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/throttle"
)

// Limits of wrong attempts. An attempt is counted under the account and source together, which bites first; under the account
// alone, against many sources; and under the source alone, against one password tried on many accounts. The account itself is
// never locked for a source that did nothing wrong, short of a flood.
const (
	attemptWindow = time.Hour
	pairLimit     = 5
	accountLimit  = 100
	sourceLimit   = 50
	maxWait       = 15 * time.Minute
)

// Credentials are what somebody enters to sign in.
type Credentials struct {
	Kind     Kind
	Login    string
	Password string
	Email    string // of a portal patient
	Source   string // address
	Alone    bool   // the password has to be enough: whoever has or needs a second factor is refused as if it were wrong
}

// Verifier checks credentials for one site.
type Verifier struct {
	Store  Store
	Hasher *Hasher
	Now    func() time.Time
	Usable func(ctx context.Context, a *Account) (bool, error) // whether the person may sign in at all
	// Second says whether a password is not enough for the person, who may have no second factor yet.
	Second func(ctx context.Context, a *Account) (bool, error)
}

// errWrong is the one answer to wrong credentials of any sort.
var errWrong = fault.New(fault.Unauthenticated, "account.verify", "The name or the password is not right.")

// Verify returns the account that the credentials belong to.
//
// Errors: Unauthenticated for an unknown, disabled or opted-out account, a wrong password and a wrong e-mail alike; Throttled
// after too many wrong attempts, for accounts that exist and others alike. All take the time of one password comparison.
func (v *Verifier) Verify(ctx context.Context, c Credentials) (*Account, error) {
	now := v.Now()
	keys := v.keys(c)
	if err := v.wait(ctx, keys, now); err != nil {
		return nil, err
	}
	a, err := v.Store.AccountByLogin(ctx, c.Kind, c.Login)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	hash := ""
	if a != nil {
		hash = a.PasswordHash
	}
	right, err := v.Hasher.Compare(ctx, hash, c.Password)
	if err != nil {
		return nil, err
	}
	usable := false
	if right {
		if usable, err = v.Usable(ctx, a); err != nil {
			return nil, err
		}
	}
	second := false
	if usable && c.Alone {
		if second, err = v.Second(ctx, a); err != nil {
			return nil, err
		}
	}
	if !usable || second || a.Kind == Portal && !sameEmail(a.Email, c.Email) {
		if err := v.Store.CountFailure(ctx, keys, now, now.Add(-attemptWindow)); err != nil {
			return nil, err
		}
		return nil, errWrong
	}
	return a, v.Store.ClearFailures(ctx, keys[0])
}

// wait refuses an attempt while the waiting time after the last wrong one runs: none up to the limit, then doubling.
func (v *Verifier) wait(ctx context.Context, keys []string, now time.Time) error {
	counted, err := v.Store.Failures(ctx, keys, now.Add(-attemptWindow))
	if err != nil {
		return err
	}
	for i, limit := range []int{pairLimit, accountLimit, sourceLimit} {
		over := counted[i].Count - limit
		if over < 0 {
			continue
		}
		pause := min(maxWait, time.Second<<min(over+1, 20))
		if now.Before(counted[i].Last.Add(pause)) {
			return fault.New(fault.Throttled, "account.verify", "Too many wrong attempts. Wait a little and try again.")
		}
	}
	return nil
}

// keys returns the keys under which an attempt counts. They are hashes, since what people type into a name field is sometimes
// a password; and they ignore case and spaces, so that a spelling that reaches no account gains no attempts either.
func (v *Verifier) keys(c Credentials) []string {
	name, source := nameKey(c.Kind, c.Login), hashed("source", throttle.Source(c.Source))
	return []string{name + source, name, source}
}

// nameKey returns the key of attempts at an account, with which the keys of its attempts from each source begin.
func nameKey(kind Kind, login string) string {
	return hashed("account", string(kind)+"|"+strings.ToLower(strings.Join(strings.Fields(login), " ")))
}

func hashed(what, text string) string {
	sum := sha256.Sum256([]byte(what + "\x00" + text))
	return what + ":" + base64.RawURLEncoding.EncodeToString(sum[:18]) + "/"
}

// codes is what one-time codes and recovery codes count under, beside passwords.
const codes Kind = "code"

// Forgive forgets the wrong attempts at an account, from wherever they came. It is for whoever lets the person in anew: somebody who
// tried while kept out would have to wait otherwise, although everything is right by now.
func Forgive(ctx context.Context, s Store, a *Account) error {
	for _, name := range []string{nameKey(a.Kind, a.Login), nameKey(codes, a.ID)} {
		if err := s.ForgetFailures(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func sameEmail(known, entered string) bool {
	known, entered = strings.ToLower(strings.TrimSpace(known)), strings.ToLower(strings.TrimSpace(entered))
	return known != "" && subtle.ConstantTimeCompare([]byte(known), []byte(entered)) == 1
}
