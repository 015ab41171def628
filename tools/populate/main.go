// Command populate makes up patients, each with a whole record of about 840 resources, for benchmarks and load tests:
//
//	go run ./tools/populate -patients 100 > patients.ndjson            # a resource a line
//	go run ./tools/populate -patients 100 -bundles folder              # a transaction Bundle a patient
//	go run ./tools/populate -patients 1000 -data ./data                # into the server's own databases
//
// The same seed gives the same patients, byte for byte; [population] says what they are like.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"chartwright/tools/populate/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
