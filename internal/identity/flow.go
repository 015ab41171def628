package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/permit"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// flow is one request of a browser that belongs to an authorization request under way.
type flow struct {
	*siteServer
	w http.ResponseWriter
	r *http.Request

	id      string // of the ticket, as the pages carry it
	ticket  *session.Ticket
	cookie  string           // secret value of the session cookie
	session *session.Session // nil until somebody has signed in
	account *account.Account // nil until somebody has signed in completely
	request *fositeglue.Authorization
}

// The steps, named after the pages that serve them.
const (
	stepLogin      = "login"
	stepFactor     = "factor"
	stepPatients   = "patient-select"
	stepEncounters = "encounter-select"
	stepConsent    = "consent"
	stepDone       = "done"
)

// errStale tells a browser that its request is over, whatever the reason.
var errStale = oauth.New(oauth.InvalidRequest, "This sign-in has ended. Go back to the app and start again.")

// open reads the ticket and the session of a request and checks that they belong together. It answers the request itself when
// they do not; then it returns nil.
func (t *siteServer) open(w http.ResponseWriter, r *http.Request, ticketID string) *flow {
	f := &flow{siteServer: t, w: w, r: r, id: ticketID}
	if err := f.load(); err != nil {
		f.fail(err)
		return nil
	}
	return f
}

func (f *flow) load() error {
	ctx, now := f.r.Context(), f.server.now()
	ticket, err := f.store.Ticket(ctx, token.HashOf(f.id))
	if fault.Is(err, fault.NotFound) {
		return errStale
	}
	if err != nil {
		return err
	}
	if ticket.Spent || !now.Before(ticket.Expires) {
		return errStale
	}
	f.ticket = ticket
	f.cookie = f.sessionCookie()
	if ticket.Bound() && (f.cookie == "" || token.HashOf(f.cookie) != ticket.Session) {
		return errStale // begun in another browser, or by somebody who has signed out since
	}
	if err := f.loadSession(ctx, now); err != nil {
		return err
	}
	if !ticket.Bound() {
		if f.cookie == "" {
			f.cookie, _ = token.Mint()
			f.setCookie(f.cookie)
		}
		ticket.Session = token.HashOf(f.cookie)
		if err := f.store.PutTicket(ctx, ticket); err != nil {
			return err
		}
	}
	// Everything is checked again: the client may have been disabled while the user was typing.
	f.request, err = f.engine.Authorize(ctx, ticket.Params)
	return err
}

// loadSession reads the session, if somebody has signed in with this browser, and keeps it alive.
func (f *flow) loadSession(ctx context.Context, now time.Time) error {
	s, a, err := f.signedIn(ctx, f.cookie, now)
	f.session, f.account = s, a
	return err
}

// signedIn returns the live session of a cookie, and its account if the sign-in is complete.
func (t *siteServer) signedIn(ctx context.Context, cookie string, now time.Time) (*session.Session, *account.Account, error) {
	if cookie == "" {
		return nil, nil, nil
	}
	s, err := t.store.Session(ctx, token.HashOf(cookie))
	if fault.Is(err, fault.NotFound) || err == nil && !s.Live(now) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if now.Sub(s.Seen) > time.Minute {
		s.Seen = now
		if err := t.store.PutSession(ctx, s); err != nil {
			return nil, nil, err
		}
	}
	if !s.SignedIn(now) {
		return s, nil, nil
	}
	a, err := t.store.Account(ctx, s.AccountID)
	if fault.Is(err, fault.NotFound) || err == nil && !a.Usable() {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return s, a, nil
}

// next says what is still to be done before the app gets its answer.
func (f *flow) next() (string, error) {
	switch {
	case f.session != nil && f.account == nil:
		return stepFactor, nil
	case f.account == nil, f.ticket.Fresh && f.session.AuthTime.Before(f.ticket.Created):
		return stepLogin, nil
	case f.ticket.Account != "" && f.ticket.Account != f.account.ID:
		return "", oauth.New(oauth.AccessDenied, "The app was launched by somebody else than the person who is signed in.")
	}
	if f.account.Kind == account.Staff {
		wanted := f.forActor()
		switch {
		case f.ticket.Context.Patient == "" && (permit.NeedsPatient(wanted) || f.asks("encounter")):
			return stepPatients, nil
		case f.ticket.Context.Encounter == "" && f.asks("encounter") && !f.ticket.NoEncounter:
			return stepEncounters, nil
		}
	}
	if len(f.grantable()) == 0 {
		return "", oauth.New(oauth.AccessDenied, "Nothing that the app asks for can be given by the person who is signed in.")
	}
	if ok, err := f.remembered(); err != nil || !ok {
		return stepConsent, err
	}
	return stepDone, nil
}

// asks reports whether the app asks for a launch context of this type: launch/encounter.
func (f *flow) asks(typ string) bool {
	return slices.ContainsFunc(f.request.Parsed, func(s scope.Scope) bool { return s.Kind == scope.Launch && s.Type == typ })
}

// forActor returns the requested scopes that the person who is signed in can give at all.
func (f *flow) forActor() []scope.Scope {
	var kept []scope.Scope
	for _, s := range f.request.Parsed {
		if permit.For(f.account.Kind.Actor(), s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// grantable returns the requested scopes that a grant of this person in this context can carry.
func (f *flow) grantable() []string {
	return fositeglue.Usable(f.grant(), f.request.Scopes, f.request.Parsed, f.request.Parsed)
}

// grant returns the grant that a yes would make, without scopes.
func (f *flow) grant() *token.Grant {
	g := f.newGrant(f.account)
	if f.account.Kind == account.Staff {
		g.Context = f.ticket.Context
	}
	g.AuthTime = f.session.AuthTime
	return g
}

// remembered reports whether no question is needed: everything asked for was agreed to before, for this app, by this person.
func (f *flow) remembered() (bool, error) {
	p := f.ticket.Params
	if strings.Contains(p.Get("prompt"), "consent") {
		return false, nil
	}
	if f.ticket.Context.EHR && f.request.Client.SkipEHRLaunch {
		return true, nil
	}
	if !f.request.Client.MayRemember(f.request.RedirectURI) {
		return false, nil
	}
	agreed, err := f.store.Consent(f.r.Context(), f.account.ID, f.request.Client.ID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, s := range f.grantable() {
		if !slices.Contains(agreed, s) {
			return false, nil
		}
	}
	return true, nil
}

// proceed sends the browser to the next step, or back to the app when there is none.
func (f *flow) proceed() {
	step, err := f.next()
	switch {
	case err != nil:
		f.refuse(err)
	case step == stepDone:
		f.finish(f.grantable())
	default:
		http.Redirect(f.w, f.r, f.path(step), http.StatusSeeOther) //nolint:gosec // one of our own pages: the path is the issuer's
	}
}

// at reports whether step is the next one. If it is not, the browser is sent to the one that is.
func (f *flow) at(step string) bool {
	next, err := f.next()
	if err == nil && next == step {
		return true
	}
	f.proceed()
	return false
}

// path returns the path of a step for this ticket.
func (f *flow) path(step string) string {
	return f.sitePath() + step + "?" + url.Values{"ticket": {f.id}}.Encode()
}

// sitePath returns the path under which the pages of the site lie, whatever stands in front of the program.
func (t *siteServer) sitePath() string {
	u, _ := url.Parse(t.issuer)
	return u.Path + "/"
}

// finish makes the grant with these scopes and sends the browser back to the app.
func (f *flow) finish(scopes []string) {
	ctx := f.r.Context()
	g := f.grant()
	if slices.Contains(scopes, "online_access") && !slices.Contains(scopes, "offline_access") {
		g.Session = f.session.Hash.String()
	}
	// The ticket goes first: of two tabs, one makes a code.
	if err := f.store.SpendTicket(ctx, f.ticket.Hash); err != nil {
		if fault.Is(err, fault.Conflict) {
			err = errStale
		}
		f.fail(err)
		return
	}
	location, err := f.request.Grant(ctx, g, scopes)
	e := about(event(f.r, auditConsent, "authorize"), f.request.Client, f.account, g)
	if err2 := f.record(ctx, e, err); err == nil {
		err = err2
	}
	if err != nil {
		f.fail(err)
		return
	}
	f.leave(location)
}

// refuse ends the request with an error for the app.
func (f *flow) refuse(err error) {
	ctx := f.r.Context()
	location := f.request.Refuse(err)
	if location == "" {
		f.fail(err)
		return
	}
	if spent := f.store.SpendTicket(ctx, f.ticket.Hash); spent != nil {
		if fault.Is(spent, fault.Conflict) {
			spent = errStale
		}
		f.fail(spent)
		return
	}
	e := about(event(f.r, auditConsent, "authorize"), f.request.Client, f.account, nil)
	if err := f.record(ctx, e, err); err != nil {
		f.fail(err)
		return
	}
	f.leave(location)
}

// leave sends the browser to the app. 303, so that a password that was just posted goes nowhere else: RFC 9700 §4.12.
func (f *flow) leave(location string) {
	h := f.w.Header()
	oauth.NoStore(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", location)
	f.w.WriteHeader(http.StatusSeeOther)
}

// fail tells the user, or the app if the error has a place there.
func (f *flow) fail(err error) { f.siteServer.tell(f.w, f.r, err) }

// tell answers a browser with an error: at the app where that is sure to be the app, on a page otherwise.
func (t *siteServer) tell(w http.ResponseWriter, r *http.Request, err error) {
	var placed *fositeglue.RequestError
	if errors.As(err, &placed) && placed.Location != "" {
		h := w.Header()
		oauth.NoStore(h)
		h.Set("Location", placed.Location)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	e := oauth.From(err)
	status := e.HTTPStatus()
	if status == http.StatusUnauthorized {
		status = http.StatusBadRequest // a page has no challenge to answer
	}
	if status >= http.StatusInternalServerError {
		t.server.log.Error("oauth2 page", "path", r.URL.Path, "error", err)
	}
	title := "This did not work"
	if errors.Is(err, errStale) {
		title = "This sign-in has ended"
	}
	t.server.config.Screens.Message(w, status, &MessagePage{Page: t.page(nil), Title: title, Text: e.Description, Code: string(e.Code)})
}

// page returns what every page knows.
func (t *siteServer) page(request *fositeglue.Authorization) Page {
	p := Page{Site: t.name, Assets: t.sitePath() + "assets/"}
	if request != nil {
		p.App = request.Client.Name()
		p.Target = target(request.RedirectURI)
	}
	return p
}

func (f *flow) page() Page { return f.siteServer.page(f.request) }

// form returns what every form carries.
func (f *flow) form(step string) Form {
	return Form{Action: f.sitePath() + step, Ticket: f.id, CSRF: session.CSRF(f.cookie, step+f.id)}
}

// target returns a redirect URI as a source of a content security policy: its origin, or its scheme if it has no host.
func target(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return ""
	}
	if u.Scheme == "https" || u.Scheme == "http" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}

// sessionCookie returns the value of the session cookie. Two cookies of one name are a sign of tampering and count as none.
func (f *flow) sessionCookie() string { return f.siteServer.readCookie(f.r) }

func (t *siteServer) readCookie(r *http.Request) string {
	c := r.CookiesNamed(t.server.cookie + t.name)
	if len(c) != 1 || len(c[0].Value) != 43 {
		return ""
	}
	return c[0].Value
}

func (f *flow) setCookie(value string) { f.siteServer.writeCookie(f.w, value, 0) }

func (t *siteServer) writeCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure as far as the base URL is https
		Name: t.server.cookie + t.name, Value: value, Path: "/", HttpOnly: true, Secure: t.server.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: maxAge,
	})
}

// post opens the flow of a form that was posted, after checking that it comes from one of our own pages in the same browser.
func (t *siteServer) post(w http.ResponseWriter, r *http.Request, step string) (*flow, url.Values) {
	form, err := oauth.PostForm(r, "scope")
	if err != nil {
		t.tell(w, r, err)
		return nil, nil
	}
	if !t.sameOrigin(r) || !session.CheckCSRF(t.readCookie(r), step+form.Get("ticket"), form.Get("csrf")) {
		t.tell(w, r, &oauth.Error{Code: oauth.AccessDenied, Description: "This form did not come from here. Go back to the app and start again."})
		return nil, nil
	}
	return t.open(w, r, form.Get("ticket")), form
}

// sameOrigin reports whether a browser says that our own page sent a form. Old browsers say nothing; the CSRF token is for them.
func (t *siteServer) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "null" || strings.HasPrefix(t.issuer, origin+"/")
}
