package cli

import (
	"context"
	"fmt"

	"chartwright/internal/app"
)

type clientSwitchCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"client_id of the app."`
	Name           string `arg:"" help:"pkce_exempt: it may leave PKCE out; skip_ehr_launch: its launch from the EHR needs no consent page; resource_server: it may look into the tokens of all apps."`
	State          string `arg:"" enum:"on,off" help:"on or off."`
}

// Run sets the switch.
func (c clientSwitchCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.SetClientSwitch(ctx, c.Site, c.ID, c.Name, c.State == "on"); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s of client %s is %s\n", c.Name, c.ID, c.State)
		return nil
	})
}
