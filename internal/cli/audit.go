package cli

import (
	"context"
	"fmt"

	"chartwright/internal/app"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that no event was changed or removed."`
}

type auditVerifyCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run walks the hash chain; a break is an error.
func (c auditVerifyCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		site, err := a.Sites.Open(ctx, c.Site)
		if err != nil {
			return err
		}
		check, err := site.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		if check.BrokenAt != 0 {
			return fmt.Errorf("the audit trail of site %s is broken at event %d of %d", c.Site, check.BrokenAt, check.Events)
		}
		fmt.Fprintf(t.out, "the audit trail of site %s is whole: %d events\n", c.Site, check.Events)
		return nil
	})
}
