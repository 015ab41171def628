// Command mutants proves that tests notice when a package is broken: it forces each condition of the package to true and to false,
// leaves out each of its statements that has an effect, one at a time, and runs a test. A mutant that the test lets pass is a rule
// that nothing holds, unless a file says why nobody can tell it from the program as it is.
//
//	go run ./tools/mutants -package ./internal/access -test ./internal/access -run 'TestMatrix$' -run 'Test[^M]'
//
// All mutants are compiled at once, each behind a number that the environment switches on, by way of go build's overlays: the
// sources are not touched.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"
)

// options is what is asked for.
type options struct {
	pkg     string        // whose sources are broken
	test    string        // package of the test
	runs    []string      // the tests, one step after the other until one notices
	excused string        // file of mutants that nobody can tell
	only    string        // part of the names of the mutants that are tried; empty = all
	workers int           // how many are tried at once
	limit   time.Duration // of one run; one that takes longer has been noticed
}

func main() {
	var o options
	flag.StringVar(&o.pkg, "package", "", "the `package` whose sources are broken")
	flag.StringVar(&o.test, "test", "", "the `package` of the test")
	flag.Func("run", "the tests, as in go test -run; given again, what is tried on mutants that passed so far", func(text string) error {
		o.runs = append(o.runs, text)
		return nil
	})
	flag.StringVar(&o.excused, "excused", "", "`file` of mutants that may pass: a name, a tab, the reason; one a line")
	flag.StringVar(&o.only, "only", "", "try the mutants whose names hold this `text`")
	flag.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "how many are tried at once")
	flag.DurationVar(&o.limit, "limit", 5*time.Minute, "how long one may take; longer counts as noticed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := try(ctx, &o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

var errPassed = errors.New("the test lets some pass")

// try makes the mutants, tries them, and tells what came of it.
func try(ctx context.Context, o *options) error {
	excused, err := readExcused(o.excused)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	l, err := newLaboratory(ctx, o, folder)
	if err != nil {
		return err
	}
	if by, out := l.try(ctx, 0); by != "" {
		return fmt.Errorf("%s fails where nothing is broken:\n%s", by, out)
	}
	var known, passed int
	killed := map[string]int{}
	l.each(ctx, func(m *mutant, by string) {
		reason, may := excused[m.name()]
		delete(excused, m.name())
		switch {
		case by != "" && may:
			fmt.Printf("noticed, though it is excused: %s\n", m)
			passed++
		case by != "":
			killed[by]++
		case may:
			fmt.Printf("excused: %s: %s\n", m, reason)
			known++
		default:
			fmt.Printf("PASSED: %s\n", m)
			passed++
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if o.only == "" {
		for name := range excused {
			fmt.Printf("there is no such mutant any more: %s\n", name)
			passed++
		}
	}
	fmt.Printf("%d mutants of %s: %d excused, %d to look at", len(l.mutants), o.pkg, known, passed)
	for _, run := range o.runs {
		fmt.Printf(", %d noticed by %s", killed[run], run)
	}
	fmt.Println()
	if passed > 0 {
		return errPassed
	}
	return nil
}
