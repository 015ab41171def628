package e2e

import (
	"context"
	"testing"

	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

// TestEmergencyAccessIsFlagged is SES-31 as auditors see it: what an emergency login reads and writes carries the purpose BTG, the event of
// signing in says what for, and nobody else's events carry it.
func TestEmergencyAccessIsFlagged(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	_, err := s.App.AddUser(context.Background(), "default", identity.NewUser{
		Kind: account.Staff, Login: "emil", Password: "a-password-of-emil", Given: "Emil", Family: "Emergency", Groups: []string{"doc", account.EmergencyLogin},
	})
	if err != nil {
		t.Fatal(err)
	}
	const why = "Unconscious in the emergency room, allergies unknown"
	scopes := []string{"openid", "api:fhir", "user/Patient.rs"}
	signIn(t, s, demoserver.Physician, scopes...).want(200, "GET", fhirAPI+"/Patient/"+demo.PortalPatient, nil, nil)
	emil := signIn(t, s, demoserver.Account{Login: "emil", Password: "a-password-of-emil", Reason: why}, scopes...)
	emil.want(200, "GET", fhirAPI+"/Patient/"+demo.PortalPatient, nil, nil)

	auditor := signIn(t, s, demoserver.Admin, "openid", "api:fhir", "user/AuditEvent.rs")
	var found struct {
		Entry []struct {
			Resource struct {
				Subtype        []struct{ Code string }
				OutcomeDesc    string
				PurposeOfEvent []struct {
					Text   string
					Coding []struct{ System, Code string }
				}
				Agent []struct{ Name string }
			}
		}
	}
	auditor.want(200, "GET", fhirAPI+"/AuditEvent?_count=100", nil, &found)
	reads, reasons := 0, 0
	for _, e := range found.Entry {
		r := e.Resource
		flagged := len(r.PurposeOfEvent) == 1 && len(r.PurposeOfEvent[0].Coding) == 1 && r.PurposeOfEvent[0].Coding[0].Code == "BTG" &&
			r.PurposeOfEvent[0].Coding[0].System == "http://terminology.hl7.org/CodeSystem/v3-ActReason"
		if len(r.Agent) == 0 || r.Agent[0].Name != "emil" {
			if len(r.PurposeOfEvent) > 0 {
				t.Errorf("an event of somebody else has the purpose %+v", r)
			}
			continue
		}
		switch r.Subtype[len(r.Subtype)-1].Code { // the operation, behind a code of the standard
		case "read":
			if reads++; !flagged {
				t.Errorf("a read is not flagged: %+v", r)
			}
		case "emergency login":
			if flagged && r.PurposeOfEvent[0].Text == why && r.OutcomeDesc == "" {
				reasons++
			}
		}
	}
	if reads == 0 || reasons != 1 {
		t.Errorf("the trail has %d reads and %d reasons of the emergency login", reads, reasons)
	}
}
