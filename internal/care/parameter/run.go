package parameter

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"chartwright/gen/r4search"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

const (
	// lease is how long a job belongs to a process that says nothing. Every step renews it.
	lease = 15 * time.Second
	// look is the pause between looks for jobs that nobody here has asked for.
	look = time.Second
	// pause is how long a job rests that could not go on.
	pause = time.Second
)

// Wake makes [Service.Run] look for jobs at once.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run does the jobs of the sites that are in use, until ctx ends. Several replicas may run it: a job is done once.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for _, site := range s.inUse() {
			if err := s.Work(ctx, site); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("re-index", "site", site, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

func (s *Service) inUse() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := make([]string, 0, len(s.sites))
	for name := range s.sites {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Work does the jobs of a site that are due and that nobody else is doing, and returns when there is none.
func (s *Service) Work(ctx context.Context, site string) error {
	if _, err := s.Set(ctx, site); err != nil {
		return err
	}
	s.mu.Lock()
	k := s.sites[site]
	first := !k.followed
	k.followed = true
	s.mu.Unlock()
	if first {
		if err := s.Follow(ctx, site); err != nil {
			return err
		}
	}
	store := k.store
	owner := s.cfg.Replica + " " + rand.Text() // two runners of one process are two
	for ctx.Err() == nil {
		now := s.cfg.Now()
		j, err := store.Claim(ctx, owner, now, now.Add(lease))
		if err != nil || j == nil {
			return err
		}
		if err := s.do(ctx, site, store, j); err != nil {
			return err
		}
	}
	return nil
}

// do carries a claimed job on from where it stands. When it can't, it gives the job back.
func (s *Service) do(ctx context.Context, site string, store Store, j *Job) error {
	if j.Form != index.Form { // a replica of another release has begun it
		j.Form = 0
	}
	err := s.parts(ctx, site, store, j)
	switch {
	case err == nil:
		j.State = Done
		if j.failed() {
			j.Form = 0
		}
		err = store.Finish(ctx, j)
	case fault.Is(err, fault.Conflict): // it was taken over
		return nil
	case fault.Is(err, fault.Internal) && ctx.Err() == nil:
		s.cfg.Log.Error("re-index job", "site", site, "job", j.ID, "error", err)
		j.State, j.Error = Failed, "the job failed; the log of the server says why"
		err = store.Finish(ctx, j)
	default:
		rest := s.cfg.Now()
		if ctx.Err() == nil {
			rest = rest.Add(pause)
		}
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
		defer cancel()
		if rerr := store.Release(keep, j, rest); rerr != nil {
			return rerr
		}
		return err
	}
	return err
}

func (s *Service) parts(ctx context.Context, site string, store Store, j *Job) error {
	for p := j.Current(); p != nil; p = j.Current() {
		if !p.Began {
			var err error
			if p.Total, err = store.Total(ctx, p); err != nil {
				return err
			}
			p.Began = true
		}
		for !p.Ended {
			if err := ctx.Err(); err != nil {
				return fault.Wrap(fault.Unavailable, "parameter.work", err)
			}
			about, err := s.about(ctx, site, store, p)
			if err == nil {
				err = store.Step(ctx, j, about, s.cfg.Now().Add(lease))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// about says what the next step of a part concerns.
func (s *Service) about(ctx context.Context, site string, store Store, p *Part) (About, error) {
	switch p.Kind {
	case Verify:
		set, err := s.Set(ctx, site)
		if err != nil {
			return About{}, err
		}
		return About{Numbers: numbersOf(set, p.Type), Generation: set.Generation}, nil
	case Unknown:
		generation, own, err := store.Registry(ctx)
		if err != nil {
			return About{}, err
		}
		a := About{Generation: generation}
		for n := range standardNumbers() {
			a.Numbers = append(a.Numbers, n)
		}
		for i := range own {
			a.Numbers = append(a.Numbers, own[i].numbers()...)
		}
		return a, nil
	}
	return About{Numbers: p.Numbers}, nil
}

// numbersOf are all numbers under which resources of a type have rows.
func numbersOf(set *searchparam.Set, typ string) []int32 {
	var list []int32
	for _, p := range set.All(typ) {
		list = append(list, p.IdentifierRow(), p.OfTypeRow())
		list = append(list, p.Rows...)
		if p.Revision != 0 {
			list = append(list, p.PresenceRow())
		}
	}
	list = append(append(list, r4search.OwnerRows(typ)...), search.PresenceOf(typ, r4search.Of(typ)).Row)
	slices.Sort(list)
	return slices.Compact(list)
}
