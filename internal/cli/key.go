package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"chartwright/internal/app"
)

type keyCmd struct {
	List   keyListCmd   `cmd:"" help:"List the signing keys."`
	Rotate keyRotateCmd `cmd:"" help:"Make a new signing key; the old one stays published until its tokens have run out."`
}

type keyListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run prints one line a key; private parts are never shown.
func (c keyListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		keys, err := a.Admin.Keys(ctx, c.Site)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "KID\tALGORITHM\tMADE")
		for _, k := range keys {
			fmt.Fprintf(w, "%s\t%s\t%s\n", k.ID, k.Alg, k.Created.UTC().Format(time.RFC3339))
		}
		return w.Flush()
	})
}

type keyRotateCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Algorithm      string `help:"RS256, RS384 or ES384." default:"RS256" enum:"RS256,RS384,ES384"`
}

// Run makes the new key.
func (c keyRotateCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.RotateKey(ctx, c.Site, c.Algorithm); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "site %s signs with a new %s key\n", c.Site, c.Algorithm)
		return nil
	})
}
