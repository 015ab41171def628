package cli

import (
	"context"
	"log/slog"
	"os/signal"
	"syscall"

	"chartwright/internal/app"
	"chartwright/internal/config"
)

type serveCmd struct {
	config.Serve `embed:""`
	LogLevel     string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(ctx context.Context, t *terminal) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	// Whoever reads the output may go; then it is lost, and the server stays.
	signal.Ignore(syscall.SIGPIPE)
	log, lost, end := serverLog(t.err, level)
	defer end()
	return app.Serve(ctx, c.Serve, version, app.Output{Out: t.out, Log: log, Lost: lost})
}
