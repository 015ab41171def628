package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// suite is one run.
type suite struct {
	*options
	out    io.Writer
	work   string // for databases and logs; removed at the end
	report *Report
}

// run measures what the options ask for, prints the table and writes the report. A missed gate is no error; an answer other
// than 2xx is.
func run(ctx context.Context, o *options, out io.Writer) (err error) {
	if o.dir != "" {
		if err := os.MkdirAll(o.dir, 0o755); err != nil {
			return err
		}
	}
	work, err := os.MkdirTemp(o.dir, "chartwright-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	s := &suite{options: o, out: out, work: work, report: &Report{
		Time: time.Now().UTC(), Commit: commit(), Go: runtime.Version(), CPUs: runtime.NumCPU(), Cell: o.cell, Pairs: o.pairs,
	}}
	if s.report.Machine, err = measureMachine(work, s.cell/2); err != nil {
		return err
	}
	if err := s.measure(ctx); err != nil {
		return err
	}
	if s.report.After, err = measureMachine(work, s.cell/2); err != nil {
		return err
	}
	s.report.print(out)
	if o.out == "" {
		return nil
	}
	return s.report.write(o.out)
}

func (s *suite) measure(ctx context.Context) (err error) {
	if s.wants("W11") {
		if err := s.codec(); err != nil {
			return err
		}
	}
	if len(s.binary) == 1 && len(s.only) == 0 {
		if err := s.binarySize(); err != nil {
			return err
		}
	}
	if s.build {
		if err := s.toolchain(ctx); err != nil {
			return err
		}
	}
	if s.store != "postgres" {
		if err := s.on(ctx, store{name: "SQLite"}); err != nil {
			return err
		}
	}
	if s.store == "sqlite" || !s.wants(onStores...) {
		return nil
	}
	dsn, stop, err := s.postgresServer(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if dsn == "" {
		s.report.Skipped = append(s.report.Skipped, "no PostgreSQL here: nothing was measured on it")
		return nil
	}
	return s.on(ctx, store{name: "PostgreSQL", dsn: dsn})
}

// onStores are the workloads that need a server over a database, and populated those over a population.
var (
	onStores  = []string{"W1", "W2", "W3", "W4", "W6", "W7", "W8", "W9", "W14", "W16", "W17", "W18", "W19", "W-EHR", "W-OAUTH"}
	populated = []string{"W6", "W7", "W14", "W16", "W18", "W-EHR"}
)

// workload measures one thing in an environment.
type workload struct {
	name string
	run  func(context.Context, *environment) error
}

// on runs the workloads that need a server, on one kind of store. Each environment has a database of its own there.
func (s *suite) on(ctx context.Context, kind store) (err error) {
	st, drop, err := kind.fresh(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if s.wants("W19") {
		if err := s.startUp(ctx, st); err != nil {
			return err
		}
	}
	if s.wants("W1", "W2", "W3", "W4", "W8", "W9", "W17", "W-OAUTH") {
		e, err := s.newEnvironment(ctx, st, "", observations)
		if err != nil {
			return err
		}
		err = s.runAll(ctx, e, []workload{{"W1", s.read}, {"W2", s.variants}, {"W17", s.guard}, {"W3", s.create}, {"W4", s.crud}, {"W9", s.transactions}, {"W-OAUTH", s.tokens}, {"W8", s.importing}})
		e.close()
		if err != nil {
			return err
		}
	}
	if !s.wants(populated...) {
		return nil
	}
	return s.onPopulations(ctx, kind)
}

// runAll runs those of the workloads that the options ask for.
func (s *suite) runAll(ctx context.Context, e *environment, list []workload) error {
	for _, w := range list {
		if !s.wants(w.name) {
			continue
		}
		if err := w.run(ctx, e); err != nil {
			return fmt.Errorf("%s on %s: %w", w.name, e.name, err)
		}
	}
	return nil
}

// add judges a result and keeps it.
func (s *suite) add(r *Result) {
	r.judge()
	s.report.Results = append(s.report.Results, r)
	fmt.Fprintf(s.out, "%s %s: %s %s %s\n", r.title(), r.Store, rate(r.Ours, r.Unit), ratio(r.Ratio), r.Verdict)
}

// clients is how many of the wanted clients there are at this size.
func (s *suite) clients(n int) int {
	if s.small {
		return min(n, 4)
	}
	return n
}

// commit names the sources under test; empty outside a repository.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown sources"
	}
	return strings.TrimSpace(string(out))
}
