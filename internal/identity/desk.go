package identity

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/role"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// desk is one request of an administrator, who is signed in and holds the right to administer the site. The pages below admin/ need no
// ticket: what they show is in their address, and a form of theirs is bound to the browser and the person.
type desk struct {
	*siteServer
	w http.ResponseWriter
	r *http.Request

	account *account.Account
	browser string // secret value of the cookie that stays with the browser
	admin   *Admin // in the administrator's name
}

// administered opens the desk for a page. Whoever has not signed in does that first, and comes back.
func administered(serve func(*desk)) endpoint {
	return func(t *siteServer, w http.ResponseWriter, r *http.Request) {
		oauth.NoStore(w.Header())
		d := &desk{siteServer: t, w: w, r: r}
		ready, err := d.open()
		switch {
		case err != nil:
			t.tell(w, r, err)
		case ready:
			serve(d)
		case r.Method == http.MethodGet:
			t.signInFor(w, r)
		default:
			t.tell(w, r, errStale)
		}
	}
}

// adminHome sends to the first of the pages.
func (t *siteServer) adminHome(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, t.sitePath()+"admin/apps", http.StatusSeeOther) //nolint:gosec // a page of ours
}

// open reports whether the person who is signed in may administer the site; false if somebody has to sign in first.
func (d *desk) open() (bool, error) {
	ctx := d.r.Context()
	_, a, err := d.signedIn(ctx, d.readCookie(d.r, sessionCookie), d.server.now())
	if err != nil || a == nil {
		return false, err
	}
	if a.Kind != account.Staff {
		return false, errForStaff
	}
	if ok, err := d.administers(ctx, a.Groups); err != nil {
		return false, err
	} else if !ok {
		if err := d.record(ctx, about(event(d.r, auditUser, "administration"), nil, a, nil), errNotAdministrator); err != nil {
			return false, err
		}
		return false, errNotAdministrator
	}
	if required, err := d.requiresFactor(ctx, a); err != nil || required && a.TOTP == nil {
		return false, err // signing in leads to setting it up
	}
	d.account = a
	if d.browser = d.readCookie(d.r, browserCookie); d.browser == "" {
		d.browser, _ = token.Mint()
		d.writeCookie(d.w, browserCookie, d.browser, 0)
	}
	d.admin = d.administration()
	d.admin.By = a.Login
	d.admin.Stamp = func(e *chart.AuditEvent) {
		from := event(d.r, e.Kind, e.Operation)
		about(from, nil, a, nil)
		e.UserID, e.Role, e.Address, e.RequestID = a.ID, from.Role, from.Address, from.RequestID
	}
	return true, nil
}

// administration are the services of administration over the server's own stores.
func (t *siteServer) administration() *Admin {
	c := &t.server.config
	return &Admin{Open: c.Open, Master: c.Master, Audit: c.Audit, Passwords: c.Passwords, Now: t.server.now, API: "admin"}
}

// errNotAdministrator refuses the pages of administration.
var errNotAdministrator = &oauth.Error{
	Code: oauth.AccessDenied, Description: "Your role does not include administering the site. Sign out first to sign in as somebody else.",
}

// administers reports whether somebody in these groups may administer the site.
func (t *siteServer) administers(ctx context.Context, groups []string) (bool, error) {
	grants, err := t.server.config.Roles.Grants(ctx, t.name)
	return err == nil && grants.Holds(groups, role.Super), err
}

// mayAdminister checks the right of the person who is signed in. A refusal is recorded once a request.
func (f *flow) mayAdminister() error {
	ok, err := f.administers(f.r.Context(), f.account.Groups)
	if err != nil || ok {
		return err
	}
	return f.refuseOnce("administration", errNotAdministrator)
}

// signInFor begins the errand of somebody who opens a page of administration and has not signed in.
func (t *siteServer) signInFor(w http.ResponseWriter, r *http.Request) {
	_, to, _ := strings.Cut(r.URL.Path, "/oauth2/"+t.name+"/admin/")
	if q := r.URL.RawQuery; q != "" && len(q) < maxParam {
		to += "?" + q
	}
	t.begun(w, r, session.ForAdmin, url.Values{"to": {to}})
}

// toAdministration sends whoever has signed in to the page that was wanted.
func (f *flow) toAdministration() {
	if err := f.store.SpendTicket(f.r.Context(), f.ticket.Hash); err != nil && !fault.Is(err, fault.Conflict) {
		f.fail(err)
		return
	}
	// The address is ours up to the last slash, so that nothing in the rest leads elsewhere.
	http.Redirect(f.w, f.r, f.sitePath()+"admin/"+strings.TrimLeft(f.ticket.Params.Get("to"), "/"), http.StatusSeeOther) //nolint:gosec // a page of ours
}

// sections are the pages that the navigation of every page of administration leads to.
var sections = []struct{ path, title string }{
	{"apps", "Apps"}, {"people", "People"}, {"roles", "Roles"}, {"token", "Tokens"}, {"tokens", "Registration"}, {"settings", "Settings"},
}

// show renders one page of a section. Path is where its forms are posted to.
func (d *desk) show(status int, section, template, path string, problem Problem, view any) {
	p := &AdminPage{
		Page: d.page(nil), Template: template, Problem: problem, User: d.account.Name(), View: view,
		Form: Form{Action: d.sitePath() + "admin/" + path, CSRF: session.CSRF(d.browser, d.purpose())},
		Home: d.sitePath() + "account",
	}
	p.Wide = true
	if settings, err := d.settings(d.r.Context()); err == nil {
		p.Stopped = settings.Stopped()
	}
	p.Settings = d.sitePath() + "admin/settings"
	for _, s := range sections {
		p.Sections = append(p.Sections, SectionLink{Title: s.title, URL: d.sitePath() + "admin/" + s.path, Here: s.path == section})
	}
	d.server.config.Screens.Admin(d.w, status, p)
}

func (d *desk) purpose() string { return "admin\x00" + d.account.ID }

// fail tells the administrator. What is not there is 404 here: whoever may administer the site may know what it has.
func (d *desk) fail(err error) {
	if fault.Is(err, fault.NotFound) {
		err = &oauth.Error{Code: oauth.InvalidRequest, Description: detail(err), Status: http.StatusNotFound, Err: err}
	}
	d.tell(d.w, d.r, err)
}

// posted returns the form of a request that comes from one of the pages in the same browser; nil after it has answered the request.
// List names the fields that may appear more than once.
func (d *desk) posted(list ...string) url.Values {
	form, err := oauth.PostForm(d.r, list...)
	if err != nil {
		d.fail(err)
		return nil
	}
	if !d.sameOrigin(d.r) || !session.CheckCSRF(d.browser, d.purpose(), form.Get("csrf")) {
		d.fail(&oauth.Error{Code: oauth.AccessDenied, Description: "This form did not come from here. Open the page again."})
		return nil
	}
	return form
}

// done answers a form: it sends the browser back to a page, or lets again show what was wrong.
func (d *desk) done(err error, path string, query url.Values, again func(status int, problem Problem)) {
	switch {
	case err == nil:
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		http.Redirect(d.w, d.r, d.sitePath()+"admin/"+path, http.StatusSeeOther)
	case slices.Contains([]fault.Kind{fault.Invalid, fault.Conflict, fault.NotFound}, fault.KindOf(err)):
		again(fault.KindOf(err).Status(), problemOf(err))
	default:
		d.fail(err)
	}
}

// list returns what the page of a list has: its search and the ways to other pages. Query is kept in them.
func (d *desk) list(path, next string, query url.Values) Picker {
	l := looked(d.r)
	p := Picker{Form: Form{Action: d.sitePath() + "admin/" + path}, Search: l.search}
	link := func(after string) string {
		q := url.Values{}
		maps.Copy(q, query)
		if l.search != "" {
			q.Set("search", l.search)
		}
		if after != "" {
			q.Set("after", after)
		}
		return p.Action + "?" + q.Encode()
	}
	if next != "" {
		p.NextURL = link(next)
	}
	if l.after != "" {
		p.FirstURL = link("")
	}
	return p
}

// errOwn keeps administrators from locking themselves out.
var errOwn = fault.New(fault.Conflict, "identity.admin", "This would take the administration from yourself; another administrator can do it.")
