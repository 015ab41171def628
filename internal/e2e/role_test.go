package e2e

import (
	"context"
	"testing"

	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity/role"
)

// A role's rights are the site's to change, and a change is felt by the token that somebody holds already, in every dialect.
func TestRolesAreTheSitesOwn(t *testing.T) {
	t.Parallel()
	s := demoserver.Start(t)
	ctx := context.Background()
	desk := signIn(t, s, demoserver.Account{Login: "receptionist", Password: "receptionist"}, "openid", "api:oemr", "api:fhir", "user/medical_problem.read", "user/Condition.rs")
	standard, fhir := "/apis/default/api/patient/"+demo.PortalPatient+"/medical_problem", "/apis/default/fhir/Condition?patient="+demo.PortalPatient
	change := func(f func(*role.Service) error) {
		t.Helper()
		if err := s.App.Admin.ChangeRole(ctx, "default", "role change", "front", f); err != nil {
			t.Fatal(err)
		}
	}
	want := func(status int) {
		t.Helper()
		for _, path := range []string{standard, fhir} {
			if got, body := desk.do("GET", path, "", nil); got != status {
				t.Errorf("GET %s is %d, want %d: %.200s", path, got, status, body)
			}
		}
	}
	want(403)
	change(func(r *role.Service) error { return r.Grant(ctx, "default", "front", "patients/med", "write") })
	change(func(r *role.Service) error { return r.Grant(ctx, "default", "front", "encounters/notes", "write") })
	want(200)
	change(func(r *role.Service) error { return r.Reset(ctx, "default", "front") })
	want(403)
}
