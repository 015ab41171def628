// Package drill breaks what the program stands on while it works, and looks at what is left. Each drill starts the real program as
// a process of its own, writes to it over HTTP with a real token, keeps a ledger of what it was told about each write, injects one
// kind of fault, heals it, and has the ledger compared with the record: nothing that was acknowledged is lost, nothing that was
// refused is there, nothing is there by half, the record and its audit trail are sound, and the program has recovered by itself.
//
// make test runs the quick form of every drill, make drills the long one. What a drill needs of its surroundings (a PostgreSQL,
// strace, the right to mount) is asked for first; where it is missing, the drill is skipped and says why.
package drill_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"chartwright/internal/cli"
)

// asProgram, when set, makes the test binary the program.
const asProgram = "CHARTWRIGHT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	code := m.Run()
	if err := prepared.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// all reports whether the long forms are wanted.
func all() bool { return os.Getenv("CHARTWRIGHT_DRILLS") == "all" }

// rounds is how often a drill does what it does.
func rounds(quick, long int) int {
	if all() {
		return long
	}
	return quick
}
