package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"chartwright/internal/app"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

type settingCmd struct {
	Get settingGetCmd `cmd:"" help:"Print one setting, or all."`
	Set settingSetCmd `cmd:"" help:"Change a setting; it is in force at once."`
}

type settingGetCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" optional:"" help:"Name of the setting; all when empty."`
}

// Run prints the value, or one line a setting with its choices.
func (c settingGetCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		v, err := a.Settings.Settings(ctx, c.Site)
		if err != nil {
			return err
		}
		if c.Name != "" {
			value, ok := v.Of(c.Name)
			if !ok {
				return fault.New(fault.NotFound, "cli.setting", "there is no setting %q; chartwright setting get lists them", c.Name)
			}
			fmt.Fprintln(t.out, value)
			return nil
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		for _, d := range setting.All() {
			value, _ := v.Of(d.Name)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.Name, value, strings.Join(d.Allowed, "|"), d.Help)
		}
		return w.Flush()
	})
}

type settingSetCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Name           string `arg:"" help:"Name of the setting."`
	Value          string `arg:"" help:"New value."`
}

// Run changes the setting.
func (c settingSetCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		if err := a.Admin.SetSetting(ctx, c.Site, c.Name, c.Value); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s is %s on site %s\n", c.Name, c.Value, c.Site)
		return nil
	})
}
