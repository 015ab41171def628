package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// flow is one request of a browser that belongs to a ticket: an authorization request under way, or an errand of staff.
type flow struct {
	*siteServer
	w http.ResponseWriter
	r *http.Request

	id      string // of the ticket, as the pages carry it
	ticket  *session.Ticket
	browser string                    // secret value of the cookie that stays with the browser
	session *session.Session          // nil until somebody has signed in
	account *account.Account          // nil until somebody has signed in completely
	request *fositeglue.Authorization // nil where no app asks for anything
	given   []string                  // what the person agreed to before, as far as it is asked for; set by next
	held    bool                      // the ticket is not stored yet: the request may be answered without it
	refused bool                      // a refusal of this request was recorded
}

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
	ctx := f.r.Context()
	ticket, err := f.store.Ticket(ctx, token.HashOf(f.id))
	if fault.Is(err, fault.NotFound) {
		return errStale
	}
	if err != nil {
		return err
	}
	if ticket.Spent || !f.server.now().Before(ticket.Expires) {
		return errStale
	}
	f.ticket = ticket
	if err := f.enter(); err != nil || ticket.Purpose != session.Authorize {
		return err
	}
	// Everything is checked again: the client may have been disabled while the user was typing.
	f.request, err = f.engine.Authorize(ctx, ticket.Params)
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
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if usable, err := t.usable(ctx, a); err != nil || !usable {
		return nil, nil, err
	}
	return s, a, nil
}

// proceed sends the browser to the next step, or back to the app when there is none.
func (f *flow) proceed() {
	step, err := f.next()
	switch {
	case err != nil:
		f.refuse(err)
	case step == stepDone:
		f.agreed()
	case step == stepAdmin:
		f.toAdministration()
	default:
		if err := f.release(); err != nil {
			f.fail(err)
			return
		}
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
	if err := f.spend(); err != nil { // before there is a code
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

// refuse ends the request with an error for the app, if an app asks.
func (f *flow) refuse(err error) {
	ctx := f.r.Context()
	if f.request == nil {
		f.fail(err)
		return
	}
	location := f.request.Refuse(err)
	if location == "" {
		f.fail(err)
		return
	}
	if err := f.spend(); err != nil {
		f.fail(err)
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
	if status >= http.StatusInternalServerError && !fault.Wanted(err) {
		t.server.log.Error("oauth2 page", "path", r.URL.Path, "error", err)
	}
	title := "This did not work"
	if errors.Is(err, errStale) {
		title = "This sign-in has ended"
	}
	t.server.config.Screens.Message(w, status, &MessagePage{Page: t.page(nil), Title: title, Text: e.Description, Code: string(e.Code)})
}

// statusOf returns the status of a page that comes again because of err, which is about what was entered. It tells scripts when to
// try again; people read it.
func (f *flow) statusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Throttled:
		f.w.Header().Set("Retry-After", strconv.Itoa(oauth.From(err).RetryAfter))
		return http.StatusTooManyRequests
	case fault.Conflict:
		return http.StatusConflict
	}
	return http.StatusBadRequest
}

// page returns what every page knows.
func (t *siteServer) page(request *fositeglue.Authorization) Page {
	p := Page{Site: t.name, Assets: t.sitePath() + "assets/"}
	if request != nil {
		p.App = request.Client.Name()
		p.Targets = []string{target(request.RedirectURI)}
	}
	return p
}

func (f *flow) page() Page { return f.siteServer.page(f.request) }

// form returns what every form carries.
func (f *flow) form(step string) Form {
	return Form{Action: f.sitePath() + step, Ticket: f.id, CSRF: session.CSRF(f.browser, f.purpose(step))}
}

// client returns the app that asks; nil where none does.
func (f *flow) client() *client.Client {
	if f.request == nil {
		return nil
	}
	return f.request.Client
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
