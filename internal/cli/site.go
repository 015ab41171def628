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
	Enable  siteEnableCmd  `cmd:"" help:"Switch a site's APIs on."`
	Disable siteDisableCmd `cmd:"" help:"Switch a site's APIs off."`
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

// Run prints one line a site: its name, which APIs are on, and what is stopped.
func (c siteListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		names, err := a.Sites.List(ctx)
		for _, name := range names {
			v, serr := a.Settings.Settings(ctx, name)
			if serr != nil {
				err = errors.Join(err, serr)
				continue
			}
			fmt.Fprintf(t.out, "%s\tstandard %s\tportal %s\tfhir %s", name, onOff(v.APIStandard), onOff(v.APIPortal), onOff(v.APIFHIR))
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

// Run switches the three APIs on.
func (c siteEnableCmd) Run(ctx context.Context, t *terminal) error {
	return switchSite(ctx, t, c.administration, c.Name, "on")
}

type siteDisableCmd struct {
	administration `embed:""`
	Name           string `arg:"" help:"Name of the site."`
}

// Run switches the three APIs off; records and accounts stay.
func (c siteDisableCmd) Run(ctx context.Context, t *terminal) error {
	return switchSite(ctx, t, c.administration, c.Name, "off")
}

func switchSite(ctx context.Context, t *terminal, c administration, site, value string) error {
	return c.at(ctx, t, site, func(a *app.App) error {
		for _, api := range []string{"api_standard", "api_portal", "api_fhir"} {
			if err := a.Admin.SetSetting(ctx, site, api, value); err != nil {
				return err
			}
		}
		fmt.Fprintf(t.out, "the APIs of site %s are %s\n", site, value)
		return nil
	})
}
