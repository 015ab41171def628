package access_test

import (
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/access/scope"
)

func TestUsable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		actor access.Actor
		text  string
		want  string // empty = nothing is left
	}{
		{"a patient reads", access.Patient, "patient/Condition.cruds", "patient/Condition.rs"},
		{"a patient adds observations", access.Patient, "patient/Observation.cruds?category=vital-signs", "patient/Observation.crs?category=vital-signs"},
		{"a patient has no use for a whole write", access.Patient, "patient/Condition.write", ""},
		{"a patient has no use for user/", access.Patient, "user/Condition.rs", ""},
		{"a patient uses the Portal API", access.Patient, "patient/encounter.rs", "patient/encounter.rs"},
		{"a patient has no use for groups", access.Patient, "patient/Group.rs", ""},
		{"a wildcard is what some type allows", access.Patient, "patient/*.cruds", "patient/*.crs"},
		{"staff in a patient's context write", access.User, "patient/Condition.cruds", "patient/Condition.cruds"},
		{"staff have no use for the Portal API", access.User, "patient/encounter.rs", ""},
		{"staff use the Standard API", access.User, "user/encounter.crus", "user/encounter.crus"},
		{"staff have no use for system/", access.User, "system/Condition.rs", ""},
		{"nobody writes the audit trail", access.System, "system/AuditEvent.cruds", "system/AuditEvent.rs"},
		{"a client exports", access.System, "system/*.$export", "system/*.$export"},
		{"a client has no use for launch contexts", access.System, "launch/patient", ""},
		{"a client has no use for the Standard API", access.System, "system/patient.rs", ""},
		{"a client has no user with authorities", access.System, "cdr_all_user_authorities", ""},
		{"a patient has no use for the Standard API's scope", access.Patient, "api:oemr", ""},
		{"staff have no use for the Portal API's scope", access.User, "api:port", ""},
		{"a client has no use for the Standard API's scope", access.System, "api:oemr", ""},
		{"a client has no use for the Portal API's scope", access.System, "api:port", ""},
		{"a client uses the FHIR API", access.System, "api:fhir", "api:fhir"},
		{"a client keeps its words", access.System, "cdr_fhir_expunge", "cdr_fhir_expunge"},
		{"words stay", access.User, "offline_access", "offline_access"},
		{"nobody has use for anything", access.Anonymous, "openid", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := scope.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := access.Usable(c.actor, s)
			if ok != (c.want != "") || ok && got.String() != c.want {
				t.Errorf("left is %q, want %q", got, c.want)
			}
		})
	}
}

// TestUsableIsEnforced compares what is left of each offered scope with what a token that holds it alone is allowed: a patient, a
// client, and the member of staff who may do the most.
func TestUsableIsEnforced(t *testing.T) {
	t.Parallel()
	p := everything
	p.Wildcards = true
	for _, e := range scope.Supported() {
		if e.Value.Kind != scope.Data || !e.Value.FHIR() || e.Wildcard() {
			continue
		}
		for _, s := range []*access.Subject{patient("a", e.Scope), launched("admin", "a", e.Scope), client(e.Scope)} {
			left, _ := access.Usable(s.Actor, e.Value)
			for _, c := range []byte("cruds") {
				d := access.Decide(s, fhir(access.Action(c), e.Value.Type), p)
				if want := left.Letters.Has(scope.LetterOf(c)); d.Allowed != want {
					t.Errorf("%s, actor %d, letter %c: allowed %v (%s), usable %v", e.Scope, s.Actor, c, d.Allowed, d.Reason, want)
				}
			}
		}
	}
}
