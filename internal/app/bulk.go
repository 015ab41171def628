package app

import (
	"context"
	"time"

	"chartwright/internal/care/bulk"
	"chartwright/internal/chart"
	"chartwright/internal/setting"
)

// Loader loads files into a site as the operator. Read is told how many bytes were taken.
func (a *App) Loader(ctx context.Context, site string, read func(n int64)) (*bulk.Loader, error) {
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	settings, err := a.Settings.Settings(ctx, site)
	if err != nil {
		return nil, err
	}
	own := *settings
	own.UpdateAsCreate = true // a file's resources keep their ids whatever clients may do
	own.IfMatch = setting.Optional
	own.Provenance = false // unless the operator wants it: a file brings its own, and the audit trail says who loaded it
	return &bulk.Loader{
		Engine: a.FHIR, Site: s, Settings: &own, Subject: CommandLine(site), Policy: commandLinePolicy(), Base: a.FHIRBase(site), Read: read,
	}, nil
}

// Export writes a site as NDJSON files to dir and leaves an audit event.
func (a *App) Export(ctx context.Context, site, dir string) (map[string]int64, error) {
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	by := CommandLine(site)
	err = s.Record(ctx, &chart.AuditEvent{
		Time: time.Now().UTC(), Kind: "export", Action: "E", Operation: "export", API: "cli", UserID: by.UserID, UserName: by.UserName, ClientID: by.ClientID,
	}, true)
	if err != nil {
		return nil, err
	}
	return bulk.Export(ctx, s, dir)
}
