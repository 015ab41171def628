package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/fault"
	"chartwright/internal/identity/role"
)

type roleCmd struct {
	List   roleListCmd   `cmd:"" help:"List the roles."`
	Show   roleShowCmd   `cmd:"" help:"Print the rights of a role."`
	Rights roleRightsCmd `cmd:"" help:"Print the rights and levels that there are."`
	Add    roleAddCmd    `cmd:"" help:"Make a role without rights."`
	Grant  roleGrantCmd  `cmd:"" help:"Give a role a right; it is in force at once."`
	Revoke roleRevokeCmd `cmd:"" help:"Take a right from a role; it is in force at once."`
	Reset  roleResetCmd  `cmd:"" help:"Give a built-in role the rights of a new site again; remove a role of the site's own."`
}

type roleListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run prints one line a role.
func (c roleListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		roles, err := a.Admin.Roles(ctx, c.Site)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tTITLE\tRIGHTS\tORIGIN")
		for _, r := range roles {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.Name, r.Title, len(r.Rights), origin(r))
		}
		return w.Flush()
	})
}

func origin(r *role.Role) string {
	switch {
	case r.Changed:
		return "built in, changed"
	case r.BuiltIn:
		return "built in"
	}
	return "site"
}

type roleShowCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the role."`
}

// Run prints one line a right.
func (c roleShowCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		roles, err := a.Admin.Roles(ctx, c.Site)
		if err != nil {
			return err
		}
		for _, r := range roles {
			if r.Name != c.Name {
				continue
			}
			w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
			for _, right := range r.Rights {
				fmt.Fprintf(w, "%s\t%s\n", right.Name, right.Level)
			}
			return w.Flush()
		}
		return fault.New(fault.NotFound, "cli.role", "there is no role %q; chartwright role list lists them", c.Name)
	})
}

type roleRightsCmd struct{}

// Run prints one line a right, then the levels.
func (roleRightsCmd) Run(t *terminal) error {
	for _, r := range access.Rights() {
		fmt.Fprintln(t.out, r)
	}
	fmt.Fprintln(t.out, "levels:", access.Levels())
	return nil
}

type roleAddCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the role, in small letters."`
	Title          string `required:"" help:"What people call it."`
}

// Run makes the role.
func (c roleAddCmd) Run(ctx context.Context, t *terminal) error {
	return changeRole(ctx, t, c.administration, c.Site, "role add", c.Name, func(s *role.Service) error {
		return s.Add(ctx, c.Site, c.Name, c.Title)
	})
}

type roleGrantCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the role."`
	Right          string `arg:"" help:"The right, such as patients/demo."`
	Level          string `arg:"" help:"view, addonly, wsome, write or deny."`
}

// Run gives the right.
func (c roleGrantCmd) Run(ctx context.Context, t *terminal) error {
	return changeRole(ctx, t, c.administration, c.Site, "role grant "+c.Right+" "+c.Level, c.Name, func(s *role.Service) error {
		return s.Grant(ctx, c.Site, c.Name, c.Right, c.Level)
	})
}

type roleRevokeCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the role."`
	Right          string `arg:"" help:"The right, such as patients/demo."`
	Level          string `arg:"" optional:"" help:"The level; all when empty."`
}

// Run takes the right.
func (c roleRevokeCmd) Run(ctx context.Context, t *terminal) error {
	return changeRole(ctx, t, c.administration, c.Site, "role revoke "+c.Right, c.Name, func(s *role.Service) error {
		return s.Revoke(ctx, c.Site, c.Name, c.Right, c.Level)
	})
}

type roleResetCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the role."`
}

// Run forgets the site's changes.
func (c roleResetCmd) Run(ctx context.Context, t *terminal) error {
	return changeRole(ctx, t, c.administration, c.Site, "role reset", c.Name, func(s *role.Service) error {
		return s.Reset(ctx, c.Site, c.Name)
	})
}

func changeRole(ctx context.Context, t *terminal, c administration, site, operation, name string, change func(*role.Service) error) error {
	return c.at(ctx, t, site, func(a *app.App) error {
		if err := a.Admin.ChangeRole(ctx, site, operation, name, change); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "role %s is changed\n", name)
		return nil
	})
}
