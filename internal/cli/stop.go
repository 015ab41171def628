package cli

import (
	"context"
	"errors"
	"fmt"

	"chartwright/internal/app"
	"chartwright/internal/setting"
)

// stopping says what is stopped or resumed, and where.
type stopping struct {
	administration `embed:""`
	siteOption     `embed:""`
	All            bool   `help:"Every site instead of one." name:"all-sites"`
	What           string `arg:"" optional:"" enum:"tokens,writes,everything" default:"everything" help:"tokens: none is issued; writes: nothing of the record changes; everything: both."`
}

type stopCmd struct {
	stopping `embed:""`
}

// Run stops.
func (c stopCmd) Run(ctx context.Context, t *terminal) error { return c.put(ctx, t, setting.On) }

type resumeCmd struct {
	stopping `embed:""`
}

// Run lifts the stop.
func (c resumeCmd) Run(ctx context.Context, t *terminal) error { return c.put(ctx, t, setting.Off) }

// put changes the settings at every site that is meant. A site at which that fails keeps no other from being stopped.
func (c stopping) put(ctx context.Context, t *terminal, value string) error {
	site := c.Site
	if c.All {
		site = ""
	}
	return c.at(ctx, t, site, func(a *app.App) error {
		sites, err := []string{c.Site}, error(nil)
		if c.All {
			sites, err = a.Sites.List(ctx)
		}
		for _, site := range sites {
			for _, name := range setting.Stops() {
				if c.What != "everything" && name != "stop_"+c.What {
					continue
				}
				if perr := a.Admin.SetSetting(ctx, site, name, value); perr != nil {
					err = errors.Join(err, fmt.Errorf("site %s: %w", site, perr))
					continue
				}
				fmt.Fprintf(t.out, "%s is %s on site %s\n", name, value, site)
			}
		}
		return err
	})
}
