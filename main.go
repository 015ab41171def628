// Command chartwright is an EHR API server: the FHIR R4 API, the OpenEMR-compatible Standard and Portal APIs and an OAuth2
// authorization server, for many sites, in one binary.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"chartwright/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // whoever asks a second time is not kept waiting
	code := cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
