package cli

import (
	"context"
	"fmt"
	"time"

	"chartwright/internal/app"
)

type clientSecretCmd struct {
	Rotate clientSecretRotateCmd `cmd:"" help:"Give an app a new secret; the one until now may stay good for a while."`
	End    clientSecretEndCmd    `cmd:"" help:"Make the secret that was rotated out worthless at once."`
}

type clientSecretRotateCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string        `arg:"" help:"client_id of the app."`
	Keep           time.Duration `default:"24h" help:"How long the secret until now stays good, 168h at most; 0 if somebody else may know it."`
}

// Run prints the new secret; it is shown once.
func (c clientSecretRotateCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		secret, err := a.Admin.RotateSecret(ctx, c.Site, c.ID, c.Keep)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "client_secret %s\n", secret)
		if c.Keep > 0 {
			fmt.Fprintf(t.out, "the secret until now is good for another %s\n", c.Keep)
		} else {
			fmt.Fprintln(t.out, "the secret until now is not good any more")
		}
		return nil
	})
}

type clientSecretEndCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"client_id of the app."`
}

// Run ends the old secret.
func (c clientSecretEndCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.EndOldSecret(ctx, c.Site, c.ID); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "client %s has one secret\n", c.ID)
		return nil
	})
}
