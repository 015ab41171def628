package identity

import (
	"net/http"
	"net/url"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
)

// changeOwnPassword gives the person who is signed in the password that was entered, for the old one. The other sessions end, and
// what apps were given, unless the person keeps it: whoever had the old password may have connected one.
func (f *flow) changeOwnPassword(form url.Values) {
	err := f.tryOwnPassword(form.Get("password"), form.Get("new"), form.Get("again"))
	err = f.recordOwn("own password", err)
	if err == nil {
		err = f.othersEnded(form)
	}
	switch {
	case err == nil:
		f.showAccount(http.StatusOK, Problem{}, true)
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Throttled), fault.Is(err, fault.Invalid):
		f.showAccount(f.statusOf(err), problemOf(err), false)
	default:
		f.fail(err)
	}
}

func (f *flow) tryOwnPassword(old, chosen, again string) error {
	ctx := f.r.Context()
	if chosen != again {
		return beside(fault.New(fault.Invalid, "identity.password", "The new password was not entered twice alike."), "again")
	}
	if err := account.CheckPassword(f.account.Login, chosen); err != nil {
		return beside(err, "new")
	}
	if err := f.checkOwnPassword(old, "password"); err != nil {
		return err
	}
	hash, err := f.server.config.Passwords.Hash(ctx, chosen)
	if err != nil {
		return err
	}
	return f.store.ChangeAccount(ctx, f.account.ID, func(stored *account.Account) error {
		stored.PasswordHash, stored.Changed = hash, f.server.now()
		return nil
	})
}
