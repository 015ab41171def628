package access_test

import (
	"slices"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

const (
	allowed = "allowed"
	signIn  = "sign in"
	refused = "refused"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	wild := everything
	wild.Wildcards = true
	for _, c := range []struct {
		name    string
		subject *access.Subject
		request access.Request
		policy  access.Policy
		want    string
		missing string
		patient string
	}{
		{"nobody is asked to sign in", &access.Subject{}, fhir(access.Read, "Patient"), everything, signIn, "", ""},
		{"no subject at all is asked to sign in", nil, fhir(access.Read, "Patient"), everything, signIn, "", ""},
		{"v1 read allows to read", staff("doc", "user/Observation.read"), fhir(access.Read, "Observation"), everything, allowed, "", ""},
		{"v1 read allows to search", staff("doc", "user/Observation.read"), fhir(access.Search, "Observation"), everything, allowed, "", ""},
		{"v1 read does not allow to create", staff("doc", "user/Observation.read"), fhir(access.Create, "Observation"), everything, refused, "user/Observation.c", ""},
		{"v1 write allows to delete", staff("doc", "user/Observation.write"), fhir(access.Delete, "Observation"), everything, allowed, "", ""},
		{"r does not allow to search", staff("doc", "user/Observation.r"), fhir(access.Search, "Observation"), everything, refused, "user/Observation.s", ""},
		{"s does not allow to read", staff("doc", "user/Observation.s"), fhir(access.Read, "Observation"), everything, refused, "user/Observation.r", ""},
		{"user/patient is not user/Patient", staff("doc", "api:fhir user/patient.read"), fhir(access.Read, "Patient"), everything, refused, "user/Patient.r", ""},
		{"a token for the Standard API alone is not one for FHIR", staff("doc", "api:oemr user/Patient.read"), fhir(access.Read, "Patient"), everything, refused, "api:fhir", ""},
		{"a SMART token names no API and is for FHIR", staff("doc", "openid user/Patient.read"), fhir(access.Read, "Patient"), everything, allowed, "", ""},
		{"a SMART token is not for the Standard API", staff("doc", "user/patient.read"), standard(t, "listPatients"), everything, refused, "api:oemr", ""},
		{"wildcards do not count where they are off", staff("doc", "user/*.cruds"), fhir(access.Read, "Patient"), everything, refused, "user/Patient.r", ""},
		{"wildcards count where they are on", staff("doc", "user/*.cruds"), fhir(access.Read, "Patient"), wild, allowed, "", ""},
		{"a wildcard is not for the Standard API", staff("doc", "api:oemr user/*.cruds"), standard(t, "listPatients"), wild, refused, "user/patient.s", ""},
		{"the role limits the scope", staff("front", "user/Observation.cruds"), fhir(access.Read, "Observation"), everything, refused, "", ""},
		{"front office sees patients", staff("front", "user/Patient.rs"), fhir(access.Search, "Patient"), everything, allowed, "", ""},
		{"accounting sees claims", staff("back", "user/Claim.rs"), fhir(access.Search, "Claim"), everything, allowed, "", ""},
		{"physicians do not see claims", staff("doc", "user/Claim.rs"), fhir(access.Search, "Claim"), everything, refused, "", ""},
		{"everybody on the staff sees practitioners", staff("clin", "user/Practitioner.rs"), fhir(access.Search, "Practitioner"), everything, allowed, "", ""},
		{"administrators alone change organizations", staff("doc", "user/Organization.cud"), fhir(access.Update, "Organization"), everything, refused, "", ""},
		{"administrators read the audit trail", staff("admin", "user/AuditEvent.rs"), fhir(access.Search, "AuditEvent"), everything, allowed, "", ""},
		{"nobody writes the audit trail", staff("admin", "user/AuditEvent.cruds"), fhir(access.Create, "AuditEvent"), everything, refused, "", ""},
		{"no client writes the audit trail", client("system/AuditEvent.cruds"), fhir(access.Create, "AuditEvent"), everything, refused, "", ""},
		{"a patient sees his own record", patient("a", "patient/Observation.rs"), fhir(access.Search, "Observation"), everything, allowed, "", "a"},
		{"user/ scopes are not for patients", patient("a", "user/Observation.rs"), fhir(access.Search, "Observation"), everything, refused, "patient/Observation.s", ""},
		{"system/ scopes are not for staff", staff("admin", "system/Observation.rs"), fhir(access.Search, "Observation"), everything, refused, "user/Observation.s", ""},
		{"patient/ scopes are not for clients", client("patient/Observation.rs"), fhir(access.Search, "Observation"), everything, refused, "system/Observation.s", ""},
		{"a patient adds an observation", patient("a", "patient/Observation.cruds"), fhir(access.Create, "Observation"), everything, allowed, "", "a"},
		{"a patient does not change observations", patient("a", "patient/Observation.cruds"), fhir(access.Update, "Observation"), everything, refused, "", ""},
		{"a patient does not prescribe", patient("a", "patient/MedicationRequest.cruds"), fhir(access.Create, "MedicationRequest"), everything, refused, "", ""},
		{"a patient sees no groups", patient("a", "patient/Group.rs"), fhir(access.Search, "Group"), everything, refused, "", ""},
		{"patients see practitioners", patient("a", "patient/Practitioner.rs"), fhir(access.Read, "Practitioner"), everything, allowed, "", "a"},
		{"staff launched for a patient see that patient", launched("doc", "a", "patient/Observation.rs"), fhir(access.Search, "Observation"), everything, allowed, "", "a"},
		{"staff launched for a patient need their role", launched("front", "a", "patient/Observation.rs"), fhir(access.Search, "Observation"), everything, refused, "", ""},
		{"patient/ scopes without a patient are refused", staff("doc", "patient/Observation.rs"), fhir(access.Search, "Observation"), everything, refused, "launch/patient", ""},
		{"the wider of two contexts wins", launched("doc", "a", "patient/Observation.rs user/Observation.rs"), fhir(access.Search, "Observation"), everything, allowed, "", ""},
		{"a patient's context does not reach shared records", launched("admin", "a", "patient/Organization.cruds"), fhir(access.Update, "Organization"), everything, refused, "", ""},
		{"a patient's context makes no second patient", launched("admin", "a", "patient/Patient.cruds"), fhir(access.Create, "Patient"), everything, refused, "", ""},
		{"people read who they are", staff("doc", "openid fhirUser"), fhir(access.Read, "Practitioner"), everything, allowed, "", ""},
		{"a patient reads who he is", patient("a", "openid fhirUser"), fhir(access.Read, "Patient"), everything, allowed, "", "a"},
		{"who they are needs both scopes", staff("doc", "fhirUser"), fhir(access.Read, "Practitioner"), everything, refused, "user/Practitioner.r", ""},
		{"who they are is no other type", staff("doc", "openid fhirUser"), fhir(access.Read, "Patient"), everything, refused, "user/Patient.r", ""},
		{"who they are is not searched for", staff("doc", "openid fhirUser"), fhir(access.Search, "Practitioner"), everything, refused, "user/Practitioner.s", ""},
		{"who they are is not changed", staff("admin", "openid fhirUser"), fhir(access.Update, "Practitioner"), everything, refused, "user/Practitioner.u", ""},
		{"a client acts for itself", client("system/Patient.rs"), fhir(access.Search, "Patient"), everything, allowed, "", ""},
		{"clients act only where the site allows it", client("system/Patient.rs"), fhir(access.Search, "Patient"), access.Policy{FHIR: true}, refused, "", ""},
		{"the API must be on", staff("doc", "user/Patient.rs"), fhir(access.Read, "Patient"), access.Policy{Standard: true}, refused, "", ""},
		{"an account that is no person of the record is refused", &access.Subject{Actor: access.User, Groups: []string{"admin"}, Scopes: access.ParseScopes("user/Patient.rs")},
			fhir(access.Read, "Patient"), everything, refused, "", ""},
		{"an unknown type is refused", staff("admin", "user/*.cruds"), fhir(access.Read, "Nothing"), wild, refused, "", ""},
		{"the zero scopes permit nothing", &access.Subject{Actor: access.User, FHIRUser: "Practitioner/p", Groups: []string{"admin"}, Scopes: access.Scopes{Raw: []string{"user/Patient.rs"}}},
			fhir(access.Read, "Patient"), everything, refused, "api:fhir", ""},

		{"cdr_fhir_delete deletes where there is a data scope", staff("doc", "user/Observation.rs cdr_fhir_delete"), fhir(access.Delete, "Observation"), everything, allowed, "", ""},
		{"cdr_fhir_delete alone deletes nothing", staff("doc", "cdr_fhir_delete"), fhir(access.Delete, "Observation"), everything, refused, "user/Observation.d", ""},
		{"cdr_fhir_delete respects the patient in context", launched("doc", "a", "patient/Observation.rs cdr_fhir_delete"), fhir(access.Delete, "Observation"), everything, allowed, "", "a"},
		{"cdr_all_user_authorities is all that the user may do", staff("doc", "cdr_all_user_authorities"), fhir(access.Create, "Observation"), everything, allowed, "", ""},
		{"cdr_all_user_authorities is no more than the user may do", staff("front", "cdr_all_user_authorities"), fhir(access.Create, "Observation"), everything, refused, "", ""},
		{"cdr_all_user_authorities is nothing to a client", client("cdr_all_user_authorities"), fhir(access.Read, "Patient"), everything, refused, "system/Patient.r", ""},
		{"cdr_fhir_validate validates", staff("front", "cdr_fhir_validate"), operation("$validate", "Observation"), everything, allowed, "", "!"},
		{"validating needs a scope", staff("doc", "openid"), operation("$validate", "Observation"), everything, refused, "user/Observation.c", ""},
		{"reading is enough to validate", staff("doc", "user/Observation.r"), operation("$validate", "Observation"), everything, allowed, "", ""},
		{"expunging is for administrators", staff("doc", "cdr_fhir_expunge user/Patient.cruds"), operation("$expunge", "Patient"), everything, refused, "", ""},
		{"cdr_fhir_expunge expunges", staff("admin", "cdr_fhir_expunge user/Patient.cruds"), operation("$expunge", "Patient"), everything, allowed, "", ""},

		{"everything of a patient needs to read him", patient("a", "patient/Patient.r"), operation("$everything", "Patient"), everything, allowed, "", "a"},
		{"everything of a group is not for patients", patient("a", "patient/Patient.r patient/Group.r"), operation("$everything", "Group"), everything, refused, "", ""},
		{"exporting needs its own scope", client("system/Patient.rs"), operation("$export", "Patient"), everything, refused, "system/Patient.$export", ""},
		{"exporting the site needs the scope for the site", client("system/Patient.$export"), operation("$export", ""), everything, refused, "system/*.$export", ""},
		{"a client exports", client("system/*.$export"), operation("$export", ""), everything, allowed, "", ""},
		{"staff do not export", staff("admin", "system/*.$export user/*.$export"), operation("$export", ""), everything, refused, "", ""},
		{"docref needs its own scope", staff("doc", "user/DocumentReference.cruds"), operation("$docref", "DocumentReference"), everything, refused, "user/DocumentReference.$docref", ""},
		{"docref of the patient himself", patient("a", "patient/DocumentReference.$docref"), operation("$docref", "DocumentReference"), everything, allowed, "", "a"},
		{"an operation that nobody listed is refused", staff("admin", "user/*.cruds"), operation("$anything", "Patient"), wild, refused, "", ""},
		{"a batch reaches nobody's record by itself", staff("doc", "openid"), operation("batch", ""), everything, allowed, "", "!"},

		{"the Standard API takes its own scopes", staff("doc", "api:oemr user/patient.read"), standard(t, "listPatients"), everything, allowed, "", ""},
		{"the Standard API takes v2 letters", staff("doc", "api:oemr user/patient.s"), standard(t, "listPatients"), everything, allowed, "", ""},
		{"the Standard API does not take FHIR scopes", staff("doc", "api:oemr user/Patient.read"), standard(t, "listPatients"), everything, refused, "user/patient.s", ""},
		{"the Standard API does not take patient/ scopes", launched("doc", "a", "api:oemr patient/patient.read"), standard(t, "listPatients"), everything, refused, "user/patient.s", ""},
		{"the Standard API is not for patients", patient("a", "api:oemr api:port user/patient.read patient/patient.read"), standard(t, "listPatients"), everything, refused, "", ""},
		{"the Standard API is not for clients", client("api:oemr system/patient.read user/patient.read"), standard(t, "listPatients"), everything, refused, "", ""},
		{"the version needs no scope", staff("front", "api:oemr"), standard(t, "getVersion"), everything, allowed, "", ""},
		{"the Portal API is for the patient himself", patient("a", "api:port patient/encounter.read"), standard(t, "listOwnEncounters"), everything, allowed, "", "a"},
		{"the Portal API is not for staff", launched("admin", "a", "api:port patient/encounter.read"), standard(t, "listOwnEncounters"), everything, refused, "", ""},
		{"an operation that does not exist is refused", staff("admin", "api:oemr cdr_all_user_authorities"), access.Request{API: access.Standard, Operation: "nothing"}, everything, refused, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := access.Decide(c.subject, c.request, c.policy)
			got := refused
			switch {
			case d.Allowed:
				got = allowed
			case d.Unauthenticated:
				got = signIn
			}
			if got != c.want || d.Missing != c.missing || d.Narrow.Patient != c.patient {
				t.Errorf("%s, missing %q, patient %q, because %s;\nwant %s, missing %q, patient %q", got, d.Missing, d.Narrow.Patient, d.Reason, c.want, c.missing, c.patient)
			}
			kind := map[string]fault.Kind{signIn: fault.Unauthenticated, refused: fault.Forbidden}[c.want]
			if err := d.Err(); d.Allowed != (err == nil) || err != nil && fault.KindOf(err) != kind {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestGranularScopesAddUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scopes string
		action access.Action
		want   []string // nil = all rows
	}{
		"one":                                 {"user/Observation.rs?category=a", access.Search, []string{"category=a"}},
		"two are a union":                     {"user/Observation.rs?category=a user/Observation.rs?category=b", access.Read, []string{"category=a", "category=b"}},
		"one without parameters opens all":    {"user/Observation.rs?category=a user/Observation.r", access.Read, nil},
		"but only for its letters":            {"user/Observation.rs?category=a user/Observation.r", access.Search, []string{"category=a"}},
		"letters and filters are not crossed": {"user/Observation.r?category=a user/Observation.u?category=b", access.Update, []string{"category=b"}},
		"a wildcard opens all":                {"user/Observation.rs?category=a user/*.s", access.Search, nil},
		"deletion follows the filters":        {"user/Observation.rs?category=a cdr_fhir_delete", access.Delete, []string{"category=a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := everything
			p.Wildcards = true
			d := access.Decide(staff("admin", c.scopes), fhir(c.action, "Observation"), p)
			if !d.Allowed {
				t.Fatal(d.Reason)
			}
			if got := slices.Sorted(slices.Values(d.Narrow.Filters["Observation"])); !slices.Equal(got, c.want) {
				t.Errorf("filters %q, want %q", got, c.want)
			}
		})
	}
}

// TestPersonNarrows is about the rows: one's own alone, and only where no scope shows more.
func TestPersonNarrows(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string][]string{
		"openid fhirUser":                         {"_id=p"},
		"openid fhirUser patient/Practitioner.rs": nil,
		"openid fhirUser user/Practitioner.r":     nil,
	} {
		d := access.Decide(launched("doc", "a", scopes), fhir(access.Read, "Practitioner"), everything)
		if got := d.Narrow.Filters["Practitioner"]; !d.Allowed || !slices.Equal(got, want) {
			t.Errorf("%s: %v, rows %q, want %q", scopes, d.Allowed, got, want)
		}
	}
}

// TestOperator is about what only the server writes: the operator at the command line brings it in, and nobody else does.
func TestOperator(t *testing.T) {
	t.Parallel()
	operator := everything
	operator.Operator = true
	admin := staff("admin", "user/AuditEvent.cruds")
	if d := access.Decide(admin, fhir(access.Create, "AuditEvent"), everything); d.Allowed {
		t.Error("an administrator writes the audit trail")
	}
	if d := access.Decide(admin, fhir(access.Create, "AuditEvent"), operator); !d.Allowed {
		t.Error("the operator cannot bring audit records in:", d.Reason)
	}
}

func TestRequestOfNothing(t *testing.T) {
	t.Parallel()
	if r, ok := access.RequestOf("nothing"); ok || r != (access.Request{}) {
		t.Errorf("there is an operation: %+v", r)
	}
}

func TestReasonNamesTheRight(t *testing.T) {
	t.Parallel()
	const want = "the role lacks the right admin/super"
	d := access.Decide(staff("front", "user/AuditEvent.rs"), fhir(access.Read, "AuditEvent"), everything)
	if d.Allowed || d.Reason != want {
		t.Errorf("%v, %q, want %q", d.Allowed, d.Reason, want)
	}
}

func TestPolicyOf(t *testing.T) {
	t.Parallel()
	if access.PolicyOf(nil) != (access.Policy{}) {
		t.Error("without settings something is on")
	}
	v := &setting.Values{APIFHIR: true, APIStandard: true, APIPortal: true, APISystemScopes: true, WildcardScopes: true}
	if p := access.PolicyOf(v); !p.FHIR || !p.Standard || !p.Portal || !p.System || !p.Wildcards {
		t.Errorf("settings were lost: %+v", p)
	}
}
