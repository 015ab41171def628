package cli

import (
	"context"
	"errors"
	"fmt"

	"chartwright/internal/app"
)

type siteCmd struct {
	Add     siteAddCmd     `cmd:"" help:"Make a new site."`
	List    siteListCmd    `cmd:"" help:"List the sites."`
	Enable  siteEnableCmd  `cmd:"" help:"Open a site; one without an API gets all three."`
	Disable siteDisableCmd `cmd:"" help:"Close a site: it answers nobody, as if it did not exist."`
}

type siteAddCmd struct {
	administration `embed:""`
	Name           string `arg:"" help:"Name of the new site: letters, digits, dots and hyphens."`
}

// Run makes the site and its first administrator.
func (c siteAddCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		password, err := a.AddSite(ctx, c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "site %s added; its APIs are off until: chartwright site enable %s\nits administrator is admin with the password %s, shown this once\n", c.Name, c.Name, password)
		return nil
	})
}

type siteListCmd struct {
	administration `embed:""`
}

// Run prints one line a site: its name, which APIs answer, whether it is closed, and what is stopped.
func (c siteListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		names, err := a.Sites.List(ctx)
		for _, name := range names {
			v, serr := a.Settings.Settings(ctx, name)
			if serr != nil {
				err = errors.Join(err, serr)
				continue
			}
			open := !v.Closed
			fmt.Fprintf(t.out, "%s\tstandard %s\tportal %s\tfhir %s", name, onOff(open && v.APIStandard), onOff(open && v.APIPortal), onOff(open && v.APIFHIR))
			if !open {
				fmt.Fprint(t.out, "\tclosed")
			}
			for _, stop := range v.Stopped() {
				fmt.Fprintf(t.out, "\t%s on", stop)
			}
			fmt.Fprintln(t.out)
		}
		return err
	})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

type siteEnableCmd struct {
	administration `embed:""`
	Name           string `arg:"" help:"Name of the site."`
}

// Run opens the site.
func (c siteEnableCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Name, func(a *app.App) error {
		if err := a.OpenSite(ctx, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "site %s is open\n", c.Name)
		return nil
	})
}

type siteDisableCmd struct {
	administration `embed:""`
	Name           string `arg:"" help:"Name of the site."`
}

// Run closes the site; records, accounts and settings stay.
func (c siteDisableCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Name, func(a *app.App) error {
		if err := a.CloseSite(ctx, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "site %s is closed: it answers nobody until: chartwright site enable %s\n", c.Name, c.Name)
		return nil
	})
}
