package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"chartwright/internal/fhir/index"
)

// Outdated reports whether the search index of a site has another form than this program gives it, so that searches may miss some of
// what the site holds until [App.Reindex] has made all of it anew.
//
// Errors: NotFound, Unavailable.
func (a *App) Outdated(ctx context.Context, site string) (bool, error) {
	db, err := a.Sites.DB(ctx, site)
	if err != nil {
		return false, err
	}
	form, err := db.IndexForm(ctx)
	return form != index.Form, err
}

// outdated returns those of sites whose search index has another form than this program gives it.
func (a *App) outdated(ctx context.Context, sites []string) (found []string, err error) {
	for _, site := range sites {
		is, err := a.Outdated(ctx, site)
		if err != nil {
			return nil, err
		}
		if is {
			found = append(found, site)
		}
	}
	return found, nil
}

// warnOfIndexes says in the log which sites are to be indexed anew, and returns them.
func (a *App) warnOfIndexes(ctx context.Context, log *slog.Logger) ([]string, error) {
	sites, err := a.Sites.List(ctx)
	if err != nil {
		return nil, err
	}
	sites, err = a.outdated(ctx, sites)
	for _, site := range sites {
		log.Warn("another release has indexed this site, and searches may miss some of it until it is indexed anew", "site", site,
			"command", "chartwright reindex --site "+site)
	}
	return sites, err
}

// stillOutdated returns a count of those of sites that are still to be indexed anew. It asks about no others: what is in order when a
// server starts stays so.
func (a *App) stillOutdated(sites []string) func() int {
	const wait = 3 * time.Second
	var mu sync.Mutex
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		if left, err := a.outdated(ctx, sites); err == nil {
			sites = left
		}
		return len(sites)
	}
}
