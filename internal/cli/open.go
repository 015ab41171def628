package cli

import (
	"context"
	"log/slog"

	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/fault"
)

// administration are the options of every command that works on the sites, beside a running server or without one.
type administration struct {
	config.Store `embed:""`
	BaseURL      string `help:"URL under which clients reach the server; absolute references below it count as local." name:"base-url" placeholder:"URL"`
}

// siteOption names the site of a command.
type siteOption struct {
	Site string `help:"Site to work on." default:"default" placeholder:"NAME"`
}

// open opens the program on its databases for one command.
func (a administration) open(ctx context.Context, t *terminal) (*app.App, error) {
	base := a.BaseURL
	if base == "" {
		base = "https://localhost:9300"
	}
	log := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return app.Open(ctx, a.Store, app.Options{BaseURL: base, Version: version, Log: log})
}

// at opens the program and makes sure that the site exists; then it runs do and closes.
func (a administration) at(ctx context.Context, t *terminal, site string, do func(*app.App) error) (err error) {
	p, err := a.open(ctx, t)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := p.Close(); err == nil {
			err = cerr
		}
	}()
	if site != "" {
		if _, err := p.Sites.Open(ctx, site); fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "cli.site", "there is no site %q here; chartwright site list shows those that are, chartwright site add makes one", site)
		} else if err != nil {
			return err
		}
	}
	return do(p)
}
