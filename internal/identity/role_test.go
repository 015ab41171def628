package identity_test

import (
	"context"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/await"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/role"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		// Another replica reads the same sites, with a cache of its own.
		replica := role.New(func(ctx context.Context, site string) (role.Store, error) { return w.admin.Open(ctx, site) })
		holds := func(site, group, right string, levels ...string) bool {
			t.Helper()
			g, err := replica.Grants(ctx, site)
			if err != nil {
				t.Fatal(err)
			}
			return g.Holds([]string{group}, right, levels...)
		}
		change := func(operation, name string, c func(*role.Service) error) error {
			return w.admin.ChangeRole(ctx, "default", operation, name, c)
		}
		if !holds("default", "doc", "patients/med", "write") || holds("default", "front", "patients/med") {
			t.Fatal("a new site does not have the rights of the reference")
		}
		if err := change("role grant", "front", func(s *role.Service) error { return s.Grant(ctx, "default", "front", "patients/med", "view") }); err != nil {
			t.Fatal(err)
		}
		await.True(t, "the right is in force", func() bool { return holds("default", "front", "patients/med", "view") })
		if holds("default", "front", "patients/med", "write") || holds("other", "front", "patients/med") || !holds("default", "front", "patients/demo") {
			t.Error("more changed than was changed")
		}
		if e := w.audit.last("role"); e.ID != "front" || e.Operation != "role grant" || e.UserName != "test" || e.Outcome != chart.Success {
			t.Errorf("audit: %+v", e)
		}
		if err := change("role grant", "doc", func(s *role.Service) error { return s.Grant(ctx, "default", "doc", "patients/med", "deny") }); err != nil {
			t.Fatal(err)
		}
		await.True(t, "deny outweighs", func() bool { return !holds("default", "doc", "patients/med") })
		if err := change("role reset", "doc", func(s *role.Service) error { return s.Reset(ctx, "default", "doc") }); err != nil {
			t.Fatal(err)
		}
		await.True(t, "the old rights are back", func() bool { return holds("default", "doc", "patients/med", "write") })

		if _, _, err := w.admin.AddUser(ctx, "default", identity.NewUser{Kind: account.Staff, Login: "nina", Groups: []string{"nurse"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a group that is not there: %v", err)
		}
		if err := change("role add", "nurse", func(s *role.Service) error { return s.Add(ctx, "default", "nurse", "Nurses") }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.admin.AddUser(ctx, "default", identity.NewUser{Kind: account.Staff, Login: "nina", Groups: []string{"nurse"}}); err != nil {
			t.Error(err)
		}
		if _, _, err := w.admin.AddUser(ctx, "other", identity.NewUser{Kind: account.Staff, Login: "nina", Groups: []string{"nurse"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a role of another site: %v", err)
		}
		for _, right := range access.Rights() {
			if holds("default", "nurse", right) {
				t.Errorf("a new role holds %s", right)
			}
		}
		for name, err := range map[string]error{
			"no such role":  change("role grant", "nobody", func(s *role.Service) error { return s.Grant(ctx, "default", "nobody", "patients/med", "view") }),
			"no such right": change("role grant", "doc", func(s *role.Service) error { return s.Grant(ctx, "default", "doc", "patients/moon", "view") }),
			"no such level": change("role grant", "doc", func(s *role.Service) error { return s.Grant(ctx, "default", "doc", "patients/med", "always") }),
			"not held":      change("role revoke", "nurse", func(s *role.Service) error { return s.Revoke(ctx, "default", "nurse", "patients/med", "") }),
			"a bad name":    change("role add", "Nurse!", func(s *role.Service) error { return s.Add(ctx, "default", "Nurse!", "x") }),
		} {
			if kind := fault.KindOf(err); err == nil || kind != fault.NotFound && kind != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
			if e := w.audit.last("role"); e.Outcome == chart.Success {
				t.Errorf("%s is recorded as a success", name)
			}
		}
	})
}

// TestSomeRoleKeepsAdminSuper takes admin/super from both roles that hold it, at the same moment: one of them keeps it.
func TestSomeRoleKeepsAdminSuper(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		refused := make(chan error, 2)
		for _, name := range []string{"admin", "breakglass"} {
			go func() {
				refused <- w.admin.ChangeRole(ctx, "default", "role revoke", name, func(s *role.Service) error {
					return s.Revoke(ctx, "default", name, "admin/super", "")
				})
			}()
		}
		conflicts := 0
		for range 2 {
			err := <-refused
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
			if err != nil {
				conflicts++
			}
		}
		roles, err := w.admin.Roles(ctx, "default")
		if err != nil {
			t.Fatal(err)
		}
		holders := 0
		for _, r := range roles {
			for _, right := range r.Rights {
				if right.Name == "admin/super" {
					holders++
				}
			}
		}
		if conflicts != 1 || holders != 1 {
			t.Errorf("%d changes were refused, %d roles hold admin/super; want one of each", conflicts, holders)
		}
	})
}
