package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"chartwright/internal/app"
)

type exportCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Out            string `help:"Folder to write to." required:"" type:"path" placeholder:"DIR"`
}

// Run writes the files and prints how many resources each holds.
func (c exportCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		counts, err := a.Export(ctx, c.Site, c.Out)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		var total int64
		for _, typ := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(w, "%s\t%d\n", typ, counts[typ])
			total += counts[typ]
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%d resources written to %s\n", total, c.Out)
		return nil
	})
}
