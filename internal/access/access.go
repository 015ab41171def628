// Package access owns the one decision: may this subject do this action to this kind of record, and on which rows. Every
// API, batch entry, include, chain, operation, job and file asks here. The decision is a pure function over generated tables.
//
// It takes the same steps for everybody, and the first that refuses gives the reason. Each has a file:
//
//	decide.go      who asks, and which way a request goes
//	admit.go       what every request to an API needs: switches, the kind of user, the API of the token, a person of the record
//	data.go        an action on the resources of a FHIR type: which scope permits it
//	person.go      the one resource that says who somebody is
//	operation.go   a FHIR operation, and what only carries other requests
//	route.go       an operation of the Standard or Portal API
//	patient.go     what patient/ scopes can do with a type, and whose rows they see
//	right.go       the rights of a role
//
// [rule] lists the rules with the file that keeps each. What they look at lies beside them: the scopes of a token (scopes.go), the
// access control list (grants.go), the switches of a site (policy.go), the view (narrow.go). What types, operations and roles are
// like is not code: spec/policy says it, and gen/scope has it as tables. A new rule gets a name in rule.go, a line in the model of
// package accesstest, and the matrix proves that something depends on it.
package access

import "context"

// Actor is the kind of subject.
type Actor uint8

// The kinds of subjects. Anonymous is the zero value and may do nothing that is not open to all.
const (
	Anonymous Actor = iota
	User            // a staff account
	Patient         // a portal patient
	System          // a client acting for itself
)

// Subject is who is asking, as the authorization server has established from the access token. It is built new for each
// request or taken from the token cache, and never changed.
type Subject struct {
	Site      string
	Actor     Actor
	UserID    string // uuid of the account; client id for System
	UserName  string
	ClientID  string
	TokenID   string
	FHIRUser  string   // Practitioner/id or Patient/id
	Groups    []string // ACL groups: admin doc clin front back breakglass
	Scopes    Scopes   // parsed scopes of the token
	Patient   string   // id of the patient in context: launch/patient, or the patient himself
	Encounter string
}

// EmergencyLogin is the group of those who may use everything in an emergency, saying why when they sign in. Whatever they do then is
// flagged in the audit trail (break the glass).
const EmergencyLogin = "breakglass"

// API is the dialect in which a request came.
type API string

// The APIs.
const (
	FHIR     API = "fhir"
	Standard API = "standard"
	Portal   API = "portal"
)

// Action is what is done to records of a type: the letters of SMART v2 scopes.
// https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
type Action byte

// The actions.
const (
	Create Action = 'c'
	Read   Action = 'r' // read, vread, history of an instance
	Update Action = 'u' // update, patch
	Delete Action = 'd'
	Search Action = 's' // search, history of a type or the system
)

// Request is one thing that somebody wants to do.
type Request struct {
	API    API
	Action Action
	Type   string // FHIR resource type, or the resource word of a Standard or Portal scope (vital, soap_note)
	// Operation is the FHIR operation with $, or batch, transaction, search-system, search-explain or history-system; the operationId of a
	// Standard or Portal operation, which names its action and type as well; empty for plain FHIR interactions.
	Operation string
}

// Decision is the answer. The zero value denies.
type Decision struct {
	Allowed bool
	Narrow  Narrow // the rows that an allowed request may see or write
	Missing string // the scope that would have been needed, for the 403
	Reason  string // for the audit trail
	// Unauthenticated tells a refusal of nobody, who should sign in (401), from one of somebody (403).
	Unauthenticated bool
}

// Narrow restricts rows. The zero value restricts nothing and is only ever made by a decision.
type Narrow struct {
	// Patient, when set, keeps rows whose Owner is this patient, the patient's own Patient resource, and types that the
	// policy declares open to patients (Practitioner, Organization, Location, Medication …: see [OpenTypes]) that are nobody's.
	Patient string
	// Filters come from granular scopes such as patient/Observation.rs?category=…: a row must satisfy at least one of the
	// queries, each in URL form. Nil = no such restriction.
	Filters map[string][]string // resource type → queries
}

// Grant is the proof that a decision was made: what the record needs to serve a request. Only [Grant] values reach the chart.
type Grant struct {
	Subject *Subject
	Request Request
	Narrow  Narrow
	Policy  Policy // under which it was made, for the inner steps
}

type ctxKey struct{}

// WithGrant returns a context that carries the grant of the request.
func WithGrant(ctx context.Context, g *Grant) context.Context {
	return context.WithValue(ctx, ctxKey{}, g)
}

// GrantFrom returns the grant of the request; nil, which allows nothing, if none was made.
func GrantFrom(ctx context.Context) *Grant {
	g, _ := ctx.Value(ctxKey{}).(*Grant)
	return g
}
