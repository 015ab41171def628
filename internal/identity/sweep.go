package identity

import (
	"context"
	"time"
)

// How often what has expired is removed, and how long it is kept beyond its end: a code or token that is presented late is
// still known as one that was used.
const (
	sweepEvery = 10 * time.Minute
	sweepGrace = time.Hour
)

// Run removes expired tokens, sessions and the like from the sites that are in use, until ctx ends. Several replicas may run it.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Sweep(ctx)
		}
	}
}

// Sweep removes once what [Server.Run] removes now and then.
func (s *Server) Sweep(ctx context.Context) {
	s.mu.RLock()
	sites := make([]*siteServer, 0, len(s.sites))
	for _, t := range s.sites {
		sites = append(sites, t)
	}
	s.mu.RUnlock()
	before := s.now().Add(-sweepGrace)
	for _, t := range sites {
		for _, sweep := range []func(context.Context, time.Time) error{t.store.SweepTokens, t.store.SweepSessions} {
			if err := sweep(ctx, before); err != nil && ctx.Err() == nil {
				s.log.Warn("sweep", "site", t.name, "error", err)
			}
		}
	}
}
