package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"chartwright/internal/app"
	"chartwright/internal/config"
)

// someSites names sites; none means all.
type someSites struct {
	Site []string `help:"Only these sites; all if none is named." placeholder:"NAME"`
}

// told counts what is copied.
func told(t *terminal) app.Told {
	return func(site, table string, rows int64) {
		if rows > 0 {
			fmt.Fprintf(t.err, "%s: %s %d\n", site, table, rows)
		}
	}
}

type backupCmd struct {
	administration `embed:""`
	someSites      `embed:""`
	Out            string `help:"New folder to write to." required:"" type:"path" placeholder:"DIR"`
}

// Run writes the backup.
func (c backupCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		if err := a.Backup(ctx, c.Out, c.Site, told(t)); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "the backup is in %s; keep the master key (CHARTWRIGHT_KEY or the data folder's master.key) elsewhere: it is of no use without\n", c.Out)
		return nil
	})
}

type restoreCmd struct {
	administration `embed:""`
	someSites      `embed:""`
	From           string `arg:"" name:"dir" help:"Folder of the backup." type:"existingdir"`
	Verify         bool   `help:"Then check the restored sites as chartwright check does."`
}

// Run brings the sites back.
func (c restoreCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		if err := a.Restore(ctx, c.From, c.Site, told(t)); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "restored from %s\n", c.From)
		if !c.Verify {
			return nil
		}
		return check(ctx, t, a, c.Site)
	})
}

type moveDBCmd struct {
	administration `embed:""`
	someSites      `embed:""`
	To             string `help:"Where to: a folder for SQLite files, or postgres://…" required:"" placeholder:"DIR|DSN"`
}

// Run copies the sites and switches the old ones off.
func (c moveDBCmd) Run(ctx context.Context, t *terminal) error {
	store := config.Store{Data: c.Data}
	if strings.Contains(c.To, "://") {
		store.Database = config.Secret(c.To)
	} else {
		store.Data = c.To
	}
	if err := store.Validate(); err != nil {
		return err
	}
	return c.at(ctx, t, "", func(a *app.App) (err error) {
		target := administration{Store: store, BaseURL: c.BaseURL}
		to, err := target.open(ctx, t)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, to.Close()) }()
		if err := a.MoveTo(ctx, to, c.Site, told(t)); err != nil {
			return err
		}
		fmt.Fprintln(t.out, "moved; the sites here are switched off, serve the new ones with the options of the new place")
		return nil
	})
}

type checkCmd struct {
	administration `embed:""`
	someSites      `embed:""`
}

// Run checks the sites; a fault makes it fail.
func (c checkCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error { return check(ctx, t, a, c.Site) })
}

func check(ctx context.Context, t *terminal, a *app.App, sites []string) error {
	if len(sites) == 0 {
		var err error
		if sites, err = a.Sites.List(ctx); err != nil {
			return err
		}
	}
	broken := 0
	for _, site := range sites {
		resources, faults, err := a.Check(ctx, site)
		if err != nil {
			return fmt.Errorf("site %s: %w", site, err)
		}
		if len(faults) == 0 {
			fmt.Fprintf(t.out, "site %s is sound: %d resources\n", site, resources)
			continue
		}
		broken++
		for _, f := range faults {
			fmt.Fprintf(t.out, "site %s: %s\n", site, f)
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d sites have faults", broken, len(sites))
	}
	return nil
}
