package identity

import (
	"net/http"
	"net/url"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// logoutRequest is a checked request to end a session.
type logoutRequest struct {
	client  *client.Client // from a verified hint; nil = no hint
	account string         // of the hint
	uri     string         // registered address to go to afterwards; empty = none
	state   string
}

// logout serves RP-initiated logout. With an ID token of ours as a hint, for the person who is signed in here or for nobody, it
// signs out and ends what the app was given. Without one it asks the person first, since anybody can make a browser come here.
// The browser is sent on only to an address that the hint's client registered.
// https://openid.net/specs/openid-connect-rpinitiated-1_0.html
func (t *siteServer) logout(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	params, err := authorizeParams(r)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	cookie := t.readCookie(r, sessionCookie)
	s, a, err := t.signedIn(ctx, cookie, t.server.now())
	if err != nil {
		t.tell(w, r, err)
		return
	}
	if r.Method == http.MethodPost && params.Has("csrf") {
		if !t.sameOrigin(r) || !session.CheckCSRF(cookie, "logout", params.Get("csrf")) {
			t.tell(w, r, &oauth.Error{Code: oauth.AccessDenied, Description: "This form did not come from here."})
			return
		}
		t.signOut(w, r, a, s, &logoutRequest{})
		return
	}
	l, err := t.checkLogout(r, params)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	if l.client == nil || a != nil && a.ID != l.account {
		if a == nil {
			t.signedOut(w)
			return
		}
		t.server.config.Screens.Logout(w, http.StatusOK, &LogoutPage{
			Page: t.page(nil), Form: Form{Action: t.sitePath() + "logout", CSRF: session.CSRF(cookie, "logout")}, User: a.Name(),
		})
		return
	}
	t.signOut(w, r, a, s, l)
}

func (t *siteServer) checkLogout(r *http.Request, params url.Values) (*logoutRequest, error) {
	l := &logoutRequest{state: params.Get("state")}
	hint := params.Get("id_token_hint")
	if hint == "" {
		return l, nil
	}
	// An expired hint is good: the person may have been away. Only the signature says that it is ours.
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
	}
	if err := t.keys.Verify(r.Context(), hint, &claims); err != nil || claims.Issuer != t.issuer {
		return nil, oauth.Wrap(oauth.InvalidRequest, "The id_token_hint was not issued by this server.", err)
	}
	if id := params.Get("client_id"); id != "" && id != claims.Audience {
		return nil, oauth.New(oauth.InvalidRequest, "The client_id is not that of the id_token_hint.")
	}
	c, err := t.store.Client(r.Context(), claims.Audience)
	if fault.Is(err, fault.NotFound) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	l.client, l.account = c, claims.Subject
	if uri := params.Get("post_logout_redirect_uri"); uri != "" && c.Registered(uri) {
		l.uri = uri
	}
	return l, nil
}

// signOut ends the session of the browser and, where an app asked, what that app was given by this person.
func (t *siteServer) signOut(w http.ResponseWriter, r *http.Request, a *account.Account, s *session.Session, l *logoutRequest) {
	ctx := r.Context()
	if err := t.endSession(r, s, l); err != nil {
		t.tell(w, r, err)
		return
	}
	e := about(event(r, auditLogout, "logout"), l.client, a, nil)
	if a == nil {
		e.UserID = l.account
	}
	if err := t.record(ctx, e, nil); err != nil {
		t.tell(w, r, err)
		return
	}
	t.writeCookie(w, sessionCookie, "", -1)
	t.writeCookie(w, browserCookie, "", -1) // what was under way in this browser ends, too
	if l.uri == "" {
		t.signedOut(w)
		return
	}
	q := url.Values{}
	if l.state != "" {
		q.Set("state", l.state)
	}
	u, err := url.Parse(l.uri)
	if err != nil {
		t.signedOut(w)
		return
	}
	if u.RawQuery != "" && len(q) > 0 {
		u.RawQuery += "&"
	}
	u.RawQuery += q.Encode()
	oauth.NoStore(w.Header())
	w.Header().Set("Location", u.String())
	w.WriteHeader(http.StatusSeeOther)
}

func (t *siteServer) endSession(r *http.Request, s *session.Session, l *logoutRequest) error {
	ctx := r.Context()
	if s != nil {
		if err := t.store.EndSessions(ctx, s.Hash, ""); err != nil {
			return err
		}
		if _, err := t.store.RevokeGrants(ctx, token.Filter{Session: s.Hash.String()}); err != nil {
			return err
		}
	}
	if l.client == nil {
		return nil
	}
	_, err := t.store.RevokeGrants(ctx, token.Filter{ClientID: l.client.ID, AccountID: l.account})
	return err
}

func (t *siteServer) signedOut(w http.ResponseWriter) {
	t.server.config.Screens.Message(w, http.StatusOK, &MessagePage{
		Page: t.page(nil), Title: "You are signed out", Text: "You can close this window.",
	})
}
