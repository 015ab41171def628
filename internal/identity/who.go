package identity

import (
	"context"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
)

// Who names an account: by its id, or by its login. A member of staff and a portal patient may have one login, so a login may need
// the kind beside it.
type Who struct {
	ID    string       // empty = by login
	Login string       // what is typed to sign in
	Kind  account.Kind // empty = whichever kind has the login
}

// Named names the account of either kind that has a login.
func Named(login string) Who { return Who{Login: login} }

// named reports whether w names anybody.
func (w Who) named() bool { return w.ID != "" || w.Login != "" }

// User finds an account.
//
// Errors: NotFound; Conflict for a login that a member of staff and a portal patient have, when the kind is not said.
func (a *Admin) User(ctx context.Context, site string, who Who) (*account.Account, error) {
	const op = "user.find"
	st, err := a.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	if who.ID != "" {
		c, err := st.Account(ctx, who.ID)
		if fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.NotFound, op, "there is no user with the id %s in site %s", who.ID, site)
		}
		return c, err
	}
	kinds := []account.Kind{account.Staff, account.Portal}
	if who.Kind != "" {
		kinds = []account.Kind{who.Kind}
	}
	var found []*account.Account
	for _, kind := range kinds {
		c, err := st.AccountByLogin(ctx, kind, who.Login)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	switch {
	case len(found) > 1:
		return nil, fault.New(fault.Conflict, op, "two users of site %s are called %q: %s of kind %s and %s of kind %s; say which kind is meant", site, who.Login,
			found[0].Name(), found[0].Kind, found[1].Name(), found[1].Kind)
	case len(found) == 1:
		return found[0], nil
	case who.Kind != "":
		return nil, fault.New(fault.NotFound, op, "there is no user %q of kind %s in site %s", who.Login, who.Kind, site)
	}
	return nil, fault.New(fault.NotFound, op, "there is no user %q in site %s", who.Login, site)
}
