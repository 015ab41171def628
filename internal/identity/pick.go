package identity

import (
	"net/http"
	"net/url"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
)

// patientsPage lets staff pick the patient of the launch context: all whom the account may see, searched and paged.
func (t *siteServer) patientsPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepPatients) {
		return
	}
	f.showPatients(http.StatusOK, r.URL.Query().Get("search"), r.URL.Query().Get("after"), "")
}

// maxSearch bounds what is searched for.
const maxSearch = 200

func (f *flow) showPatients(status int, search, after, problem string) {
	if len(search) > maxSearch {
		search = search[:maxSearch]
	}
	found, err := f.server.config.Patients.FindPatients(f.r.Context(), f.name, f.account, search, after)
	if fault.Is(err, fault.Forbidden) {
		f.refuse(err)
		return
	}
	if err != nil {
		f.fail(err)
		return
	}
	p := &PatientsPage{Page: f.page(), Form: f.form(stepPatients), Error: problem, Search: search, Patients: found.Patients}
	link := func(after string) string {
		q := url.Values{"ticket": {f.id}}
		if search != "" {
			q.Set("search", search)
		}
		if after != "" {
			q.Set("after", after)
		}
		return f.sitePath() + stepPatients + "?" + q.Encode()
	}
	if found.Next != "" {
		p.NextURL = link(found.Next)
	}
	if after != "" {
		p.FirstURL = link("")
	}
	f.server.config.Screens.Patients(f.w, status, p)
}

// pickPatient puts the picked patient into the ticket.
func (t *siteServer) pickPatient(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepPatients)
	if f == nil || !f.at(stepPatients) {
		return
	}
	if form.Get("decision") == decisionDeny {
		f.deny()
		return
	}
	ctx := r.Context()
	p, err := t.server.config.Patients.Patient(ctx, t.name, f.account, form.Get("patient"))
	if fault.Is(err, fault.NotFound) {
		f.showPatients(http.StatusBadRequest, "", "", "Choose a patient from the list.")
		return
	}
	if err != nil {
		f.fail(err)
		return
	}
	f.ticket.Context.Patient = p.ID
	if err := t.store.PutTicket(ctx, f.ticket); err != nil {
		f.fail(err)
		return
	}
	f.proceed()
}

// encountersPage lets staff pick an encounter of the patient in context.
func (t *siteServer) encountersPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepEncounters) {
		return
	}
	f.showEncounters(http.StatusOK, "")
}

func (f *flow) showEncounters(status int, problem string) {
	ctx := f.r.Context()
	patient, err := f.server.config.Patients.Patient(ctx, f.name, f.account, f.ticket.Context.Patient)
	if err != nil {
		f.fail(err)
		return
	}
	list, err := f.server.config.Patients.Encounters(ctx, f.name, f.account, patient.ID)
	if err != nil {
		f.fail(err)
		return
	}
	f.server.config.Screens.Encounters(f.w, status, &EncountersPage{
		Page: f.page(), Form: f.form(stepEncounters), Error: problem, Patient: *patient, Encounters: list,
	})
}

// pickEncounter puts the picked encounter into the ticket; none is a choice, too.
func (t *siteServer) pickEncounter(w http.ResponseWriter, r *http.Request) {
	f, form := t.post(w, r, stepEncounters)
	if f == nil || !f.at(stepEncounters) {
		return
	}
	if form.Get("decision") == decisionDeny {
		f.deny()
		return
	}
	ctx := r.Context()
	picked := form.Get("encounter")
	list, err := t.server.config.Patients.Encounters(ctx, t.name, f.account, f.ticket.Context.Patient)
	if err != nil {
		f.fail(err)
		return
	}
	known := picked == ""
	for _, e := range list {
		known = known || e.ID == picked
	}
	if !known {
		f.showEncounters(http.StatusBadRequest, "Choose a visit from the list.")
		return
	}
	f.ticket.Context.Encounter, f.ticket.NoEncounter = picked, picked == ""
	if err := t.store.PutTicket(ctx, f.ticket); err != nil {
		f.fail(err)
		return
	}
	f.proceed()
}

// patientInContext returns the patient of the context for the consent page, nil if there is none to show.
func (f *flow) patientInContext() (*PatientSummary, error) {
	id := f.grant().Context.Patient
	if id == "" || f.account.Kind == account.Portal {
		return nil, nil
	}
	p, err := f.server.config.Patients.Patient(f.r.Context(), f.name, f.account, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return p, err
}
