package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/chart/refusal"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/role"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// Store is everything that the authorization server keeps about one site. Safe for concurrent use.
type Store interface {
	setting.Store
	key.Store
	client.Store
	client.InitialTokens
	account.Store
	token.Store
	session.Store
	role.Store
}

// Contexts finds what a launch context can hold, for the pickers and for names on the pages: patients, their visits, places. The
// account is the person who asks: the implementation shows nothing that this person may not see, and leaves an audit record.
// Errors of every method: Forbidden when the account may see nothing of the sort.
type Contexts interface {
	// FindPatients returns one page of the patients whose name, identifier or birth date match the words of text; all if it is
	// empty. After is the Next of the page before.
	FindPatients(ctx context.Context, site string, by *account.Account, text, after string) (*PatientPage, error)
	// Patient returns one patient. Errors: NotFound, also when the account may not see the patient.
	Patient(ctx context.Context, site string, by *account.Account, id string) (*PatientSummary, error)
	// FindEncounters returns one page of the encounters of a patient, newest first, whose date or reason matches text; all if it
	// is empty.
	FindEncounters(ctx context.Context, site string, by *account.Account, patient, text, after string) (*EncounterPage, error)
	// Encounter returns one encounter of a patient. Errors: NotFound.
	Encounter(ctx context.Context, site string, by *account.Account, patient, id string) (*EncounterSummary, error)
	// FindLocations returns one page of the places whose name matches text; all if it is empty.
	FindLocations(ctx context.Context, site string, by *account.Account, text, after string) (*LocationPage, error)
	// Location returns one place. Errors: NotFound.
	Location(ctx context.Context, site string, by *account.Account, id string) (*LocationSummary, error)
}

// PatientPage is one page of patients.
type PatientPage struct {
	Patients []PatientSummary
	Next     string // empty = the last page
}

// PatientSummary is what a person needs to tell patients apart, and how the patient is called and reached.
type PatientSummary struct {
	ID         string
	Name       string
	BirthDate  string // as written: 1980-02-29
	Sex        string
	Identifier string // record number

	// What an account of the patient begins with, as far as the record has it.
	Given, Family, Email string
}

// EncounterPage is one page of a patient's encounters.
type EncounterPage struct {
	Encounters []EncounterSummary
	Next       string // empty = the last page
}

// LocationPage is one page of places.
type LocationPage struct {
	Locations []LocationSummary
	Next      string // empty = the last page
}

// LocationSummary is what a person needs to tell places apart.
type LocationSummary struct {
	ID      string
	Name    string
	Address string
}

// EncounterSummary is what a person needs to tell a patient's encounters apart.
type EncounterSummary struct {
	ID    string
	When  string
	Title string
}

// Wishes knows what patients want of apps.
type Wishes interface {
	// AppsAllowed reports whether the record lets apps reach this patient's data on the patient's own behalf: the patient exists and
	// has not opted out. It is asked at every sign-in and refresh, and on calls as often as a token is looked up.
	AppsAllowed(ctx context.Context, site, patient string) (bool, error)
}

// Audit keeps the audit trail.
type Audit interface {
	// Record keeps an event; it has returned before the answer that the event is about goes out.
	Record(ctx context.Context, site string, e *chart.AuditEvent) error
}

// Trail returns the audit trail that the sites' records keep. Refusals decides which failures are recorded by themselves; nil = all.
func Trail(sites chart.Sites, refusals *refusal.Counter) Audit { return trail{sites, refusals} }

type trail struct {
	sites    chart.Sites
	refusals *refusal.Counter
}

func (t trail) Record(ctx context.Context, site string, e *chart.AuditEvent) error {
	if !t.refusals.Keep(site, e) {
		return nil
	}
	s, err := t.sites.Open(ctx, site)
	if err != nil {
		return err
	}
	return s.Record(ctx, e, false)
}
