package identity

import (
	"net/http"
	"net/url"
	"strings"

	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
)

// A browser carries two cookies of a site. The session's is a new one each time that somebody signs in, so that nobody can have
// planted it. The browser's stays: it ties tickets and forms to the browser, so that a sign-in in one tab does not cut off what is
// under way in another.
const (
	sessionCookie = "-"
	browserCookie = "_browser-" // no site has an underscore in its name
)

// readCookie returns the value of a cookie. Two cookies of one name are a sign of tampering and count as none.
func (t *siteServer) readCookie(r *http.Request, which string) string {
	c := r.CookiesNamed(t.server.cookie + which + t.name)
	if len(c) != 1 || len(c[0].Value) != 43 {
		return ""
	}
	return c[0].Value
}

func (t *siteServer) writeCookie(w http.ResponseWriter, which, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure as far as the base URL is https
		Name: t.server.cookie + which + t.name, Value: value, Path: "/", HttpOnly: true, Secure: t.server.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: maxAge,
	})
}

// purpose is what a form's CSRF token is for: a step of a ticket and, once somebody has signed in, of that person. A form that was
// shown to somebody else than the person who is signed in by now is not taken for that person's answer.
func (f *flow) purpose(step string) string {
	p := step + "\x00" + f.id
	if f.account != nil && step != stepLogin {
		p += "\x00" + f.account.ID
	}
	return p
}

// post opens the flow of a form that was posted, after checking that it comes from one of our own pages in the same browser.
func (t *siteServer) post(w http.ResponseWriter, r *http.Request, step string) (*flow, url.Values) {
	form, err := oauth.PostForm(r, "scope", "only")
	if err != nil {
		t.tell(w, r, err)
		return nil, nil
	}
	foreign := &oauth.Error{Code: oauth.AccessDenied, Description: "This form did not come from here. Go back to the app and start again."}
	if !t.sameOrigin(r) || t.readCookie(r, browserCookie) == "" {
		t.tell(w, r, foreign)
		return nil, nil
	}
	f := t.open(w, r, form.Get("ticket"))
	if f == nil {
		return nil, nil
	}
	if !session.CheckCSRF(f.browser, f.purpose(step), form.Get("csrf")) {
		t.tell(w, r, foreign)
		return nil, nil
	}
	return f, form
}

// sameOrigin reports whether a browser says that our own page sent a form. Old browsers say nothing; the CSRF token is for them.
func (t *siteServer) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "null" || strings.HasPrefix(t.issuer, origin+"/")
}

// is reports whether credentials name this account, without saying whether the password is right.
func is(a *account.Account, c account.Credentials) bool {
	return a != nil && a.Kind == c.Kind && a.Login == c.Login
}
