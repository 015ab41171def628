// Package trail shows the audit trail of a site as AuditEvent resources: what one event says in FHIR's terms, and which events
// a search of AuditEvent selects. The trail itself is the store's (chart.Site); nothing here is stored again.
//
// https://hl7.org/fhir/R4/auditevent.html
package trail

import (
	"cmp"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
)

// Type is the resource type of this package.
const Type = "AuditEvent"

const prefix = "trail-"

// ID is the id of the event as a resource.
func ID(seq int64) string { return prefix + strconv.FormatInt(seq, 10) }

// Seq is the inverse of [ID]; ok is false for what is no id of the trail.
func Seq(id string) (seq int64, ok bool) {
	digits, ok := strings.CutPrefix(id, prefix)
	seq, err := strconv.ParseInt(digits, 10, 64)
	return seq, ok && err == nil && seq > 0 && digits[0] != '+' && digits[0] != '0'
}

// The code systems of the events.
const (
	eventType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	dicom       = "http://dicom.nema.org/resources/ontology/DCM"
	interaction = "http://hl7.org/fhir/restful-interaction"
	entityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	objectRole  = "http://terminology.hl7.org/CodeSystem/object-role"
	sourceType  = "http://terminology.hl7.org/CodeSystem/security-source-type"
	actReason   = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
)

// kinds are the event types of the trail's kinds. https://hl7.org/fhir/R4/valueset-audit-event-type.html
var kinds = map[string]r4.Coding{
	"rest":    coding(eventType, "rest", "RESTful Operation"),
	"login":   coding(dicom, "110114", "User Authentication"),
	"logout":  coding(dicom, "110114", "User Authentication"),
	"token":   coding(dicom, "110114", "User Authentication"),
	"consent": coding(dicom, "110114", "User Authentication"),
	"client":  coding(dicom, "110136", "Security Roles Changed"),
	"role":    coding(dicom, "110136", "Security Roles Changed"),
	"user":    coding(dicom, "110137", "User Security Attributes Changed"),
	"setting": coding(dicom, "110131", "Security Configuration"),
	"export":  coding(dicom, "110106", "Export"),
}

// signs are the subtypes of signing in and out. https://hl7.org/fhir/R4/valueset-audit-event-sub-type.html
var signs = map[string]r4.Coding{
	"login":  coding(dicom, "110122", "Login"),
	"logout": coding(dicom, "110123", "Logout"),
}

// interactions are those operations of the trail that have a code of FHIR's own.
// https://hl7.org/fhir/R4/valueset-type-restful-interaction.html
var interactions = []string{
	"read", "vread", "update", "patch", "delete", "history", "history-instance", "history-type", "history-system", "create",
	"search", "search-type", "search-system", "capabilities", "transaction", "batch", "operation",
}

func coding(system, code, display string) r4.Coding {
	c := r4.Coding{Code: fhir.NewCode(code)}
	if system != "" {
		c.System = fhir.NewURI(system)
	}
	if display != "" {
		c.Display = fhir.NewString(display)
	}
	return c
}

// Resource is an event of a site as a resource, without versionId and lastUpdated.
func Resource(site string, e *chart.AuditEvent) *r4.AuditEvent {
	kind, ok := kinds[e.Kind]
	if !ok {
		kind = coding(dicom, "110100", "Application Activity")
	}
	r := &r4.AuditEvent{
		ID: fhir.NewID(ID(e.Seq)), Type_: &kind,
		Recorded: fhir.NewInstant(e.Time.UTC().Format("2006-01-02T15:04:05.000Z")),
		Outcome:  fhir.NewCode(strconv.Itoa(int(e.Outcome))),
		Source: &r4.AuditEventSource{
			Site: fhir.NewString(site), Observer: &r4.Reference{Display: fhir.NewString(cmp.Or(e.Replica, "Chartwright"))},
			Type_: []r4.Coding{coding(sourceType, "4", "Application Server")},
		},
		Agent:  agents(e),
		Entity: entities(e),
	}
	if action, ok := signs[e.Kind]; ok {
		r.Subtype = append(r.Subtype, action)
	}
	if e.Operation != "" {
		system := ""
		if slices.Contains(interactions, e.Operation) {
			system = interaction
		}
		r.Subtype = append(r.Subtype, coding(system, strings.Join(strings.Fields(e.Operation), " "), ""))
	}
	if e.Action != "" {
		r.Action = fhir.NewCode(e.Action)
	}
	if e.Role == access.EmergencyLogin {
		r.PurposeOfEvent = []r4.CodeableConcept{purpose(e)}
	}
	if e.Reason != "" && (e.Role != access.EmergencyLogin || e.Outcome != chart.Success) {
		r.OutcomeDesc = fhir.NewString(e.Reason)
	}
	return r
}

// purpose is that of whatever an emergency login does: to break the glass. The event of signing in says what for.
// https://terminology.hl7.org/CodeSystem-v3-ActReason.html
func purpose(e *chart.AuditEvent) r4.CodeableConcept {
	c := r4.CodeableConcept{Coding: []r4.Coding{coding(actReason, "BTG", "break the glass")}}
	if e.Reason != "" && e.Outcome == chart.Success {
		c.Text = fhir.NewString(e.Reason)
	}
	return c
}

// agents are who asked, and the program through which.
func agents(e *chart.AuditEvent) []r4.AuditEventAgent {
	person := r4.AuditEventAgent{Requestor: fhir.NewBoolean(true)}
	switch {
	case e.UserName != "":
		person.Name = fhir.NewString(e.UserName)
	case e.UserID == "":
		person.Name = fhir.NewString("unknown")
	}
	if e.UserID != "" {
		person.AltID = fhir.NewString(e.UserID)
	}
	if staff(e) {
		person.Who = &r4.Reference{Reference: fhir.NewString("Practitioner/" + e.UserID)}
	}
	if e.Role != "" {
		role := coding("", e.Role, "")
		person.Role = []r4.CodeableConcept{{Coding: []r4.Coding{role}}}
	}
	if e.Address != "" {
		kind := "1" // a name
		if _, err := netip.ParseAddr(e.Address); err == nil {
			kind = "2"
		}
		person.Network = &r4.AuditEventAgentNetwork{Address: fhir.NewString(e.Address), Type_: fhir.NewCode(kind)}
	}
	agents := []r4.AuditEventAgent{person}
	if e.ClientID != "" {
		application := coding(dicom, "110150", "Application")
		agents = append(agents, r4.AuditEventAgent{
			Requestor: fhir.NewBoolean(false), AltID: fhir.NewString(e.ClientID),
			Type_: &r4.CodeableConcept{Coding: []r4.Coding{application}},
		})
	}
	return agents
}

// staff reports whether a member of staff asked, for whom a Practitioner of the account's id stands in the record.
func staff(e *chart.AuditEvent) bool {
	return e.UserID != "" && e.Role != "" && e.Role != "patient" && e.Role != "system"
}

// entities are what was touched, whose it is, and what was asked.
func entities(e *chart.AuditEvent) []r4.AuditEventEntity {
	var list []r4.AuditEventEntity
	if e.Type != "" && e.ID != "" && r4.TypeByName(e.Type) != nil {
		what := e.Type + "/" + e.ID
		if e.VID > 0 {
			what += "/_history/" + strconv.FormatInt(e.VID, 10)
		}
		kind := coding(entityType, "2", "System Object")
		list = append(list, r4.AuditEventEntity{What: &r4.Reference{Reference: fhir.NewString(what)}, Type_: &kind})
	}
	for _, patient := range e.Patients {
		kind, role := coding(entityType, "1", "Person"), coding(objectRole, "1", "Patient")
		list = append(list, r4.AuditEventEntity{What: &r4.Reference{Reference: fhir.NewString("Patient/" + patient)}, Type_: &kind, Role: &role})
	}
	request := r4.AuditEventEntity{Detail: details(e)}
	kind, role := coding(entityType, "2", "System Object"), coding(objectRole, "24", "Query")
	request.Type_ = &kind
	switch {
	case e.Query != "":
		request.Role, request.Query = &role, fhir.Base64Binary{V: base64.StdEncoding.EncodeToString([]byte(e.Query))}
	case e.Type != "" && e.ID == "":
		request.Description = fhir.NewString(e.Type)
	}
	if len(request.Detail) > 0 || request.Role != nil || request.Description.V != "" {
		list = append(list, request)
	}
	return list
}

func details(e *chart.AuditEvent) []r4.AuditEventEntityDetail {
	var list []r4.AuditEventEntityDetail
	add := func(name, value string) {
		if value != "" {
			s := fhir.NewString(value)
			list = append(list, r4.AuditEventEntityDetail{Type_: fhir.NewString(name), Value: &s})
		}
	}
	add("api", e.API)
	add("request-id", e.RequestID)
	add("token-id", e.TokenID)
	if e.Status > 0 {
		add("status", strconv.Itoa(e.Status))
	}
	return list
}
