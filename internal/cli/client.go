package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"chartwright/internal/app"
)

type clientCmd struct {
	List    clientListCmd    `cmd:"" help:"List the registered apps."`
	Show    clientShowCmd    `cmd:"" help:"Print what an app registered."`
	Enable  clientEnableCmd  `cmd:"" help:"Approve an app."`
	Disable clientDisableCmd `cmd:"" help:"Stop an app; its tokens are refused from the next call on."`
	Switch  clientSwitchCmd  `cmd:"" help:"Set a switch of an app that only an administrator sets."`
	Secret  clientSecretCmd  `cmd:"" help:"The secret with which an app proves who it is."`
	Token   clientTokenCmd   `cmd:"" help:"Initial access tokens, with which apps register."`
}

type clientListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run prints one line an app.
func (c clientListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		clients, err := a.Admin.Clients(ctx, c.Site)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tENABLED\tAUTHENTICATION\tREGISTERED\tNAME")
		for _, k := range clients {
			fmt.Fprintf(w, "%s\t%t\t%s\t%s\t%s\n", k.ID, k.Enabled, k.Metadata.AuthMethod, k.IssuedAt.UTC().Format("2006-01-02"), k.Name())
		}
		return w.Flush()
	})
}

type clientShowCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"client_id of the app."`
}

// Run prints the app's registration, without secrets.
func (c clientShowCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		k, err := a.Admin.Client(ctx, c.Site, c.ID)
		if err != nil {
			return err
		}
		w := json.NewEncoder(t.out)
		w.SetIndent("", "  ")
		return w.Encode(map[string]any{"client_id": k.ID, "enabled": k.Enabled, "registration": k.Metadata})
	})
}

type clientEnableCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"client_id of the app."`
}

// Run approves the app.
func (c clientEnableCmd) Run(ctx context.Context, t *terminal) error {
	return setClientEnabled(ctx, t, c.administration, c.Site, c.ID, true)
}

type clientDisableCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"client_id of the app."`
}

// Run stops the app.
func (c clientDisableCmd) Run(ctx context.Context, t *terminal) error {
	return setClientEnabled(ctx, t, c.administration, c.Site, c.ID, false)
}

func setClientEnabled(ctx context.Context, t *terminal, c administration, site, id string, enabled bool) error {
	return c.at(ctx, t, site, func(a *app.App) error {
		if err := a.Admin.SetClientEnabled(ctx, site, id, enabled); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "client %s is %s\n", id, enabledWord(enabled))
		return nil
	})
}
