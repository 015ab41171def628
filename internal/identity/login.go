package identity

import (
	"errors"
	"net/http"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// loginPage shows the form to sign in.
func (t *siteServer) loginPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepLogin) {
		return
	}
	f.showLogin(http.StatusOK, &LoginPage{Kind: string(account.Staff), Login: f.ticket.Params.Get("login_hint")})
}

func (f *flow) showLogin(status int, p *LoginPage) {
	v, err := f.settings(f.r.Context())
	if err != nil {
		f.fail(err)
		return
	}
	p.Page, p.Form, p.PortalLogin = f.page(), f.form(stepLogin), f.forPatients() && (v.APIPortal || v.APIFHIR)
	f.server.config.Screens.Login(f.w, status, p)
}

// login checks what was entered. Signing in gives the browser a new session cookie, so that nobody can have planted it. Where
// somebody has signed in meanwhile in another tab, the same person goes on with that session and another one replaces it.
func (t *siteServer) login(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepLogin)
	if f == nil {
		return
	}
	ctx := r.Context()
	c := account.Credentials{
		Kind: account.Kind(form.Get("user_role")), Login: form.Get("username"), Password: form.Get("password"), Email: form.Get("email"),
		Source: r.RemoteAddr,
	}
	if c.Kind != account.Portal {
		c.Kind = account.Staff
	}
	if step, err := f.next(); is(f.account, c) && (err != nil || step != stepLogin) {
		f.proceed()
		return
	}
	a, err := t.verifier.Verify(ctx, c)
	e := event(r, auditLogin, "page")
	if err == nil && a.Emergency() {
		e.Operation = "emergency login"
		e.Reason, err = emergencyReason(form.Get("reason"))
	}
	if err2 := t.record(ctx, about(e, f.client(), a, nil), err); err2 != nil {
		f.fail(err2)
		return
	}
	switch {
	case errors.Is(err, errNoReason):
		f.showLogin(http.StatusBadRequest, &LoginPage{
			Problem: Problem{Error: detail(err), Fields: []string{"reason"}}, Kind: string(c.Kind), Login: c.Login, Emergency: true, Reason: form.Get("reason"),
		})
		return
	case fault.Is(err, fault.Unauthenticated), fault.Is(err, fault.Throttled):
		// What was typed as a name comes back; a password never does.
		problem := problemOf(err)
		if fault.Is(err, fault.Unauthenticated) {
			// Which of them is wrong is not said.
			problem.Fields = []string{"username", "password"}
			if c.Kind == account.Portal {
				problem.Fields = append(problem.Fields, "email")
			}
		}
		f.showLogin(f.statusOf(err), &LoginPage{
			Problem: problem, Kind: string(c.Kind), Login: c.Login, Email: c.Email, Emergency: form.Has("reason"), Reason: form.Get("reason"),
		})
		return
	case err != nil:
		f.fail(err)
		return
	}
	if err := f.signIn(a); err != nil {
		f.fail(err)
		return
	}
	f.proceed()
}

// signIn begins a new session for a, complete unless a second factor is still to come.
func (f *flow) signIn(a *account.Account) error {
	ctx, now := f.r.Context(), f.server.now()
	cookie, hash := token.Mint()
	s := &session.Session{
		Hash: hash, AccountID: a.ID, AuthTime: now, Seen: now, Expires: now.Add(session.Absolute), Factor: a.TOTP == nil,
	}
	if err := f.boundEmergency(a, s); err != nil {
		return err
	}
	if err := f.store.PutSession(ctx, s); err != nil {
		return err
	}
	if f.session != nil {
		if err := f.store.EndSessions(ctx, f.session.Hash, ""); err != nil {
			return err
		}
	}
	f.session, f.account = s, nil
	if s.Factor {
		f.account = a
	}
	f.writeCookie(f.w, sessionCookie, cookie, 0)
	return nil
}

// detail returns the sentence of an error that is meant for the user.
func detail(err error) string {
	if f, ok := asFault(err); ok {
		return f.Detail
	}
	return ""
}
