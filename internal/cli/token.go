package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
)

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" help:"List what people have given apps, newest first: one line a grant, with all its tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"End grants with all their tokens, by id, app or person; the next call is refused."`
}

// grantSelection says which grants a command is about.
type grantSelection struct {
	Client string `help:"Grants of the app with this client id." placeholder:"ID"`
	User   string `help:"Grants of the account with this login." placeholder:"LOGIN"`
	kindOption
}

func (s grantSelection) who() identity.Who {
	return identity.Who{Login: s.User, Kind: account.Kind(s.Kind)}
}

type tokenListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	grantSelection `embed:""`
	Limit          int    `default:"50" help:"How many to list, 1 to 1000."`
	After          string `help:"Go on behind this place, which the page before has printed." placeholder:"CURSOR"`
}

// Run prints one page, and below it the way to the next.
func (c tokenListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		page, err := a.Admin.Grants(ctx, c.Site, identity.GrantQuery{ClientID: c.Client, Who: c.who(), After: c.After, Limit: c.Limit})
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tCLIENT\tACCOUNT\tGIVEN\tSCOPES")
		for _, g := range page.Grants {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", g.ID, g.ClientID, orNone(g.AccountID), g.Created.UTC().Format(time.DateTime), strings.Join(g.Scopes, " "))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if page.Next != "" {
			fmt.Fprintf(t.out, "more with --after %s\n", page.Next)
		}
		return nil
	})
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

type tokenRevokeCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	grantSelection `embed:""`
	ID             string `arg:"" optional:"" help:"ID of one grant, as token list prints it."`
}

// Run revokes and prints how many grants were live.
func (c tokenRevokeCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		n, err := a.Admin.RevokeGrants(ctx, c.Site, identity.GrantQuery{ID: c.ID, ClientID: c.Client, Who: c.who()})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "grants revoked: %d\n", n)
		return nil
	})
}
