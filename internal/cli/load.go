package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"chartwright/internal/app"
	"chartwright/internal/care/bulk"
)

type loadCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Paths          []string `arg:"" name:"path" help:"Bundles (.json), NDJSON (.ndjson), either with .gz, or folders of them."`
	Provenance     bool     `help:"Store a Provenance beside what is loaded, which says that the operator did it and when. The audit trail says it in any case."`
	Quiet          bool     `help:"No progress bar."`
}

// Run loads the files, prints what was stored and every rejection; any rejection makes it fail.
func (c loadCmd) Run(ctx context.Context, t *terminal) error {
	files, err := bulk.Files(c.Paths)
	if err != nil {
		return err
	}
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		start := time.Now()
		bar, done := progressBar(t, c.Quiet, files)
		loader, err := a.Loader(ctx, c.Site, func(n int64) { bar.IncrInt64(n) })
		if err != nil {
			return err
		}
		loader.Settings.Provenance = c.Provenance
		report, err := loader.Load(ctx, files)
		done()
		printReport(t.out, report, time.Since(start))
		if err != nil {
			return err
		}
		if n := len(report.Rejected); n > 0 {
			return fmt.Errorf("%d of the inputs were rejected", n)
		}
		return nil
	})
}

func progressBar(t *terminal, quiet bool, files []bulk.File) (bar *mpb.Bar, done func()) {
	var size int64
	for _, f := range files {
		size += f.Size
	}
	out := t.err
	if quiet {
		out = io.Discard
	}
	p := mpb.New(mpb.WithOutput(out), mpb.WithWidth(64))
	bar = p.AddBar(size,
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("loading %d files ", len(files))), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)),
	)
	return bar, func() {
		bar.EnableTriggerComplete()
		if !bar.Completed() { // a file that could not be read to its end
			bar.Abort(false)
		}
		p.Wait()
	}
}

func printReport(out io.Writer, r *bulk.Report, took time.Duration) {
	var total int64
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, typ := range slices.Sorted(maps.Keys(r.Loaded)) {
		fmt.Fprintf(w, "%s\t%d\n", typ, r.Loaded[typ])
		total += r.Loaded[typ]
	}
	_ = w.Flush()
	for _, x := range r.Rejected {
		place := x.Path
		if x.Place != "" {
			place += " " + x.Place
		}
		fmt.Fprintf(out, "rejected: %s: %s\n", place, x.Reason)
	}
	fmt.Fprintf(out, "%d resources loaded from %d files in %s (%.0f/s), %d rejected\n",
		total, r.Files, took.Round(time.Millisecond), float64(total)/took.Seconds(), len(r.Rejected))
}
