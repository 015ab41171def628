package identity

import (
	"context"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/key"
)

// Admin changes accounts, clients and keys for the command line and the administration screens. What it changes is in force on
// every replica at once. Safe for concurrent use.
type Admin struct {
	Open   func(ctx context.Context, site string) (Store, error)
	Master key.Master
	Audit  Audit
	// Passwords hashes new passwords, beside whoever signs in; nil = one of its own at the recommended cost.
	Passwords *account.Hasher
	Now       func() time.Time // nil = time.Now
	By        string           // who does it, for the audit trail: "command line" or an account's login
	API       string           // cli or admin
	// Stamp adds to an audit event what is known about who does it; nil = nothing.
	Stamp func(e *chart.AuditEvent)
}

func (a *Admin) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

func (a *Admin) passwords() *account.Hasher {
	if a.Passwords == nil {
		return account.NewHasher(account.Recommended())
	}
	return a.Passwords
}

func (a *Admin) record(ctx context.Context, site string, e *chart.AuditEvent, err error) error {
	e.Time, e.UserName, e.API = a.now().UTC(), a.By, a.API
	if a.Stamp != nil {
		a.Stamp(e)
	}
	if err != nil {
		e.Outcome, e.Reason = chart.MinorFailure, detail(err)
	}
	if e2 := a.Audit.Record(context.WithoutCancel(ctx), site, e); err == nil {
		return e2
	}
	return err
}

// Keys returns the signing keys of a site, oldest first, without their private parts.
func (a *Admin) Keys(ctx context.Context, site string) ([]key.Record, error) {
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return key.NewRing(site, a.Master, st, a.now).List(ctx)
}

// CheckKeys makes sure that the signing keys of a site can be opened: it may come from a server with another master key.
func (a *Admin) CheckKeys(ctx context.Context, site string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	_, err = key.NewRing(site, a.Master, st, a.now).Set(ctx)
	return err
}

// RotateKey makes a new signing key; the older ones of the algorithm stay published for [key.Overlap].
func (a *Admin) RotateKey(ctx context.Context, site, alg string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	err = key.NewRing(site, a.Master, st, a.now).Rotate(ctx, alg)
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditClient, Action: "U", Operation: "key rotate"}, err)
}
