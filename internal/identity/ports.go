package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/key"
	"chartwright/internal/identity/session"
	"chartwright/internal/identity/token"
	"chartwright/internal/setting"
)

// Store is everything that the authorization server keeps about one site. Safe for concurrent use.
type Store interface {
	setting.Store
	key.Store
	client.Store
	account.Store
	token.Store
	session.Store
}

// Patients finds the patients of a site for the patient picker and for names on the pages. The account is the member of staff
// who asks: the implementation shows nobody whom that person may not see, and leaves an audit record.
type Patients interface {
	// FindPatients returns one page of the patients whose name, identifier or birth date match the words of text; all if it is
	// empty. After is the Next of the page before.
	FindPatients(ctx context.Context, site string, by *account.Account, text, after string) (*PatientPage, error)
	// Patient returns one patient. Errors: NotFound, also when the account may not see the patient.
	Patient(ctx context.Context, site string, by *account.Account, id string) (*PatientSummary, error)
	// Encounters returns the newest encounters of a patient, at most some dozens.
	Encounters(ctx context.Context, site string, by *account.Account, patient string) ([]EncounterSummary, error)
}

// PatientPage is one page of patients.
type PatientPage struct {
	Patients []PatientSummary
	Next     string // empty = the last page
}

// PatientSummary is what a person needs to tell patients apart.
type PatientSummary struct {
	ID         string
	Name       string
	BirthDate  string // as written: 1980-02-29
	Sex        string
	Identifier string // record number
}

// EncounterSummary is what a person needs to tell a patient's encounters apart.
type EncounterSummary struct {
	ID    string
	When  string
	Title string
}

// Audit keeps the audit trail.
type Audit interface {
	// Record keeps an event; it has returned before the answer that the event is about goes out.
	Record(ctx context.Context, site string, e *chart.AuditEvent) error
}

// Trail returns the audit trail that the sites' records keep.
func Trail(sites chart.Sites) Audit { return trail{sites} }

type trail struct{ sites chart.Sites }

func (t trail) Record(ctx context.Context, site string, e *chart.AuditEvent) error {
	s, err := t.sites.Open(ctx, site)
	if err != nil {
		return err
	}
	return s.Record(ctx, e, false)
}
