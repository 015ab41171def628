package identity

import (
	"net/http"
	"net/url"
	"slices"

	"chartwright/internal/access/scope"
	"chartwright/internal/fault"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
)

// The answers that a form can give.
const (
	decisionAllow = "allow"
	decisionDeny  = "deny"
)

// consentPage asks whether the app may have what it asks for, in plain words, thing by thing.
func (t *siteServer) consentPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepConsent) {
		return
	}
	f.showConsent()
}

func (f *flow) showConsent() {
	ctx := f.r.Context()
	agreed, err := f.store.Consent(ctx, f.account.ID, f.request.Client.ID)
	isNew := fault.Is(err, fault.NotFound)
	if err != nil && !isNew {
		f.fail(err)
		return
	}
	patient, err := f.patientInContext()
	if err != nil {
		f.fail(err)
		return
	}
	host := target(f.request.RedirectURI)
	if u, err := url.Parse(f.request.RedirectURI); err == nil && u.Host != "" {
		host = u.Host
	}
	m := f.request.Client.Metadata
	p := &ConsentPage{
		Page: f.page(), Form: f.form(stepConsent), User: f.account.Name(), Patient: patient, Host: host, New: isNew,
		Policy: m.PolicyURI, Terms: m.TosURI,
	}
	words := f.grantable()
	p.Groups, p.Always = grouped(words, func(w string) bool { return isNew || len(agreed) == 0 || slices.Contains(agreed, w) })
	if slices.Contains(words, "offline_access") {
		p.Offline = f.server.now().Add(token.RefreshLife).Format("2 January 2006")
	}
	f.server.config.Screens.Consent(f.w, http.StatusOK, p)
}

// always are the scopes that come with every yes: without them the sign-in itself makes no sense, or they give nothing away.
func always(s scope.Scope) bool {
	return s.Kind == scope.Site || s.Kind == scope.API || s.Kind == scope.Launch ||
		s.Kind == scope.Plain && (s.Name == "openid" || s.Name == "nonce" || s.Name == "fhirUser")
}

// grouped arranges scopes for the page.
func grouped(words []string, checked func(string) bool) (groups []ConsentGroup, plain []string) {
	titles := []string{"About you", "Staying connected", "This patient's record", "Records that you may see", "Further rights"}
	groups = make([]ConsentGroup, len(titles))
	for i := range titles {
		groups[i].Title = titles[i]
	}
	for _, w := range words {
		s, err := scope.Parse(w)
		if err != nil {
			continue
		}
		text := scope.Describe(s)
		if e, ok := scope.Find(w); ok {
			text = e.Text
		}
		if always(s) {
			if e, ok := scope.Find(w); s.Kind != scope.Site && (!ok || !e.Hidden) {
				plain = append(plain, text)
			}
			continue
		}
		g := &groups[group(s)]
		g.Scopes = append(g.Scopes, ConsentScope{Scope: w, Text: text, Checked: checked(w)})
	}
	return slices.DeleteFunc(groups, func(g ConsentGroup) bool { return len(g.Scopes) == 0 }), plain
}

func group(s scope.Scope) int {
	switch {
	case s.Kind == scope.Plain && (s.Name == "offline_access" || s.Name == "online_access"):
		return 1
	case s.Context == scope.Patient:
		return 2
	case s.Context == scope.User || s.Context == scope.System:
		return 3
	case s.Kind == scope.Plain && len(s.Name) > 4 && s.Name[:4] == "cdr_":
		return 4
	}
	return 0
}

// consent takes the answer.
func (t *siteServer) consent(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepConsent)
	if f == nil || !f.at(stepConsent) {
		return
	}
	if form.Get("decision") != decisionAllow {
		f.deny()
		return
	}
	// Only what was on the page counts, whatever the form says.
	var granted []string
	for _, word := range f.grantable() {
		s, err := scope.Parse(word)
		if err == nil && (always(s) || slices.Contains(form["scope"], word)) {
			granted = append(granted, word)
		}
	}
	if len(granted) == 0 {
		f.deny()
		return
	}
	ctx := r.Context()
	if f.request.Client.MayRemember(f.request.RedirectURI) {
		if err := t.store.PutConsent(ctx, f.account.ID, f.request.Client.ID, granted, t.server.now()); err != nil {
			f.fail(err)
			return
		}
	}
	f.finish(granted)
}

// deny tells the app that the user said no. Nothing is kept.
func (f *flow) deny() {
	f.refuse(oauth.New(oauth.AccessDenied, "The user did not agree."))
}
