package identity

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// maxListed bounds what the page of an account reads: whoever has more than that many grants sees the apps of the newest.
const maxListed = 1000

// accountPage shows people, staff and patients alike, which apps may act for them and where they are signed in. Without a ticket it
// begins one, so that whoever has not signed in does that first.
func (t *siteServer) accountPage(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	id := r.URL.Query().Get("ticket")
	if id == "" {
		t.errand(w, r, session.ForAccount)
		return
	}
	f := t.open(w, r, id)
	if f == nil || !f.at(stepAccount) {
		return
	}
	f.showAccount(http.StatusOK, Problem{}, false)
}

// changeAccount does one thing that the page offers. All it can reach is the person's own: what else a form names is as if it did
// not exist.
func (t *siteServer) changeAccount(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepAccount)
	if f == nil || !f.at(stepAccount) {
		return
	}
	if form.Has("new") {
		f.changeOwnPassword(form)
		return
	}
	var err error
	switch {
	case form.Get("disconnect") != "":
		err = f.disconnect(form.Get("disconnect"))
	case form.Get("end") != "":
		err = f.endSessions("session end", func(s *session.Session) bool { return s.Hash.ID() == form.Get("end") })
	case form.Get("others") == "sessions":
		err = f.othersEnded(url.Values{"apps": {"keep"}})
	case form.Get("others") == "everything":
		err = f.othersEnded(nil)
	}
	if err != nil {
		f.fail(err)
		return
	}
	http.Redirect(w, r, f.path(stepAccount), http.StatusSeeOther) //nolint:gosec // a page of ours
}

// disconnect ends all that an app was given by the person, and forgets what the person has agreed to. The app's next call is refused.
func (f *flow) disconnect(clientID string) error {
	ctx := f.r.Context()
	_, err := f.store.RevokeGrants(ctx, token.Filter{ClientID: clientID, AccountID: f.account.ID})
	if err == nil {
		err = f.store.PutConsent(ctx, f.account.ID, clientID, nil, f.server.now())
	}
	e := about(event(f.r, auditToken, "disconnect"), nil, f.account, nil)
	e.Action = "D"
	if c, err := f.store.Client(ctx, clientID); err == nil {
		e.ClientID = c.ID // a name that no app has is not written down
	}
	if err2 := f.record(ctx, e, err); err == nil {
		err = err2
	}
	return err
}

// disconnectAll is disconnect for every app.
func (f *flow) disconnectAll() error {
	ctx := f.r.Context()
	err := disconnectAll(ctx, f.store, f.account.ID, f.server.now())
	e := about(event(f.r, auditToken, "disconnect all"), nil, f.account, nil)
	e.Action = "D"
	if err2 := f.record(ctx, e, err); err == nil {
		err = err2
	}
	return err
}

// disconnectAll ends all that apps were given by an account, and forgets what the person has agreed to.
func disconnectAll(ctx context.Context, st Store, accountID string, now time.Time) error {
	if _, err := st.RevokeGrants(ctx, token.Filter{AccountID: accountID}); err != nil {
		return err
	}
	remembered, err := st.Consented(ctx, accountID)
	if err != nil {
		return err
	}
	for _, id := range remembered {
		if err := st.PutConsent(ctx, accountID, id, nil, now); err != nil {
			return err
		}
	}
	return nil
}

// endSessions ends those of the person's sessions that match, with the online access of apps that hangs on them.
func (f *flow) endSessions(operation string, match func(*session.Session) bool) error {
	ctx := f.r.Context()
	all, err := f.store.Sessions(ctx, f.account.ID)
	if err != nil {
		return err
	}
	for _, s := range slices.DeleteFunc(all, func(s *session.Session) bool { return !match(s) }) {
		err := f.store.EndSessions(ctx, s.Hash, "")
		if err == nil {
			_, err = f.store.RevokeGrants(ctx, token.Filter{Session: s.Hash.String()})
		}
		if err2 := f.record(ctx, about(event(f.r, auditLogout, operation), nil, f.account, nil), err); err == nil {
			err = err2
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *flow) showAccount(status int, problem Problem, changed bool) {
	ctx, now := f.r.Context(), f.server.now()
	p := &AccountPage{Page: f.page(), Form: f.form(stepAccount), Problem: problem, Changed: changed, User: f.account.Name()}
	var err error
	if p.Apps, err = f.connected(ctx); err != nil {
		f.fail(err)
		return
	}
	all, err := f.store.Sessions(ctx, f.account.ID)
	if err != nil {
		f.fail(err)
		return
	}
	for _, s := range all {
		if s.Live(now) {
			p.Sessions = append(p.Sessions, SessionSummary{
				ID: s.Hash.ID(), Since: moment(s.AuthTime), Seen: moment(s.Seen), Here: s.Hash == f.session.Hash,
			})
		}
	}
	if f.account.Kind == account.Staff {
		p.Factor = &FactorSummary{On: f.account.TOTP != nil, Left: len(f.account.Recovery), URL: f.path(stepSecondFactor)}
	}
	p.Out = f.sitePath() + "logout"
	if ok, err := f.administers(ctx, f.account.Groups); err != nil {
		f.fail(err)
		return
	} else if ok && f.account.Kind == account.Staff {
		p.Admin = f.sitePath() + "admin"
	}
	f.server.config.Screens.Account(f.w, status, p)
}

// connected returns the apps that hold a grant of the person or that a remembered answer lets in, those with the newest grant first.
func (f *flow) connected(ctx context.Context) ([]ConnectedApp, error) {
	grants, err := f.store.Grants(ctx, token.Filter{AccountID: f.account.ID, Limit: maxListed})
	if err != nil {
		return nil, err
	}
	remembered, err := f.store.Consented(ctx, f.account.ID)
	if err != nil {
		return nil, err
	}
	var order []string
	of := map[string][]*token.Grant{}
	for _, g := range grants {
		if !f.server.now().Before(g.Expires) {
			continue
		}
		if of[g.ClientID] == nil {
			order = append(order, g.ClientID)
		}
		of[g.ClientID] = append(of[g.ClientID], g)
	}
	for _, id := range remembered {
		if of[id] == nil {
			order = append(order, id)
		}
	}
	var apps []ConnectedApp
	for _, id := range order {
		a, err := f.connectedApp(ctx, id, of[id])
		if fault.Is(err, fault.NotFound) {
			continue // the app was deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		apps = append(apps, *a)
	}
	return apps, nil
}

// connectedApp says in words what one app may do by its grants, newest first, or by the remembered answer.
func (f *flow) connectedApp(ctx context.Context, clientID string, grants []*token.Grant) (*ConnectedApp, error) {
	c, err := f.store.Client(ctx, clientID)
	if err != nil {
		return nil, err
	}
	a := &ConnectedApp{ID: clientID, Name: c.Name()}
	var words []string
	for _, g := range grants {
		words = append(words, g.Scopes...)
	}
	if len(grants) > 0 {
		a.Since, a.Latest = moment(grants[len(grants)-1].Created), moment(grants[0].Created)
	} else {
		consent, err := f.store.Consent(ctx, f.account.ID, clientID)
		if err != nil {
			return nil, err
		}
		words = consent.Agreed
	}
	slices.Sort(words)
	groups, plain := arrange(slices.Compact(words), nil)
	for _, group := range groups {
		for _, record := range group.Records {
			for _, s := range record.Scopes {
				a.May = append(a.May, s.Text)
			}
		}
	}
	a.May = append(a.May, plain...)
	return a, nil
}

// moment is an instant for people. Pages know no time zone of theirs, so it says which one it means.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
