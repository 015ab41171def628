package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the flags of a run.
type options struct {
	cell      time.Duration // of one turn of one contender
	pairs     int
	only      []string // workloads; all when empty
	store     string
	postgres  string // DSN of a superuser database; a throw-away server is started when empty
	resources int    // stored before the reads
	patients  []int  // the sizes of the populations
	shapes    string // part of the names of those that are measured; all when empty
	build     bool
	out       string
	dir       string
	keep      string   // populations stay in this folder for the next run; empty = they go
	binary    []string // command of the server under test
	self      string   // this program, for the other roles
	small     bool     // fewer clients and repeats: the size of the tests
}

// workloads in the order in which they run.
var workloads = []string{"W0", "W11", "W19", "W1", "W2", "W17", "W3", "W4", "W9", "W-OAUTH", "W8", "W18", "W7", "W6", "W14", "W16", "W-EHR"}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.DurationVar(&o.cell, "for", 5*time.Second, "how long each turn lasts")
	f.IntVar(&o.pairs, "pairs", 5, "turns of each contender")
	only := f.String("only", "", "workloads to run, such as W1,W3; all when empty")
	f.StringVar(&o.store, "store", "both", "sqlite, postgres or both")
	f.StringVar(&o.postgres, "postgres", os.Getenv("CHARTWRIGHT_TEST_POSTGRES"), "DSN of a PostgreSQL superuser; a throw-away server is started when empty")
	f.IntVar(&o.resources, "resources", 20_000, "resources of 3 KB that are stored before the reads")
	patients := f.String("patients", "100", "made-up patients of 840 resources for searches; several sizes, such as 100,1000, are compared")
	f.StringVar(&o.shapes, "shapes", "", "of the searches of W7 and W6 those whose name contains this")
	f.BoolVar(&o.build, "build", false, "measure the generator and a cold build too, which takes minutes")
	f.StringVar(&o.out, "out", "", "file for the report as JSON")
	f.StringVar(&o.dir, "dir", "", "folder for the databases, on the disk to be measured; a temporary one when empty")
	f.StringVar(&o.keep, "keep", "", "folder in which the populations stay: what an earlier run loaded is not loaded again")
	binary := f.String("binary", "bin/chartwright", "the server under test")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.binary = []string{*binary}
	if *only != "" {
		o.only = strings.Split(strings.ToUpper(*only), ",")
	}
	self, err := os.Executable()
	if err == nil {
		o.patients, err = sizes(*patients)
	}
	if err == nil {
		o.self, err = self, o.check(f.Args())
	}
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
	}
	return o, err
}

// sizes reads a list of counts of patients, and puts it in order.
func sizes(text string) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 100_000 {
			return nil, fmt.Errorf("-patients %q: want counts from 1 to 100000", text)
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.cell <= 0 || o.cell > 10*time.Minute || o.pairs < 1 || o.pairs > 1000:
		return errors.New("-for takes up to 10m, -pairs 1 to 1000")
	case o.resources < 1 || o.resources > 10_000_000:
		return errors.New("-resources takes 1 to 10000000")
	case !slices.Contains([]string{"sqlite", "postgres", "both"}, o.store):
		return fmt.Errorf("-store %q: want sqlite, postgres or both", o.store)
	}
	for _, w := range o.only {
		if !slices.Contains(workloads, w) {
			return fmt.Errorf("-only %q: the workloads are %s", w, strings.Join(workloads, ", "))
		}
	}
	return nil
}

// wants reports whether one of the workloads is to run.
func (o *options) wants(names ...string) bool {
	return len(o.only) == 0 || slices.ContainsFunc(names, func(w string) bool { return slices.Contains(o.only, w) })
}
