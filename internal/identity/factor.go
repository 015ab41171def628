package identity

import (
	"net/http"
	"net/url"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

// factorPage asks for the second factor.
func (t *siteServer) factorPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepFactor) {
		return
	}
	f.showFactor(http.StatusOK, Problem{})
}

func (f *flow) showFactor(status int, problem Problem) {
	a, err := f.store.Account(f.r.Context(), f.session.AccountID)
	if err != nil {
		f.fail(err)
		return
	}
	f.server.config.Screens.Factor(f.w, status, &FactorPage{Page: f.page(), Form: f.form(stepFactor), Problem: problem, Name: a.Name()})
}

// factor checks a one-time code. The session becomes complete under a new cookie.
func (t *siteServer) factor(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepFactor)
	if f == nil || !f.at(stepFactor) {
		return
	}
	ctx := r.Context()
	operation := "second factor"
	if form.Get("recovery") != "" {
		operation = "recovery code"
	}
	a, err := t.checkFactor(r, f.session.AccountID, form)
	if err2 := t.record(ctx, about(event(r, auditLogin, operation), f.client(), a, nil), err); err2 != nil {
		f.fail(err2)
		return
	}
	switch {
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Throttled):
		problem := problemOf(err)
		switch {
		case fault.Is(err, fault.Throttled): // which is about all that was tried
		case form.Get("recovery") != "":
			problem.Fields = []string{"recovery"}
		default:
			problem.Fields = []string{"code"}
		}
		f.showFactor(f.statusOf(err), problem)
		return
	case err != nil:
		f.fail(err)
		return
	}
	if err := f.complete(a); err != nil {
		f.fail(err)
		return
	}
	f.proceed()
}

// checkFactor checks the one-time code of an account, or the recovery code where one was entered. Errors: Unauthenticated, Throttled.
func (t *siteServer) checkFactor(r *http.Request, accountID string, form url.Values) (*account.Account, error) {
	ctx := r.Context()
	a, err := t.store.Account(ctx, accountID)
	if err != nil {
		return nil, err
	}
	if code := form.Get("recovery"); code != "" {
		return a, t.verifier.VerifyRecovery(ctx, a, code, r.RemoteAddr)
	}
	secret, err := t.server.config.Master.Open(t.name, account.TOTPPurpose, a.ID, a.TOTP)
	if err != nil {
		return a, err
	}
	return a, t.verifier.VerifyCode(ctx, a, secret, form.Get("code"), r.RemoteAddr)
}

func (f *flow) complete(a *account.Account) error {
	ctx := f.r.Context()
	s := *f.session
	cookie, hash := token.Mint()
	s.Hash, s.Factor = hash, true
	if err := f.store.PutSession(ctx, &s); err != nil {
		return err
	}
	if err := f.store.EndSessions(ctx, f.session.Hash, ""); err != nil {
		return err
	}
	f.session, f.account = &s, a
	f.writeCookie(f.w, sessionCookie, cookie, 0)
	return nil
}
