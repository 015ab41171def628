package identity

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/oauth"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// credentialsPage begins the errand of a member of staff who makes the API credentials of a patient, or resets them. An EHR links to
// it with patient, which may be left out.
func (t *siteServer) credentialsPage(w http.ResponseWriter, r *http.Request) {
	t.errand(w, r, session.ForCredentials, "patient")
}

// mayGiveCredentials checks the right of the person who is signed in. A refusal is recorded once a request.
func (f *flow) mayGiveCredentials() error {
	ctx := f.r.Context()
	grants, err := f.server.config.Roles.Grants(ctx, f.name)
	if err != nil || grants.GivesCredentials(f.account.Groups) {
		return err
	}
	return f.refuseOnce("credentials", &oauth.Error{Code: oauth.AccessDenied, Description: "Your role does not include making the credentials of patients."})
}

// refuseOnce records that the person may not run an errand, once a request, and returns the refusal.
func (f *flow) refuseOnce(operation string, refusal error) error {
	if f.refused {
		return refusal
	}
	f.refused = true
	if err := f.record(f.r.Context(), about(event(f.r, auditUser, operation), nil, f.account, nil), refusal); err != nil {
		return err
	}
	return refusal
}

// patientCredentialsPage shows the patient and what credentials there are, and offers to make or reset them.
func (t *siteServer) patientCredentialsPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepCredentials) {
		return
	}
	if patient, existing, ok := f.chosenPatient(); ok {
		f.showCredentials(http.StatusOK, Problem{}, credentials{patient: patient}, existing)
	}
}

// chosenPatient returns the patient of the errand and the accounts that the patient has; false after it has answered the request.
func (f *flow) chosenPatient() (*PatientSummary, []*account.Account, bool) {
	ctx := f.r.Context()
	patient, err := f.server.config.Contexts.Patient(ctx, f.name, f.account, f.ticket.Context.Patient)
	if !f.shown(err) {
		return nil, nil, false
	}
	existing, err := f.store.AccountsOfPatient(ctx, patient.ID)
	return patient, existing, f.shown(err)
}

func (f *flow) showCredentials(status int, problem Problem, entered credentials, existing []*account.Account) {
	allowed, err := f.portalOpen(f.r.Context(), entered.patient.ID, existing)
	if err != nil {
		f.fail(err)
		return
	}
	p := &CredentialsPage{
		Page: f.page(), Form: f.form(stepCredentials), Problem: problem, User: f.account.Name(), Patient: *entered.patient,
		Refused: !allowed, Login: entered.login, Email: entered.email,
	}
	if p.Email == "" {
		p.Email = entered.patient.Email
	}
	if p.Login == "" {
		p.Login = proposedLogin(entered.patient)
	}
	for _, a := range existing {
		email := a.Email
		if entered.account != nil && entered.account.ID == a.ID {
			email = entered.email
		}
		p.Accounts = append(p.Accounts, CredentialsSummary{ID: a.ID, Login: a.Login, Email: email, Disabled: !a.Enabled})
	}
	f.server.config.Screens.Credentials(f.w, status, p)
}

// proposedLogin is the user name that a new account may have: the e-mail address, else the name.
func proposedLogin(p *PatientSummary) string {
	if p.Email != "" {
		return p.Email
	}
	return strings.ToLower(strings.ReplaceAll(strings.Trim(p.Given+"."+p.Family, "."), " ", "-"))
}

// patientCredentials takes the answer of the page: another patient to be chosen, an account to be made, or one to be reset. The new
// password is on the answer and nowhere else; the form is good once, so that sending it again makes no other one.
func (t *siteServer) patientCredentials(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepCredentials)
	if f == nil || !f.at(stepCredentials) {
		return
	}
	ctx := r.Context()
	if form.Get("choose") == "patient" {
		f.ticket.Picking = "patient"
		if err := t.store.PutTicket(ctx, f.ticket); err != nil {
			f.fail(err)
			return
		}
		f.proceed()
		return
	}
	patient, existing, ok := f.chosenPatient()
	if !ok {
		return
	}
	c, err := entered(form, patient, existing)
	if err == nil {
		err = t.checkCredentials(ctx, c, existing)
	}
	operation, action := "credentials create", "C"
	if c.account != nil {
		operation, action = "credentials reset", "U"
	}
	e := about(event(r, auditUser, operation), nil, f.account, nil)
	e.Action, e.Patients = action, []string{patient.ID}
	if c.account != nil {
		e.ID = c.account.ID
	}
	if status := credentialsStatus(err); status != 0 {
		if err := t.record(ctx, e, err); err != nil {
			f.fail(err)
			return
		}
		f.showCredentials(status, problemOf(err), c, existing)
		return
	}
	var password string
	if err == nil {
		err = t.store.SpendTicket(ctx, f.ticket.Hash)
		if fault.Is(err, fault.Conflict) {
			err = errStale
		}
	}
	if err == nil {
		var a *account.Account
		if a, password, err = t.giveCredentials(ctx, c); a != nil {
			e.ID, c.login = a.ID, a.Login
		}
	}
	if err2 := t.record(ctx, e, err); err == nil {
		err = err2
	}
	if err != nil {
		f.fail(err)
		return
	}
	t.server.config.Screens.CredentialsGiven(w, http.StatusOK, &CredentialsGivenPage{
		Page: f.page(), Patient: *patient, Login: c.login, Email: c.email, Password: password, Reset: c.account != nil,
		FHIR: t.fhir, Again: t.sitePath() + "credentials",
	})
}

// entered reads the form. Errors: Invalid for an account that is none of the patient's.
func entered(form url.Values, patient *PatientSummary, existing []*account.Account) (credentials, error) {
	c := credentials{patient: patient, login: strings.TrimSpace(form.Get("username")), email: strings.TrimSpace(form.Get("email"))}
	id := form.Get("account")
	if id == "" {
		return c, nil
	}
	i := slices.IndexFunc(existing, func(a *account.Account) bool { return a.ID == id })
	if i < 0 {
		return c, fault.New(fault.Invalid, "credentials.form", "Choose an account of this patient.")
	}
	c.account = existing[i]
	return c, nil
}

// credentialsStatus is the status with which the form is shown again; 0 if the error is not about what was entered.
func credentialsStatus(err error) int {
	switch {
	case fault.Is(err, fault.Invalid):
		return http.StatusBadRequest
	case fault.Is(err, fault.Forbidden):
		return http.StatusForbidden
	case fault.Is(err, fault.Conflict):
		return http.StatusConflict
	}
	return 0
}

// cancelled ends an errand that needs no answer to anybody.
func (f *flow) cancelled() {
	if err := f.store.SpendTicket(f.r.Context(), f.ticket.Hash); err != nil && !fault.Is(err, fault.Conflict) {
		f.fail(err)
		return
	}
	f.server.config.Screens.Message(f.w, http.StatusOK, &MessagePage{Page: f.page(), Title: "Cancelled", Text: "Nothing was changed."})
}

// errand opens a page that no app asks for, with what its link names in params.
func (t *siteServer) errand(w http.ResponseWriter, r *http.Request, purpose session.Purpose, params ...string) {
	given, err := oauth.ParseForm(r.URL.RawQuery)
	if err != nil {
		t.tell(w, r, err)
		return
	}
	kept := url.Values{}
	for _, name := range params {
		if v := given.Get(name); len(v) > maxParam {
			t.tell(w, r, oauth.New(oauth.InvalidRequest, "The "+name+" is too long."))
			return
		} else if v != "" {
			kept.Set(name, v)
		}
	}
	t.begun(w, r, purpose, kept)
}

// begun makes the ticket of an errand and sends the browser to its first page.
func (t *siteServer) begun(w http.ResponseWriter, r *http.Request, purpose session.Purpose, kept url.Values) {
	id, hash := token.Mint()
	now := t.server.now()
	ticket := &session.Ticket{Hash: hash, Purpose: purpose, Params: kept, Created: now, Expires: now.Add(session.TicketLife)}
	if err := t.store.PutTicket(r.Context(), ticket); err != nil {
		t.tell(w, r, err)
		return
	}
	oauth.NoStore(w.Header())
	if f := t.open(w, r, id); f != nil {
		f.proceed()
	}
}
