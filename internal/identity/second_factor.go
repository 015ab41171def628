package identity

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/role"
	"chartwright/internal/identity/session"
	"chartwright/internal/setting"
)

// recent is how long after signing in nobody is asked for the password again before a second factor is set up.
const recent = 5 * time.Minute

// needsFactor reports whether the password is not enough for a person to sign in: there is a second factor, or there has to be one.
func (t *siteServer) needsFactor(ctx context.Context, a *account.Account) (bool, error) {
	if a.TOTP != nil {
		return true, nil
	}
	return t.requiresFactor(ctx, a)
}

// requiresFactor reports whether the site wants a person to have a second factor. Portal patients have none.
func (t *siteServer) requiresFactor(ctx context.Context, a *account.Account) (bool, error) {
	if a.Kind != account.Staff {
		return false, nil
	}
	v, err := t.settings(ctx)
	if err != nil {
		return false, err
	}
	switch v.SecondFactor {
	case setting.Staff:
		return true, nil
	case setting.Administrators:
		grants, err := t.server.config.Roles.Grants(ctx, t.name)
		return err == nil && grants.Holds(a.Groups, role.Super), err
	}
	return false, nil
}

// lacksFactor reports whether the person who is signed in has to set up a second factor before anything else.
func (f *flow) lacksFactor() (bool, error) {
	if f.account.TOTP != nil {
		return false, nil
	}
	return f.requiresFactor(f.r.Context(), f.account)
}

// secondFactorPage lets staff set up a second factor, get new recovery codes, or turn it off. It belongs to the page of the account;
// whoever lacks a factor that the site requires is sent here on the way to anything else.
func (t *siteServer) secondFactorPage(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	id := r.URL.Query().Get("ticket")
	if id == "" {
		t.errand(w, r, session.ForAccount)
		return
	}
	if f := t.open(w, r, id); f != nil && f.atSecondFactor() {
		f.showSecondFactor(http.StatusOK, Problem{})
	}
}

// atSecondFactor reports whether the page is the next one, or one click from it. If it is not, the browser is sent to the one that is.
func (f *flow) atSecondFactor() bool {
	switch step, err := f.next(); {
	case err == nil && step == stepSecondFactor:
		return true
	case err == nil && step == stepAccount && f.account.Kind == account.Staff:
		return true
	}
	f.proceed()
	return false
}

func (f *flow) showSecondFactor(status int, problem Problem) {
	required, err := f.requiresFactor(f.r.Context(), f.account)
	if err != nil {
		f.fail(err)
		return
	}
	p := &SecondFactorPage{
		Page: f.page(), Form: f.form(stepSecondFactor), Problem: problem, User: f.account.Name(), On: f.account.TOTP != nil, Left: len(f.account.Recovery),
		Required: required, Password: !f.recent(),
	}
	if f.ticket.Purpose == session.ForAccount && (p.On || !required) {
		p.Back = f.path(stepAccount)
	}
	if secret := f.pending(); secret != nil && !p.On {
		p.Secret, p.URI = account.Text(secret), account.URI(secret, totpIssuer(f.name), f.account.Login)
	}
	f.server.config.Screens.SecondFactor(f.w, status, p)
}

// recent reports whether the person has signed in a moment ago.
func (f *flow) recent() bool { return f.server.now().Before(f.session.AuthTime.Add(recent)) }

// pending returns the secret that this person was shown and has not confirmed yet; nil if there is none.
func (f *flow) pending() []byte {
	if f.ticket.Secret == nil {
		return nil
	}
	secret, err := f.server.config.Master.Open(f.name, account.TOTPPurpose, f.account.ID, f.ticket.Secret)
	if err != nil {
		return nil // it was another person's, who signed in over the same ticket
	}
	return secret
}

// changeSecondFactor does one thing that the page offers. What is wrong about a password or a code is told on the page.
func (t *siteServer) changeSecondFactor(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepSecondFactor)
	if f == nil || !f.atSecondFactor() {
		return
	}
	var codes []string
	var err error
	switch form.Get("do") {
	case "begin":
		err = f.beginFactor(form)
	case "cancel":
		err = f.keepPending(nil)
	case "confirm":
		codes, err = f.confirmFactor(form)
	case "renew":
		codes, err = f.renewRecovery(form)
	case "off":
		err = f.dropFactor(form)
	}
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Throttled), fault.Is(err, fault.Conflict):
		f.showSecondFactor(f.statusOf(err), problemOf(err))
	case err != nil:
		f.fail(err)
	case codes != nil:
		// The ticket leads on to whatever the person came for.
		next := f.sitePath() + "resume?" + url.Values{"ticket": {f.id}}.Encode()
		t.server.config.Screens.RecoveryCodes(w, http.StatusOK, &RecoveryCodesPage{Page: f.page(), User: f.account.Name(), Codes: codes, Next: next})
	default:
		http.Redirect(w, r, f.path(stepSecondFactor), http.StatusSeeOther) //nolint:gosec // a page of ours
	}
}

// beginFactor makes a secret, to be shown until it is confirmed.
func (f *flow) beginFactor(form url.Values) error {
	if f.account.TOTP != nil {
		return errHasFactor
	}
	if !f.recent() {
		if err := f.checkOwnPassword(form.Get("password"), "password"); err != nil {
			return f.recordOwn("second factor begin", err)
		}
	}
	return f.keepPending(f.server.config.Master.Seal(f.name, account.TOTPPurpose, f.account.ID, account.NewTOTP()))
}

func (f *flow) keepPending(sealed []byte) error {
	f.ticket.Secret = sealed
	return f.store.PutTicket(f.r.Context(), f.ticket)
}

var (
	errHasFactor = fault.New(fault.Conflict, "identity.factor", "There is a second factor already.")
	errNoFactor  = fault.New(fault.Conflict, "identity.factor", "There is no second factor, or it is not being set up any more.")
)

// confirmFactor takes the first code of the authenticator app: from now on it is the second factor. It returns the recovery codes.
func (f *flow) confirmFactor(form url.Values) ([]string, error) {
	ctx := f.r.Context()
	secret := f.pending()
	if secret == nil {
		return nil, errNoFactor
	}
	codes, hashes := account.NewRecovery(f.account.ID)
	err := f.verifier.VerifyCode(ctx, f.account, secret, form.Get("code"), f.r.RemoteAddr)
	if fault.Is(err, fault.Unauthenticated) {
		err = beside(err, "code")
	}
	if err == nil {
		err = f.store.ChangeAccount(ctx, f.account.ID, func(stored *account.Account) error {
			if stored.TOTP != nil {
				return errHasFactor
			}
			stored.TOTP, stored.Recovery = f.ticket.Secret, hashes
			return nil
		})
	}
	if err := f.recordOwn("second factor on", err); err != nil {
		return nil, err
	}
	if err := f.keepPending(nil); err != nil {
		return nil, err
	}
	return codes, f.othersEnded(form)
}

// renewRecovery replaces the recovery codes, for whoever has a one-time code or one of the old ones.
func (f *flow) renewRecovery(form url.Values) ([]string, error) {
	codes, hashes := account.NewRecovery(f.account.ID)
	err := f.checkOwnCode(form, "renew-code")
	if err == nil {
		err = f.store.ChangeAccount(f.r.Context(), f.account.ID, func(stored *account.Account) error {
			stored.Recovery = hashes
			return nil
		})
	}
	if err := f.recordOwn("recovery codes", err); err != nil {
		return nil, err
	}
	return codes, f.othersEnded(form)
}

// dropFactor turns the second factor off, for whoever knows the password and has a code.
func (f *flow) dropFactor(form url.Values) error {
	ctx := f.r.Context()
	if required, err := f.requiresFactor(ctx, f.account); err != nil || required {
		if err == nil {
			err = fault.New(fault.Conflict, "identity.factor", "This site requires your role to have a second factor.")
		}
		return err
	}
	err := f.checkOwnPassword(form.Get("password"), "off-password")
	if err == nil {
		err = f.checkOwnCode(form, "off-code")
	}
	if err == nil {
		err = f.store.ChangeAccount(ctx, f.account.ID, func(stored *account.Account) error {
			stored.TOTP, stored.Recovery = nil, nil
			return nil
		})
	}
	if err := f.recordOwn("second factor off", err); err != nil {
		return err
	}
	return f.othersEnded(form)
}

// checkOwnPassword checks the password that the person who is signed in has entered in a field, with the limits of signing in. Errors: Unauthenticated, Throttled.
func (f *flow) checkOwnPassword(password, field string) error {
	a, err := f.verifier.Verify(f.r.Context(), account.Credentials{
		Kind: f.account.Kind, Login: f.account.Login, Email: f.account.Email, Password: password, Source: f.r.RemoteAddr,
	})
	if fault.Is(err, fault.Unauthenticated) || err == nil && a.ID != f.account.ID {
		return beside(fault.New(fault.Unauthenticated, "identity.password", "The password is not right."), field)
	}
	return err
}

// checkOwnCode checks a code of the second factor that the person who is signed in has entered in a field. Errors: Unauthenticated, Throttled, Conflict.
func (f *flow) checkOwnCode(form url.Values, field string) error {
	if f.account.TOTP == nil {
		return errNoFactor
	}
	_, err := f.checkFactor(f.r, f.account.ID, form)
	if fault.Is(err, fault.Unauthenticated) {
		return beside(err, field)
	}
	return err
}

// othersEnded ends what may hang on somebody else's knowing how the person signed in until now: the other sessions and, unless the form
// says that apps are to be kept, what every app was given. ASVS 5.0 7.4.3; RFC 9700 §4.14.2.
func (f *flow) othersEnded(form url.Values) error {
	err := f.endSessions("other sessions end", func(s *session.Session) bool { return s.Hash != f.session.Hash })
	if err != nil || form.Get("apps") == "keep" {
		return err
	}
	return f.disconnectAll()
}

// recordOwn keeps an event about what a person changes about the own account, and returns the failure, or that of the record.
func (f *flow) recordOwn(operation string, failure error) error {
	e := about(event(f.r, auditUser, operation), nil, f.account, nil)
	e.Action, e.ID = "U", f.account.ID
	if err := f.record(f.r.Context(), e, failure); err != nil {
		return err
	}
	return failure
}
