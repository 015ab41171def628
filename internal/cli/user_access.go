package cli

import (
	"context"
	"fmt"
	"strings"

	"chartwright/internal/app"
)

type userGroupsCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
	Groups         []string `arg:"" optional:"" help:"ACL groups that the user belongs to from now on; none = to no group." name:"group"`
}

// Run replaces the groups.
func (c userGroupsCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.SetGroups(ctx, c.Site, c.who(), c.Groups); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "groups of %s: %s\n", c.Login, orNone(strings.Join(c.Groups, ",")))
		return nil
	})
}

type userTOTPCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
	Off            bool `help:"Take the second factor away, with its recovery codes."`
}

// Run prints the address that an authenticator app reads, which is shown once.
func (c userTOTPCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		address, err := a.Admin.SetTOTP(ctx, c.Site, c.who(), !c.Off)
		if err != nil {
			return err
		}
		if c.Off {
			fmt.Fprintf(t.out, "%s has no second factor\n", c.Login)
			return nil
		}
		fmt.Fprintf(t.out, "second factor of %s %s\n", c.Login, address)
		return nil
	})
}
