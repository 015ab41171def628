// Package command is what the program populate does, for the benchmark to do as well.
package command

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/app"
	"chartwright/internal/care/bulk"
	"chartwright/internal/config"
	"chartwright/tools/populate/population"
)

type options struct {
	population.Population
	first, patients int
	bundles         string
	store           config.Store
	site            string
}

// Main makes patients as args ask and returns the exit status. NDJSON goes to stdout, what is to be told to stderr; after
// loading into a store, stdout has one line with the count and the time.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("populate", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.patients, "patients", 100, "how many patients")
	f.IntVar(&o.first, "first", 0, "number of the first patient, to add to those that are there")
	f.Uint64Var(&o.Seed, "seed", 1, "another seed makes other patients")
	f.StringVar(&o.bundles, "bundles", "", "write a transaction Bundle for each patient into this folder")
	f.StringVar(&o.store.Data, "data", "", "load into the databases under this data folder of the server")
	f.StringVar((*string)(&o.store.Database), "database", "", "with -data: PostgreSQL DSN of the server; SQLite when empty")
	f.StringVar(&o.site, "site", app.DefaultSite, "with -data: the site to load into")
	if err := f.Parse(args); err != nil {
		return 2
	}
	var err error
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.patients < 1 || o.first < 0 || o.first+o.patients > 10_000_000:
		err = errors.New("-patients takes 1 to 10000000 with those before the -first")
	case o.bundles != "":
		err = o.writeBundles(ctx)
	case o.store.Data != "":
		err = o.load(ctx, stdout)
	default:
		err = o.writeLines(ctx, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "populate: %v\n", err)
		return 1
	}
	return 0
}

// writeLines writes one resource a line.
func (o *options) writeLines(ctx context.Context, out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<20)
	for n := o.first; n < o.first+o.patients; n++ {
		for _, r := range o.Record(n) {
			if err := line(w, r); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return w.Flush()
}

func line(w *bufio.Writer, r r4.Resource) error {
	body, err := r4.Marshal(r)
	if err != nil {
		return err
	}
	_, _ = w.Write(body) // an error stays with w
	return w.WriteByte('\n')
}

func (o *options) writeBundles(ctx context.Context) error {
	if err := os.MkdirAll(o.bundles, 0o755); err != nil {
		return err
	}
	for n := o.first; n < o.first+o.patients && ctx.Err() == nil; n++ {
		body, err := r4.Marshal(o.Bundle(n))
		if err == nil {
			err = os.WriteFile(filepath.Join(o.bundles, fmt.Sprintf("patient-%07d.json", n)), body, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// load brings the patients into a site as the program's own command would, without files in between.
func (o *options) load(ctx context.Context, out io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.Open(ctx, o.store, app.Options{BaseURL: "https://localhost:9300", Version: "populate", Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	loader, err := a.Loader(ctx, o.site, func(int64) {})
	if err != nil {
		return err
	}
	in, lines := io.Pipe()
	start := time.Now()
	go func() { lines.CloseWithError(o.writeLines(ctx, lines)) }()
	report, err := loader.Stream(ctx, "population", in)
	_ = in.Close()
	if err != nil {
		return err
	}
	took := time.Since(start)
	total := tally(report)
	fmt.Fprintf(out, "%d resources in %.3f s (%.0f/s)\n", total, took.Seconds(), float64(total)/took.Seconds())
	if n := len(report.Rejected); n > 0 {
		return fmt.Errorf("%d resources were rejected; the first: %s: %s", n, report.Rejected[0].Place, report.Rejected[0].Reason)
	}
	return nil
}

func tally(r *bulk.Report) (total int64) {
	for _, n := range r.Loaded {
		total += n
	}
	return total
}
