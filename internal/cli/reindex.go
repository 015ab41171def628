package cli

import (
	"context"
	"fmt"

	"chartwright/internal/app"
	"chartwright/internal/care/parameter"
)

type reindexCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Type           string `help:"Only resources of this type." placeholder:"TYPE"`
	Param          string `help:"Only types that have a search parameter of this name." placeholder:"CODE"`
	Quiet          bool   `help:"No progress line."`
}

// Run makes the search index anew, beside a running server or without one, and prints what was done by type.
func (c reindexCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		job, err := a.Reindex(ctx, c.Site, parameter.Request{Type: c.Type, Param: c.Param}, func(j *parameter.Job) {
			if !c.Quiet {
				fmt.Fprintf(t.err, "\r\x1b[K%s", j.Progress())
			}
		})
		if !c.Quiet {
			fmt.Fprintln(t.err)
		}
		if err != nil {
			return err
		}
		failed := int64(0)
		for i := range job.Parts {
			if p := &job.Parts[i]; p.Counted() && p.Total > 0 {
				fmt.Fprintf(t.out, "%s\t%d/%d\n", p.Type, p.Done, p.Total)
				failed += p.Failed
			}
		}
		switch {
		case job.State != parameter.Done:
			return fmt.Errorf("job %d: %s", job.ID, job.Error)
		case failed > 0:
			return fmt.Errorf("%d resources could not be read; their index rows are as before", failed)
		}
		done, _ := job.Counts()
		fmt.Fprintf(t.out, "%d resources indexed\n", done)
		return nil
	})
}
