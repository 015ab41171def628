package app

import (
	"context"
	"time"
)

// refusalsEvery is how often refusals that were counted are recorded.
const refusalsEvery = time.Minute

// countRefusals records now and then, until ctx ends, what package refusal has counted.
func (a *App) countRefusals(ctx context.Context) {
	tick := time.NewTicker(refusalsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.recordRefusals(ctx)
		}
	}
}

// recordRefusals records what was counted until now. What cannot be recorded is logged, so that the number is not lost.
func (a *App) recordRefusals(ctx context.Context) {
	sums := a.refusals.Sums()
	for i, s := range sums {
		site, err := a.Sites.Open(ctx, s.Site)
		if err == nil {
			err = site.Record(ctx, s.Event, i == len(sums)-1) // whoever waits for the last waits for all
		}
		if err != nil {
			a.log.Error("recording refusals", "site", s.Site, "address", s.Event.Address, "reason", s.Event.Reason, "error", err)
		}
	}
}
