package identity

import (
	"net/http"
	"net/url"
	"slices"

	"chartwright/internal/fault"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
)

// look is what a picker is asked to show.
type look struct {
	search, after string
	problem       Problem
}

// notListed is for a form that picks what is not in the list of its page, or not any more: that stands at the list.
func notListed(text string) look {
	return look{problem: Problem{Error: text, Fields: []string{"rows"}}}
}

// maxSearch bounds what is searched for.
const maxSearch = 200

func looked(r *http.Request) look {
	q := r.URL.Query()
	l := look{search: q.Get("search"), after: q.Get("after")}
	if len(l.search) > maxSearch {
		l.search = l.search[:maxSearch]
	}
	return l
}

// picker returns what every picker's page has. Next is where the page after this one begins.
func (f *flow) picker(step string, l look, next string) Picker {
	p := Picker{Form: f.form(step), Problem: l.problem, Search: l.search, Without: step != stepPatients || f.ticket.Purpose == session.ForLaunch}
	link := func(after string) string {
		q := url.Values{"ticket": {f.id}}
		if l.search != "" {
			q.Set("search", l.search)
		}
		if after != "" {
			q.Set("after", after)
		}
		return f.sitePath() + step + "?" + q.Encode()
	}
	if next != "" {
		p.NextURL = link(next)
	}
	if l.after != "" {
		p.FirstURL = link("")
	}
	return p
}

// shown answers a failed look: an app whose user may see nothing of the sort is told, a person reads it.
func (f *flow) shown(err error) bool {
	switch {
	case err == nil:
		return true
	case fault.Is(err, fault.Forbidden):
		f.refuse(err)
	default:
		f.fail(err)
	}
	return false
}

// picking opens the flow of a picker's form and deals with a refusal.
func (t *siteServer) picking(w http.ResponseWriter, r *http.Request, step string) (*flow, url.Values) {
	f, form := t.post(w, r, step)
	if f == nil || !f.at(step) {
		return nil, nil
	}
	if form.Get("decision") != decisionDeny {
		return f, form
	}
	switch {
	case f.ticket.Purpose == session.ForLaunch, f.ticket.Purpose == session.ForCredentials && f.ticket.Context.Patient != "":
		f.picked(f.ticket.Context, "")
	case f.ticket.Purpose == session.ForCredentials:
		f.cancelled()
	default:
		f.deny()
	}
	return nil, nil
}

// picked puts a choice into the ticket and goes on. Without names the context that the person leaves open.
func (f *flow) picked(c token.Context, without string) {
	f.ticket.Context, f.ticket.Picking = c, ""
	if without != "" && !f.without(without) {
		f.ticket.Without = append(f.ticket.Without, without)
	}
	if err := f.store.PutTicket(f.r.Context(), f.ticket); err != nil {
		f.fail(err)
		return
	}
	f.proceed()
}

// patientsPage lets staff pick the patient of the launch context: all whom the account may see, searched and paged.
func (t *siteServer) patientsPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepPatients) {
		return
	}
	f.showPatients(http.StatusOK, looked(r))
}

func (f *flow) showPatients(status int, l look) {
	found, err := f.server.config.Contexts.FindPatients(f.r.Context(), f.name, f.account, l.search, l.after)
	if !f.shown(err) {
		return
	}
	f.server.config.Screens.Patients(f.w, status, &PatientsPage{
		Page: f.page(), Picker: f.picker(stepPatients, l, found.Next), Patients: found.Patients,
	})
}

// pickPatient puts the picked patient into the ticket. Another patient's encounter goes.
func (t *siteServer) pickPatient(w http.ResponseWriter, r *http.Request) {
	f, form := t.picking(w, r, stepPatients)
	if f == nil {
		return
	}
	id := form.Get("patient")
	if id == "" && f.ticket.Purpose == session.ForLaunch {
		f.picked(token.Context{Location: f.ticket.Context.Location, Intent: f.ticket.Context.Intent}, "")
		return
	}
	p, err := t.server.config.Contexts.Patient(r.Context(), t.name, f.account, id)
	if fault.Is(err, fault.NotFound) {
		f.showPatients(http.StatusBadRequest, notListed("Choose a patient from the list."))
		return
	}
	if !f.shown(err) {
		return
	}
	c := f.ticket.Context
	if c.Patient != p.ID {
		c.Patient, c.Encounter = p.ID, ""
		f.ticket.Without = slices.DeleteFunc(f.ticket.Without, func(w string) bool { return w == "encounter" })
	}
	f.picked(c, "")
}

// encountersPage lets somebody pick an encounter of the patient in context.
func (t *siteServer) encountersPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepEncounters) {
		return
	}
	f.showEncounters(http.StatusOK, looked(r))
}

func (f *flow) showEncounters(status int, l look) {
	ctx, all := f.r.Context(), f.server.config.Contexts
	patient, err := all.Patient(ctx, f.name, f.account, f.patientID())
	if !f.shown(err) {
		return
	}
	found, err := all.FindEncounters(ctx, f.name, f.account, patient.ID, l.search, l.after)
	if !f.shown(err) {
		return
	}
	f.server.config.Screens.Encounters(f.w, status, &EncountersPage{
		Page: f.page(), Picker: f.picker(stepEncounters, l, found.Next), Patient: *patient, Encounters: found.Encounters,
	})
}

// pickEncounter puts the picked encounter into the ticket; none is a choice, too.
func (t *siteServer) pickEncounter(w http.ResponseWriter, r *http.Request) {
	f, form := t.picking(w, r, stepEncounters)
	if f == nil {
		return
	}
	c := f.ticket.Context
	if c.Encounter = form.Get("encounter"); c.Encounter == "" {
		f.picked(c, "encounter")
		return
	}
	_, err := t.server.config.Contexts.Encounter(r.Context(), t.name, f.account, f.patientID(), c.Encounter)
	if fault.Is(err, fault.NotFound) {
		f.showEncounters(http.StatusBadRequest, notListed("Choose a visit from the list."))
		return
	}
	if f.shown(err) {
		f.picked(c, "")
	}
}

// locationsPage lets staff pick the place where they are.
func (t *siteServer) locationsPage(w http.ResponseWriter, r *http.Request) {
	f := t.open(w, r, r.URL.Query().Get("ticket"))
	if f == nil || !f.at(stepLocations) {
		return
	}
	f.showLocations(http.StatusOK, looked(r))
}

func (f *flow) showLocations(status int, l look) {
	found, err := f.server.config.Contexts.FindLocations(f.r.Context(), f.name, f.account, l.search, l.after)
	if fault.Is(err, fault.Forbidden) {
		found, err = &LocationPage{}, nil // somebody who sees no places goes on without one
	}
	if !f.shown(err) {
		return
	}
	f.server.config.Screens.Locations(f.w, status, &LocationsPage{
		Page: f.page(), Picker: f.picker(stepLocations, l, found.Next), Locations: found.Locations,
	})
}

// pickLocation puts the picked place into the ticket; none is a choice, too.
func (t *siteServer) pickLocation(w http.ResponseWriter, r *http.Request) {
	f, form := t.picking(w, r, stepLocations)
	if f == nil {
		return
	}
	c := f.ticket.Context
	if c.Location = form.Get("location"); c.Location == "" {
		f.picked(c, "location")
		return
	}
	_, err := t.server.config.Contexts.Location(r.Context(), t.name, f.account, c.Location)
	if fault.Is(err, fault.NotFound) {
		f.showLocations(http.StatusBadRequest, notListed("Choose a place from the list."))
		return
	}
	if f.shown(err) {
		f.picked(c, "")
	}
}

// inContext returns what is in the context, to be shown; nil for what is not there.
func (f *flow) inContext(c token.Context) (p *PatientSummary, e *EncounterSummary, l *LocationSummary, err error) {
	ctx, all := f.r.Context(), f.server.config.Contexts
	gone := func(err error) error {
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
			return nil
		}
		return err
	}
	if c.Patient != "" && f.account.Kind == account.Staff {
		if p, err = all.Patient(ctx, f.name, f.account, c.Patient); gone(err) != nil {
			return nil, nil, nil, err
		}
	}
	if c.Encounter != "" {
		if e, err = all.Encounter(ctx, f.name, f.account, c.Patient, c.Encounter); gone(err) != nil {
			return nil, nil, nil, err
		}
	}
	if c.Location != "" {
		if l, err = all.Location(ctx, f.name, f.account, c.Location); gone(err) != nil {
			return nil, nil, nil, err
		}
	}
	return p, e, l, nil
}
