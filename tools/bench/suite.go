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
	if s.store == "sqlite" || !s.wants("W1", "W3", "W8", "W17", "W19") {
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
	db, drop, err := newDatabase(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	return s.on(ctx, store{name: "PostgreSQL", dsn: db})
}

// on runs the workloads that need a server, on one store.
func (s *suite) on(ctx context.Context, st store) error {
	if s.wants("W19") {
		if err := s.startUp(ctx, st); err != nil {
			return err
		}
	}
	if !s.wants("W1", "W3", "W8", "W17") {
		return nil
	}
	e, err := s.newEnvironment(ctx, st)
	if err != nil {
		return err
	}
	defer e.close()
	for _, w := range []struct {
		name string
		run  func(context.Context, *environment) error
	}{{"W1", s.read}, {"W17", s.guard}, {"W3", s.create}, {"W8", s.importing}} {
		if !s.wants(w.name) {
			continue
		}
		if err := w.run(ctx, e); err != nil {
			return fmt.Errorf("%s on %s: %w", w.name, st.name, err)
		}
	}
	return nil
}

// add judges a result and keeps it.
func (s *suite) add(r *Result) {
	r.judge()
	s.report.Results = append(s.report.Results, r)
	fmt.Fprintf(s.out, "%s %s %s: %s %s\n", r.Workload, r.Name, r.Store, rate(r.Ours, r.Unit), ratio(r.Ratio))
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
