// Command bench measures the server beside a floor in the same run: the same bytes from the same database through gin and the
// bare driver, without FHIR. What it claims are ratios of turns that alternate, since a machine's speed moves.
//
//	go run ./tools/bench -out bench.json -for 5s
//
// The servers under test are processes of their own: bin/chartwright, and this program in the roles of [roles]. The load
// comes from this process, over loopback alone, bounded in clients and time. docs/benchmarks.md explains the figures.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"chartwright/internal/cli"
	"chartwright/tools/bench/bare"
	"chartwright/tools/bench/floor"
	"chartwright/tools/bench/issued"
	populate "chartwright/tools/populate/command"
)

func main() {
	ctx, stop := interruptible()
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// roles are what this program is when its first argument names one: servers that a run measures.
var roles = map[string]func(ctx context.Context, args []string, stdout, stderr io.Writer) int{
	"floor":       floor.Main,
	"bare":        bare.Main,
	"issued":      issued.Main,
	"populate":    populate.Main,
	"chartwright": cli.Main, // so that the tests need no binary
}

// command runs one role, or a whole measurement. It returns the exit status: 0 also when a gate is missed, which the table says.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		if role, ok := roles[args[0]]; ok {
			return role(ctx, args[1:], stdout, stderr)
		}
	}
	o, err := parse(args, stderr)
	if err != nil {
		return 2 // the flag package has said why
	}
	if err := run(ctx, o, stdout); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return 1
	}
	return 0
}
