package chart

import "time"

// AuditEvent is one access, allowed or refused: who, with which client, did what to whose record, when, from where, and how
// it ended. It holds no body, no secret and no search value. https://hl7.org/fhir/R4/auditevent.html
type AuditEvent struct {
	Seq       int64     // position in the trail; set by the store
	Time      time.Time // UTC
	Kind      string    // rest, login, logout, token, consent, client, user, setting, export
	Action    string    // C R U D E, as AuditEvent.action
	Operation string    // interaction or operation: read, search-type, POST /api/patient, password-grant …
	API       string    // fhir, standard, portal, oauth2, admin, cli
	Type      string    // resource type
	ID        string
	VID       int64
	Patients  []string // patients whose records were touched
	Query     string   // names of the search parameters, without values
	UserID    string
	UserName  string
	ClientID  string
	TokenID   string
	Role      string
	Address   string // source address
	RequestID string
	Outcome   Outcome
	Status    int    // HTTP status, 0 if none
	Reason    string // why it was refused or failed; of an emergency login, what it is for
	Replica   string
	Hash      []byte // over this event and the one before; set by the store
}

// Outcome is AuditEvent.outcome.
type Outcome uint8

// The outcomes. https://hl7.org/fhir/R4/valueset-audit-event-outcome.html
const (
	Success        Outcome = 0
	MinorFailure   Outcome = 4
	SeriousFailure Outcome = 8
)

// AuditQuery selects audit events.
type AuditQuery struct {
	Since, Until time.Time
	Patient      string
	UserID       string
	ClientID     string
	Before       int64 // Seq < Before; 0 = newest
	Limit        int
}

// AuditCheck is the result of walking the hash chain.
type AuditCheck struct {
	Events   int64
	BrokenAt int64 // Seq of the first event that does not fit; 0 = whole
}
