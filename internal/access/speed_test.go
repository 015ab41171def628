package access_test

import (
	"strings"
	"testing"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
)

func TestDecideDoesNotAllocate(t *testing.T) {
	p := everything
	p.Wildcards = true
	for name, c := range map[string]struct {
		subject *access.Subject
		request access.Request
	}{
		"staff":     {staff("clin", manyScopes), fhir(access.Search, "Observation")},
		"patient":   {patient("a", "patient/Observation.rs?category=a openid"), fhir(access.Search, "Observation")},
		"wildcard":  {staff("doc", "user/*.rs"), fhir(access.Read, "Patient")},
		"client":    {client("system/Patient.rs"), fhir(access.Read, "Patient")},
		"standard":  {staff("doc", "api:oemr user/patient.read"), standard(t, "listPatients")},
		"operation": {patient("a", "patient/Patient.r"), operation("$everything", "Patient")},
		"export":    {client("system/*.$export"), operation("$export", "")},
	} {
		if n := testing.AllocsPerRun(100, func() {
			if !access.Decide(c.subject, c.request, p).Allowed {
				t.Fatalf("%s is refused", name)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// manyScopes is the token of an app that asks for much.
var manyScopes = func() string {
	list := []string{"openid", "fhirUser", "offline_access", "api:fhir", "api:oemr"}
	for i := range table.Types {
		list = append(list, "user/"+table.Types[i].Name+".rs")
	}
	return strings.Join(list, " ")
}()

func BenchmarkDecide(b *testing.B) {
	s, r := staff("clin", manyScopes), fhir(access.Search, "Observation")
	b.ReportAllocs()
	for b.Loop() {
		if !access.Decide(s, r, everything).Allowed {
			b.Fatal("refused")
		}
	}
}

func BenchmarkParseScopes(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		access.ParseScopes(manyScopes)
	}
}
