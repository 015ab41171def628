package identity

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/fositeglue"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// authorize serves the authorization endpoint, by GET and by POST: it checks the request and sends the browser to the first page that
// is needed, for which it keeps the request under a ticket, or back to the app if none is. https://www.rfc-editor.org/rfc/rfc6749#section-3.1
func (t *siteServer) authorize(w http.ResponseWriter, r *http.Request) {
	params, err := authorizeParams(r)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	request, err := t.engine.Authorize(r.Context(), params)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	id, hash := token.Mint()
	now := t.server.now()
	ticket := &session.Ticket{Hash: hash, Params: params, Created: now, Expires: now.Add(session.TicketLife)}
	if err := t.begin(r, request, ticket); err != nil {
		t.tell(w, r, &fositeglue.RequestError{OAuth: oauth.From(err), Location: request.Refuse(err)})
		return
	}
	oauth.NoStore(w.Header())
	if r.Method != http.MethodPost {
		// The cookies are those of the browser that will answer. If nothing has to be asked, the ticket need not be kept at all.
		f := &flow{siteServer: t, w: w, r: r, id: id, ticket: ticket, request: request, held: true}
		if err := f.enter(); err != nil {
			f.fail(err)
			return
		}
		f.first()
		return
	}
	if err := t.store.PutTicket(r.Context(), ticket); err != nil {
		t.tell(w, r, err)
		return
	}
	// A form that another site posts comes without our cookie, which is not to say that nobody is signed in: the browser
	// comes back by GET, with the cookie, before anything is decided.
	http.Redirect(w, r, t.sitePath()+"resume?"+url.Values{"ticket": {id}}.Encode(), http.StatusSeeOther) //nolint:gosec // a page of ours
}

// resume takes up a request that was posted.
func (t *siteServer) resume(w http.ResponseWriter, r *http.Request) {
	oauth.NoStore(w.Header())
	if f := t.open(w, r, r.URL.Query().Get("ticket")); f != nil {
		f.first()
	}
}

// first sends the browser to the first page that is needed; where the app wants none, it gets an error instead.
func (f *flow) first() {
	if slices.Contains(strings.Fields(f.ticket.Params.Get("prompt")), "none") {
		if step, err := f.next(); err == nil && step != stepDone {
			f.refuse(silent(step))
			return
		}
	}
	f.proceed()
}

func authorizeParams(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		if len(r.URL.RawQuery) > 256<<10 {
			return nil, oauth.New(oauth.InvalidRequest, "The request is too long.")
		}
		return oauth.ParseForm(r.URL.RawQuery)
	}
	if r.URL.RawQuery != "" {
		return nil, oauth.New(oauth.InvalidRequest, "A posted request has its parameters in the form.")
	}
	return oauth.PostForm(r)
}

// silent is the error for prompt=none when a page would be needed. https://openid.net/specs/openid-connect-core-1_0.html#AuthError
func silent(step string) error {
	switch step {
	case stepLogin, stepFactor:
		return oauth.New(oauth.LoginRequired, "Nobody is signed in.")
	case stepConsent:
		return oauth.New(oauth.ConsentRequired, "The user has not agreed yet.")
	}
	return oauth.New(oauth.InteractionRequired, "The user has to choose something.")
}

// begin checks what SMART and OpenID Connect add to an authorization request, and puts it into the ticket.
func (t *siteServer) begin(r *http.Request, request *fositeglue.Authorization, ticket *session.Ticket) error {
	params := ticket.Params
	launch := params.Get("launch")
	// SMART wants aud in every request. OpenEMR's apps leave it out, and what they get is good at this site alone anyway; a
	// wrong one is refused, and an EHR launch without one too.
	if aud := params.Get("aud"); aud != "" && !t.audience(aud) || aud == "" && launch != "" {
		return oauth.New(oauth.InvalidRequest, "The aud is not the base URL of this site's FHIR API.")
	}
	wanted := slices.ContainsFunc(request.Parsed, func(s scope.Scope) bool { return s.Kind == scope.Launch && s.Type == "" })
	switch {
	case launch != "" && !wanted:
		return oauth.New(oauth.InvalidRequest, "A launch needs the scope launch.")
	case launch != "":
		if err := t.launched(r, request, ticket, launch); err != nil {
			return err
		}
	}
	prompt := strings.Fields(params.Get("prompt"))
	for _, p := range prompt {
		if p != "none" && p != "login" && p != "consent" && p != "select_account" || p == "none" && len(prompt) > 1 {
			return oauth.New(oauth.InvalidRequest, "The prompt is not supported.")
		}
	}
	ticket.Fresh = slices.Contains(prompt, "login") || slices.Contains(prompt, "select_account")
	if age, limited, err := maxAge(params, request.Client); err != nil {
		return err
	} else if limited {
		s, _, err := t.signedIn(r.Context(), t.readCookie(r, sessionCookie), t.server.now())
		if err != nil {
			return err
		}
		if s == nil || !s.AuthTime.Add(age).After(t.server.now()) {
			ticket.Fresh = true
		}
	}
	if hint := params.Get("id_token_hint"); hint != "" {
		var claims struct {
			Subject string `json:"sub"`
		}
		if err := t.keys.Verify(r.Context(), hint, &claims); err != nil {
			return oauth.Wrap(oauth.InvalidRequest, "The id_token_hint was not issued by this server.", err)
		}
		_, a, err := t.signedIn(r.Context(), t.readCookie(r, sessionCookie), t.server.now())
		if err != nil {
			return err
		}
		if a == nil || a.ID != claims.Subject {
			ticket.Fresh = true
		}
		ticket.Account = claims.Subject
	}
	return nil
}

// maxAge returns how long ago the person may have signed in: by the request, or else by what the app has registered.
// https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
func maxAge(params url.Values, c *client.Client) (age time.Duration, limited bool, err error) {
	if text := params.Get("max_age"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return 0, false, oauth.New(oauth.InvalidRequest, "The max_age is not a number of seconds.")
		}
		return time.Duration(seconds) * time.Second, true, nil
	}
	if d := c.Metadata.DefaultMaxAge; d != nil {
		return time.Duration(min(*d, math.MaxInt32)) * time.Second, true, nil
	}
	return 0, false, nil
}

// launched takes the context of an EHR launch, once.
func (t *siteServer) launched(r *http.Request, request *fositeglue.Authorization, ticket *session.Ticket, launch string) error {
	refused := oauth.New(oauth.InvalidRequest, "The launch is unknown, has expired, or was used before.")
	l, err := t.store.TakeLaunch(r.Context(), token.HashOf(launch), request.Client.ID)
	if fault.Is(err, fault.NotFound) {
		return refused
	}
	if err != nil {
		return err
	}
	if !t.server.now().Before(l.Expires) {
		return refused
	}
	ticket.Context, ticket.Account = l.Context, l.AccountID
	ticket.Context.EHR = true
	return nil
}
