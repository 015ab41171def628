package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/config"
	"chartwright/internal/durable"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore"
	"chartwright/internal/setting"
)

// A backup is a data folder: SQLite files that a server could serve, whatever database the sites come from, and a manifest of
// what they hold. The master key, under which the secrets in it are sealed, is not in it and must be kept elsewhere.
const manifestFile = "manifest.json"

// manifest says what the files of a backup hold, by site and table.
type manifest struct {
	Made  time.Time                 `json:"made"`
	Sites map[string]gormstore.Sums `json:"sites"`
}

// Told hears of each table that was copied.
type Told func(site, table string, rows int64)

func (t Told) of(site string) func(string, int64) {
	return func(table string, rows int64) { t(site, table, rows) }
}

// Backup writes sites, all if none is named, to the new folder dir: each as it is at one instant, while the server goes on.
//
// Errors: Conflict when the folder holds a backup already, NotFound for a site.
func (a *App) Backup(ctx context.Context, dir string, sites []string, told Told) (err error) {
	const op = "app.backup"
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Conflict, op, "%s holds a backup; every backup has a folder of its own", dir)
	}
	if sites, err = a.chosen(ctx, a.Sites, sites); err != nil {
		return err
	}
	to, err := gormstore.Open(ctx, a.store(config.Store{Data: dir}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	m := manifest{Made: time.Now().UTC(), Sites: map[string]gormstore.Sums{}}
	for _, site := range sites {
		if err := a.recordCopy(ctx, site, "backup"); err != nil {
			return err
		}
		if m.Sites[site], err = to.CopySite(ctx, a.Sites, site, told.of(site)); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	return fault.Wrap(fault.Unavailable, op, durable.WriteFile(filepath.Join(dir, manifestFile), append(text, '\n')))
}

// Restore makes the sites of a backup, all if none is named, anew. What is written is read again and compared with the
// manifest.
//
// Errors: Invalid when dir holds no whole backup, Conflict when a site exists, Unauthenticated when its secrets are sealed under
// another master key; the site is there then, and works as soon as the right key is.
func (a *App) Restore(ctx context.Context, dir string, sites []string, told Told) error {
	const op = "app.restore"
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Op: op, Detail: "there is no backup in " + dir, Err: err}
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return &fault.Error{Kind: fault.Invalid, Op: op, Detail: "the manifest of " + dir + " is damaged", Err: err}
	}
	from, err := gormstore.Open(ctx, a.store(config.Store{Data: dir}))
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	if sites, err = a.chosen(ctx, from, sites); err != nil {
		return err
	}
	for _, site := range sites {
		if err := intact(ctx, from, site, m.Sites[site]); err != nil {
			return err
		}
		if err := a.takeOver(ctx, from, site, "restore", told); err != nil {
			return err
		}
	}
	return nil
}

// intact makes sure that a site of a backup is what the manifest says.
func intact(ctx context.Context, from *gormstore.Server, site string, want gormstore.Sums) error {
	db, err := from.DB(ctx, site)
	if err != nil {
		return err
	}
	have, err := db.Sums(ctx)
	if err == nil && len(want) == 0 {
		err = errors.New("the manifest does not know it")
	}
	if err == nil {
		err = want.Compare(have)
	}
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Op: "app.restore", Detail: "the backup of site " + site + " is damaged", Err: err}
	}
	return nil
}

// MoveTo copies sites, all if none is named, to another database and leaves the old ones closed, so that nothing is
// written where nobody will look for it. The APIs of the copies are as they were.
//
// Errors: Conflict when a site exists there or was written to meanwhile.
func (a *App) MoveTo(ctx context.Context, to *App, sites []string, told Told) error {
	sites, err := a.chosen(ctx, a.Sites, sites)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if err := a.moveSite(ctx, to, site, told); err != nil {
			return fmt.Errorf("site %s: %w", site, err)
		}
	}
	return nil
}

func (a *App) moveSite(ctx context.Context, to *App, site string, told Told) error {
	if err := a.CloseSite(ctx, site); err != nil {
		return err
	}
	err := to.takeOver(ctx, a.Sites, site, "move-db", told)
	if err == nil {
		err = a.unchangedSince(ctx, to, site)
	}
	if err != nil {
		return errors.Join(err, a.Admin.SetSetting(ctx, site, closed, setting.Off))
	}
	return to.Admin.SetSetting(ctx, site, closed, setting.Off)
}

// unchangedSince makes sure that no write that was under way when the site was closed came after the copy.
func (a *App) unchangedSince(ctx context.Context, to *App, site string) error {
	var seq [2]int64
	for i, sites := range []*gormstore.Server{a.Sites, to.Sites} {
		db, err := sites.DB(ctx, site)
		if err != nil {
			return err
		}
		if seq[i], err = db.Sequence(ctx); err != nil {
			return err
		}
	}
	if seq[0] == seq[1] {
		return nil
	}
	return errors.Join(fault.New(fault.Conflict, "app.move-db", "somebody wrote to the site while it was copied; try again"), to.Sites.Drop(ctx, site))
}

// takeOver makes a site from that of another server, and checks that this program can open its secrets.
func (a *App) takeOver(ctx context.Context, from *gormstore.Server, site, operation string, told Told) error {
	if _, err := a.Sites.CopySite(ctx, from, site, told.of(site)); err != nil {
		return err
	}
	if err := a.recordCopy(ctx, site, operation); err != nil {
		return err
	}
	if err := a.Admin.CheckKeys(ctx, site); err != nil {
		return &fault.Error{Kind: fault.Unauthenticated, Op: "app." + operation, Err: err,
			Detail: "site " + site + " is there, but its secrets are sealed under another master key: give CHARTWRIGHT_KEY or the data folder's master.key of the server that it comes from"}
	}
	return nil
}

// chosen returns the sites that were named, or all.
func (a *App) chosen(ctx context.Context, of *gormstore.Server, named []string) ([]string, error) {
	all, err := of.List(ctx)
	if err != nil || len(named) == 0 {
		return all, err
	}
	for _, site := range named {
		if !slices.Contains(all, site) {
			return nil, fault.New(fault.NotFound, "app.sites", "there is no site %q", site)
		}
	}
	return named, nil
}

func (a *App) recordCopy(ctx context.Context, site, operation string) error {
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return err
	}
	by := CommandLine(site)
	return s.Record(ctx, &chart.AuditEvent{
		Time: time.Now().UTC(), Kind: "export", Action: "E", Operation: operation, API: "cli", UserID: by.UserID, UserName: by.UserName, ClientID: by.ClientID,
	}, true)
}
