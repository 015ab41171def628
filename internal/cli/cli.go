// Package cli is the command line: it parses flags, environment and chartwright.yaml, opens what a command needs through
// internal/app, and prints. Every command ends with status 0 when it did its work, 1 when it could not, 2 when it was called
// wrongly, and says why on standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"chartwright/internal/fault"
)

// grammar is the whole command line.
type grammar struct {
	Serve       serveCmd       `cmd:"" help:"Serve the APIs."`
	Load        loadCmd        `cmd:"" help:"Load FHIR Bundles, NDJSON files, or folders of them."`
	Export      exportCmd      `cmd:"" help:"Write a site as NDJSON files, one per resource type."`
	Reindex     reindexCmd     `cmd:"" help:"Make the search index of a site anew, while it is in use."`
	Site        siteCmd        `cmd:"" help:"Add, list, enable and disable sites."`
	User        userCmd        `cmd:"" help:"Add, list and disable users, and change their passwords."`
	Role        roleCmd        `cmd:"" help:"Show and change which rights the roles of a site hold."`
	Client      clientCmd      `cmd:"" help:"List, show, enable and disable registered apps."`
	Token       tokenCmd       `cmd:"" help:"List and revoke what people have given apps."`
	Stop        stopCmd        `cmd:"" help:"Stop the tokens, the writes, or both, of a site or of all sites, on every replica at once."`
	Resume      resumeCmd      `cmd:"" help:"Let what was stopped go on."`
	Setting     settingCmd     `cmd:"" help:"Read and change the settings of a site."`
	Key         keyCmd         `cmd:"" help:"List and rotate the signing keys of a site."`
	Audit       auditCmd       `cmd:"" help:"Verify the audit trail of a site."`
	Check       checkCmd       `cmd:"" help:"Compare the record of a site with itself: structure, versions, search index, audit trail."`
	Backup      backupCmd      `cmd:"" help:"Write sites to a folder, whole, while the server runs."`
	Restore     restoreCmd     `cmd:"" help:"Bring the sites of a backup back."`
	MoveDB      moveDBCmd      `cmd:"" name:"move-db" help:"Move sites to another database, of either kind."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database schema up to date."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it is ready; for containers."`
	Version     versionCmd     `cmd:"" help:"Print version and build facts."`
}

// terminal is where a command prints.
type terminal struct {
	out, err io.Writer
}

// Main runs the command that args name and returns the exit status.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var g grammar
	term := &terminal{out: stdout, err: stderr}
	status := -1
	parser, err := kong.New(&g,
		kong.Name("chartwright"),
		kong.Description("An EHR API server: FHIR R4, the OpenEMR-compatible Standard and Portal APIs, OAuth2 and SMART."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { status = code }),
		kong.DefaultEnvars("CHARTWRIGHT"),
		kong.Configuration(loadYAML, configFile()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(term),
	)
	if err != nil {
		fmt.Fprintf(stderr, "chartwright: %v\n", err)
		return 2
	}
	kctx, err := parser.Parse(args)
	if status >= 0 { // --help has printed
		return status
	}
	if err != nil {
		fmt.Fprintf(stderr, "chartwright: %v\nRun chartwright --help for the commands.\n", err)
		return 2
	}
	if err := kctx.Run(); err != nil {
		fmt.Fprintf(stderr, "chartwright: %s\n", message(err))
		return 1
	}
	return 0
}

// message is what a person at a terminal needs to know: the detail, and the cause, which on the command line is his own.
func message(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	switch {
	case f.Detail != "" && f.Err != nil:
		return f.Detail + ": " + message(f.Err)
	case f.Detail != "":
		return f.Detail
	default:
		return err.Error()
	}
}

func configFile() string {
	if f := os.Getenv("CHARTWRIGHT_CONFIG"); f != "" {
		return f
	}
	return "chartwright.yaml"
}
