package identity_test

import (
	"context"
	"testing"

	"chartwright/internal/fault"
	"chartwright/internal/identity"
)

func TestAdministratorRevokesGrants(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := w.register(nil)
		first, second := w.tokens(c, "openid user/Patient.read"), w.tokens(c, "openid user/Patient.read")
		page, err := w.admin.Grants(ctx, "default", identity.GrantQuery{ClientID: c.id, Limit: 1})
		if err != nil || len(page.Grants) != 1 || page.Next == "" {
			t.Fatalf("first page: %+v, %v", page, err)
		}
		rest, err := w.admin.Grants(ctx, "default", identity.GrantQuery{ClientID: c.id, Limit: 1, After: page.Next})
		if err != nil || len(rest.Grants) != 1 || rest.Next != "" || rest.Grants[0].ID == page.Grants[0].ID {
			t.Fatalf("second page: %+v, %v", rest, err)
		}
		if n, err := w.admin.RevokeGrants(ctx, "default", identity.GrantQuery{ID: rest.Grants[0].ID}); err != nil || n != 1 {
			t.Fatalf("%d revoked, %v", n, err)
		}
		if w.live(first) == w.live(second) {
			t.Error("not exactly one of two grants was revoked")
		}
		if e := w.audit.last("token"); e.Operation != "token revoke" || e.ID != rest.Grants[0].ID {
			t.Errorf("audit event: %+v", e)
		}
		if n, err := w.admin.RevokeGrants(ctx, "default", identity.GrantQuery{ClientID: c.id, Who: identity.Named("receptionist")}); err != nil || n != 0 {
			t.Errorf("grants of somebody else: %d revoked, %v", n, err)
		}
		if n, err := w.admin.RevokeGrants(ctx, "default", identity.GrantQuery{ClientID: c.id}); err != nil || n != 1 || w.live(first) || w.live(second) {
			t.Errorf("%d revoked, %v", n, err)
		}
		if _, err := w.admin.RevokeGrants(ctx, "default", identity.GrantQuery{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("everything is revoked when nothing is selected: %v", err)
		}
		if _, err := w.admin.Grants(ctx, "default", identity.GrantQuery{After: "1.", Limit: 1}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a cursor without an id: %v", err)
		}
	})
}
