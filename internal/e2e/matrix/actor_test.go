package matrix_test

import (
	"chartwright/internal/access"
	"chartwright/internal/identity/account"
)

// death is why a token is worth nothing.
type death string

// The deaths. A token that lives has none.
const (
	lives           death = ""
	absent          death = "no token"
	garbage         death = "a made-up token"
	expired         death = "expired"
	spent           death = "revoked"
	revoked         death = "grant revoked"
	clientDisabled  death = "client disabled"
	accountDisabled death = "account disabled"
	optedOut        death = "patient opted out"
	otherSite       death = "of another site"
)

// actor is somebody who asks, in a launch context.
type actor struct {
	name      string
	kind      access.Actor
	account   string // login without its prefix
	groups    []string
	fhirUser  string
	patient   string // in context
	encounter string
	dead      death
}

func (a *actor) accountID() string {
	switch a.kind {
	case access.User:
		return "staff-" + a.account
	case access.Patient:
		return "portal-" + a.account
	}
	return ""
}

// subject is the actor with the scopes of a token, as the model sees it.
func (a *actor) subject(scopes []string) *access.Subject {
	if a.dead != lives {
		return &access.Subject{}
	}
	return &access.Subject{Actor: a.kind, FHIRUser: a.fhirUser, Groups: a.groups, Patient: a.patient, Encounter: a.encounter, Scopes: access.Scopes{Raw: scopes}}
}

// actors are those whose tokens live: every role, people in a context, people whom the record does not know, clients.
func actors() []*actor {
	var list []*actor
	staff := func(name, login string, groups ...string) *actor {
		a := &actor{name: name, kind: access.User, account: login, groups: groups, fhirUser: "Practitioner/" + login}
		list = append(list, a)
		return a
	}
	titles := map[string]string{
		account.Administrators: "administrator", account.Physicians: "physician", account.Clinicians: "clinician",
		account.FrontOffice: "front office", account.Accounting: "accounting", account.EmergencyLogin: "emergency login",
	}
	for _, g := range account.Groups {
		staff(titles[g], g, g)
	}
	staff("staff without role", "none")
	staff("administrator outside of the record", "outsider", account.Administrators).fhirUser = ""
	staff("administrator launched for A", account.Administrators, account.Administrators).patient = patientA
	staff("two roles launched for A", "two", account.FrontOffice, account.Accounting).patient = patientA
	visit := staff("physician launched for a visit of A", account.Physicians, account.Physicians)
	visit.patient, visit.encounter = patientA, patientA+"-Encounter"
	return append(list,
		&actor{name: "portal patient A", kind: access.Patient, account: "a", fhirUser: "Patient/" + patientA, patient: patientA},
		&actor{name: "client for itself", kind: access.System},
	)
}

// ghosts are those whose tokens are worth nothing.
func ghosts() []*actor {
	var list []*actor
	for _, d := range []death{absent, garbage, expired, spent, revoked, clientDisabled, otherSite} {
		list = append(list, &actor{name: string(d), kind: access.User, account: account.Administrators, patient: patientA, dead: d})
	}
	return append(list,
		&actor{name: string(accountDisabled), kind: access.User, account: "disabled", dead: accountDisabled},
		&actor{name: string(optedOut), kind: access.Patient, account: "optedout", patient: patientA, dead: optedOut},
	)
}
