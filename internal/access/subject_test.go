package access_test

import (
	"testing"

	"chartwright/internal/access"
)

var everything = access.Policy{FHIR: true, Standard: true, Portal: true, System: true}

func staff(group, scopes string) *access.Subject {
	return &access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{group}, Scopes: access.ParseScopes(scopes)}
}

func launched(group, patient, scopes string) *access.Subject {
	s := staff(group, scopes)
	s.Patient = patient
	return s
}

func patient(id, scopes string) *access.Subject {
	return &access.Subject{Actor: access.Patient, FHIRUser: "Patient/" + id, Patient: id, Scopes: access.ParseScopes(scopes)}
}

func client(scopes string) *access.Subject {
	return &access.Subject{Actor: access.System, Scopes: access.ParseScopes(scopes)}
}

func fhir(action access.Action, typ string) access.Request {
	return access.Request{API: access.FHIR, Action: action, Type: typ}
}

func operation(name, typ string) access.Request {
	return access.Request{API: access.FHIR, Operation: name, Type: typ}
}

func standard(t *testing.T, id string) access.Request {
	t.Helper()
	r, ok := access.RequestOf(id)
	if !ok {
		t.Fatalf("there is no operation %s", id)
	}
	return r
}
