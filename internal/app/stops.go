package app

import (
	"context"
	"log/slog"
)

// warnOfStops says in the log which sites begin with something stopped, so that nobody looks for another reason.
func (a *App) warnOfStops(ctx context.Context, log *slog.Logger) error {
	sites, err := a.Sites.List(ctx)
	if err != nil {
		return err
	}
	for _, site := range sites {
		v, err := a.Settings.Settings(ctx, site)
		if err != nil {
			return err
		}
		for _, stop := range v.Stopped() {
			log.Warn("an administrator has stopped something; chartwright resume lifts it", "site", site, "setting", stop)
		}
	}
	return nil
}
