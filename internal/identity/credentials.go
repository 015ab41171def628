package identity

import (
	"context"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
)

// credentials are what a member of staff makes or resets for one patient.
type credentials struct {
	patient *PatientSummary
	account *account.Account // whose password is made anew; nil = an account is to be made
	login   string
	email   string
}

// checkCredentials returns the error for which c cannot be made or reset now.
//
// Errors: Forbidden when the patient or an administrator has ruled it out; Conflict when there is an account that a new one would
// stand beside or take the name of; Invalid for what was entered.
func (t *siteServer) checkCredentials(ctx context.Context, c credentials, existing []*account.Account) error {
	const op = "credentials.check"
	if allowed, err := t.portalOpen(ctx, c.patient.ID, existing); err != nil || !allowed {
		if err == nil {
			err = fault.New(fault.Forbidden, op, "The patient has opted out of access by apps, or has no portal access.")
		}
		return err
	}
	if err := checkEmail(c.email); err != nil {
		if c.account != nil {
			return beside(err, "email-"+c.account.ID)
		}
		return beside(err, "email")
	}
	if c.account != nil {
		if !c.account.Enabled {
			return fault.New(fault.Forbidden, op, "An administrator has disabled this account.")
		}
		return nil
	}
	if len(existing) > 0 {
		return fault.New(fault.Conflict, op, "The patient has credentials already: %s. Reset those.", existing[0].Login)
	}
	if err := checkLogin(c.login); err != nil {
		return beside(err, "username")
	}
	_, err := t.store.AccountByLogin(ctx, account.Portal, c.login)
	switch {
	case err == nil:
		return beside(fault.New(fault.Conflict, op, "The user name %s is taken by another patient.", c.login), "username")
	case fault.Is(err, fault.NotFound):
		return nil
	}
	return err
}

// portalOpen reports whether the patient wants credentials to be good at all: neither the record nor an account says otherwise.
func (t *siteServer) portalOpen(ctx context.Context, patientID string, existing []*account.Account) (bool, error) {
	for _, a := range existing {
		if a.OptedOut {
			return false, nil
		}
	}
	return t.server.config.Wishes.AppsAllowed(ctx, t.name, patientID)
}

// giveCredentials makes the account, or a new password for it, and returns both. A reset ends the account's sessions and grants: what
// the old password gave is over.
func (t *siteServer) giveCredentials(ctx context.Context, c credentials) (*account.Account, string, error) {
	password := madeUp()
	hash, err := t.server.config.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, "", err
	}
	if c.account == nil {
		a, err := newAccount(NewUser{
			Kind: account.Portal, Login: c.login, Email: c.email, Given: c.patient.Given, Family: c.patient.Family, PatientID: c.patient.ID,
		}, t.server.now())
		if err != nil {
			return nil, "", err
		}
		a.PasswordHash = hash
		return a, password, t.store.AddAccount(ctx, a)
	}
	err = changeAccount(ctx, t.store, c.account.ID, t.server.now(), func(stored *account.Account) {
		stored.PasswordHash, stored.Email, stored.Changed = hash, c.email, t.server.now()
	})
	return c.account, password, err
}
