package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"chartwright/internal/app"
)

type clientTokenCmd struct {
	Add    clientTokenAddCmd    `cmd:"" help:"Make an initial access token, with which apps register where the setting registration is token."`
	List   clientTokenListCmd   `cmd:"" help:"List the initial access tokens."`
	Remove clientTokenRemoveCmd `cmd:"" help:"Make an initial access token worthless; apps registered with it stay."`
}

type clientTokenAddCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Note           string `help:"For whom it is."`
	Uses           int    `default:"1" help:"How many apps it registers."`
	Days           int    `default:"7" help:"How many days it is good for."`
}

// Run prints the token; it is shown once.
func (c clientTokenAddCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		token, err := a.Admin.AddInitialToken(ctx, c.Site, c.Note, c.Uses, time.Duration(c.Days)*24*time.Hour)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "initial access token %s\n", token)
		return nil
	})
}

type clientTokenListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run prints one line a token, without the token.
func (c clientTokenListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		tokens, err := a.Admin.InitialTokens(ctx, c.Site)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tUSES LEFT\tEXPIRES\tNOTE")
		for _, k := range tokens {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", k.Hash.ID(), k.Uses, k.Expires.UTC().Format(time.DateOnly), k.Note)
		}
		return w.Flush()
	})
}

type clientTokenRemoveCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	ID             string `arg:"" help:"ID of the token, as client token list prints it."`
}

// Run removes the token.
func (c clientTokenRemoveCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.RemoveInitialToken(ctx, c.Site, c.ID); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "initial access token %s is removed\n", c.ID)
		return nil
	})
}
