package app

import (
	"context"
	"errors"
	"time"

	"chartwright/internal/care/parameter"
	"chartwright/internal/chart"
)

// Reindex makes index rows of a site anew as the operator asks and waits for the end. The work is done here, or by a server that
// was faster to take the job. Told hears now and then how it is doing. Leaving early gives the job back: who looks next goes on.
//
// Errors: Invalid for a type or parameter that does not exist; Internal if the job failed.
func (a *App) Reindex(ctx context.Context, site string, ask parameter.Request, told func(*parameter.Job)) (*parameter.Job, error) {
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	by := CommandLine(site)
	ask.By = by.UserName
	err = s.Record(ctx, &chart.AuditEvent{
		Time: time.Now().UTC(), Kind: "rest", Action: "E", Operation: "$reindex", API: "cli", Type: ask.Type,
		UserID: by.UserID, UserName: by.UserName, ClientID: by.ClientID,
	}, true)
	if err != nil {
		return nil, err
	}
	job, err := a.Parameters.Start(ctx, site, ask)
	if err != nil {
		return nil, err
	}
	worked := make(chan error, 1)
	work := func() { worked <- a.Parameters.Work(ctx, site) }
	go work()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	idle := false
	for {
		select {
		case err := <-worked:
			if err != nil {
				return nil, err
			}
			idle = true
		case <-tick.C:
		}
		if job, err = a.Parameters.Job(ctx, site, job.ID); err != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		told(job)
		if !job.Ended.IsZero() {
			if !idle {
				err = <-worked
			}
			return job, err
		}
		if idle { // another process is at it, and may stop
			idle = false
			go work()
		}
	}
}
