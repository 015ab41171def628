package parameter

import (
	"bytes"
	"context"
	"slices"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/chart"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

// grace is how long the rows of a retired definition stay: a replica that has not heard of the change may still search by them.
const grace = 10 * time.Second

// Changed makes the registry of a site follow its SearchParameter resources, of which some were written.
func (s *Service) Changed(ctx context.Context, site string, written []*chart.Version) error {
	if _, err := s.Set(ctx, site); err != nil {
		return err
	}
	s.mu.RLock()
	k := s.sites[site]
	s.mu.RUnlock()
	bears := func(v *chart.Version) bool {
		return k.sources[v.ID] || bytes.Contains(v.Body, []byte(`"status":"active"`))
	}
	if !slices.ContainsFunc(written, bears) {
		return nil // drafts: definitions that somebody loads in bulk cost nothing
	}
	return s.Follow(ctx, site)
}

// Follow makes the registry of a site follow all of its SearchParameter resources. Where it does already, nothing happens.
func (s *Service) Follow(ctx context.Context, site string) error {
	if _, err := s.Set(ctx, site); err != nil {
		return err
	}
	store := s.storeOf(site)
	ctx = context.WithoutCancel(ctx) // the resource is stored: its caller's leaving must not keep it from taking effect
	if _, err := store.Change(ctx, func(b Before) Change { return s.reconcile(&b) }); err != nil {
		return err
	}
	s.Wake()
	return nil
}

func (s *Service) storeOf(site string) Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sites[site].store
}

// wanted is a definition that an active SearchParameter asks for.
type wanted struct {
	searchparam.Definition
	source string
}

// reconcile compares what the resources ask for with what the registry has.
func (s *Service) reconcile(b *Before) Change {
	var c Change
	want := s.wanted(b)
	taken := map[int32]bool{}
	have := map[[2]string]bool{}
	var swept []int32
	for i := range b.Registry {
		r := &b.Registry[i]
		for _, n := range r.numbers() {
			taken[n] = true
		}
		if r.State == Retired {
			continue
		}
		key := [2]string{r.Base, r.Code}
		w := want[key]
		if w == nil || !w.Equal(&r.Definition) {
			c.Retired = append(c.Retired, r.Number())
			swept = append(swept, r.numbers()...)
			continue
		}
		have[key] = true
		if w.source != r.Source || w.URL != r.URL {
			kept := *r
			kept.Source, kept.URL = w.source, w.URL
			c.Kept = append(c.Kept, kept)
		}
	}
	build := Job{Reason: "SearchParameter"}
	for _, key := range sortedKeys(want) {
		if have[key] {
			continue
		}
		w := want[key]
		r := Registered{Entry: searchparam.Entry{Definition: w.Definition, Revision: b.Generation + 1}, Source: w.source, State: Building}
		for slices.ContainsFunc(r.numbers(), func(n int32) bool { return taken[n] || standardNumbers()[n] }) {
			r.Revision++ // the numbers are hashes, and one of them has met another's
		}
		for _, n := range r.numbers() {
			taken[n] = true
		}
		c.Added = append(c.Added, r)
		build.add(&r, b.LastNumber)
	}
	now := s.cfg.Now()
	if len(c.Added) > 0 {
		c.Jobs = append(c.Jobs, build)
	}
	if len(c.Retired) > 0 {
		c.Jobs = append(c.Jobs, Job{
			Reason: "SearchParameter", Due: now.Add(grace), Sweeps: c.Retired, Parts: []Part{{Kind: Sweep, Numbers: swept}},
		})
	}
	for i := range c.Jobs {
		c.Jobs[i].State, c.Jobs[i].Created = Waiting, now
	}
	return c
}

// wanted collects the definitions of the active SearchParameters. Of two for one name the older resource counts: the younger was
// refused, or was stored when nobody looked. Composites come last, since they name others.
func (s *Service) wanted(b *Before) map[[2]string]*wanted {
	out := map[[2]string]*wanted{}
	var composites []*r4.SearchParameter
	table := s.cfg.Standard
	add := func(sp *r4.SearchParameter) {
		list, err := searchparam.Define(sp, table)
		if err != nil {
			return // it was refused when it was posted, or stems from a program that knew better
		}
		for i := range list {
			key := [2]string{list[i].Base, list[i].Code}
			if out[key] == nil {
				out[key] = &wanted{list[i], sp.ID.V}
			}
		}
	}
	for _, body := range b.SearchParameters {
		r, err := r4.Unmarshal(body)
		if err != nil {
			continue
		}
		sp, ok := r.(*r4.SearchParameter)
		switch {
		case !ok || !searchparam.Active(sp):
		case sp.Type_.V == search.Composite.String():
			composites = append(composites, sp)
		default:
			add(sp)
		}
	}
	if len(composites) > 0 {
		var entries []searchparam.Entry
		for _, w := range out {
			entries = append(entries, searchparam.Entry{Definition: w.Definition, Revision: 1})
		}
		table = searchparam.NewSet(0, s.cfg.Standard, entries)
		for _, sp := range composites {
			add(sp)
		}
	}
	return out
}

func sortedKeys(m map[[2]string]*wanted) [][2]string {
	keys := make([][2]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return keys
}
