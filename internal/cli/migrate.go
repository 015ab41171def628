package cli

import (
	"context"
	"fmt"

	"chartwright/internal/app"
)

type migrateCmd struct {
	administration `embed:""`
}

// Run opens every site, which brings its schema up to date.
func (c migrateCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, "", func(a *app.App) error {
		names, err := a.Sites.List(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := a.Sites.Open(ctx, name); err != nil {
				return fmt.Errorf("site %s: %w", name, err)
			}
			fmt.Fprintf(t.out, "site %s is up to date\n", name)
			outdated, err := a.Outdated(ctx, name)
			if err != nil {
				return fmt.Errorf("site %s: %w", name, err)
			}
			if outdated {
				fmt.Fprintf(t.out, "site %s: its search index is of another release; when all servers run this one: chartwright reindex --site %s\n", name, name)
			}
		}
		return nil
	})
}
