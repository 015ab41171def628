package cli

import (
	"context"
	"log/slog"

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
	log, flush := serverLog(t.err, level)
	defer flush()
	return app.Serve(ctx, c.Serve, version, t.out, log)
}
