package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/identity/role"
)

// roles are the roles of the sites over the admin's own stores.
func (a *Admin) roles() *role.Service {
	return role.New(func(ctx context.Context, site string) (role.Store, error) { return a.Open(ctx, site) })
}

// Roles returns the roles of a site with their rights.
func (a *Admin) Roles(ctx context.Context, site string) ([]*role.Role, error) {
	return a.roles().List(ctx, site)
}

// ChangeRole makes one change to the roles of a site and leaves an audit record under the name of the operation. What a role allows is
// decided anew on every call, so the change is felt by whoever is signed in, on every replica.
func (a *Admin) ChangeRole(ctx context.Context, site, operation, name string, change func(*role.Service) error) error {
	err := change(a.roles())
	return a.record(ctx, site, &chart.AuditEvent{Kind: auditRole, Action: "U", Operation: operation, ID: name}, err)
}
