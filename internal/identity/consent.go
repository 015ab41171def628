package identity

import (
	"net/http"
	"net/url"
	"slices"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/token"
)

// The answers that a form can give.
const (
	decisionAllow   = "allow"
	decisionDeny    = "deny"
	decisionPatient = "patient" // first another patient
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
	before, err := f.store.Consent(ctx, f.account.ID, f.request.Client.ID)
	isNew := fault.Is(err, fault.NotFound)
	if err != nil && !isNew {
		f.fail(err)
		return
	}
	host := target(f.request.RedirectURI)
	if u, err := url.Parse(f.request.RedirectURI); err == nil && u.Host != "" {
		host = u.Host
	}
	m := f.request.Client.Metadata
	p := &ConsentPage{
		Page: f.page(), Form: f.form(stepConsent), User: f.account.Name(), Host: host, New: isNew, Policy: m.PolicyURI, Terms: m.TosURI,
		Account:  f.sitePath() + stepAccount,
		Remember: f.request.Client.MayRemember(f.request.RedirectURI),
	}
	if p.Patient, p.Visit, p.Place, err = f.inContext(f.grant().Context); err != nil {
		f.fail(err)
		return
	}
	p.Change = p.Patient != nil && !f.ticket.Context.EHR
	words := f.grantable()
	p.Groups, p.Always = arrange(words, before)
	if slices.Contains(words, "offline_access") {
		p.Offline = f.server.now().Add(token.RefreshLife).Format("2 January 2006")
	}
	f.server.config.Screens.Consent(f.w, http.StatusOK, p)
}

// consent takes the answer.
func (t *siteServer) consent(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepConsent)
	if f == nil || !f.at(stepConsent) {
		return
	}
	switch form.Get("decision") {
	case decisionAllow:
	case decisionPatient:
		if f.account.Kind != account.Staff || f.ticket.Context.EHR || f.ticket.Context.Patient == "" {
			f.showConsent()
			return
		}
		f.ticket.Picking, f.ticket.Assumed = "patient", false
		if err := t.store.PutTicket(r.Context(), f.ticket); err != nil {
			f.fail(err)
			return
		}
		f.proceed()
		return
	default:
		f.deny()
		return
	}
	words := f.grantable()
	granted := chosen(words, form["scope"], form["only"])
	if len(granted) == 0 {
		f.deny()
		return
	}
	ctx := r.Context()
	if f.request.Client.MayRemember(f.request.RedirectURI) {
		answer := &token.Consent{Asked: words, Agreed: granted}
		if form.Get("again") != "" {
			answer = nil
		}
		if err := t.store.PutConsent(ctx, f.account.ID, f.request.Client.ID, answer, t.server.now()); err != nil {
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
