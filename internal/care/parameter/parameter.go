// Package parameter gives each site search parameters of its own, and keeps the search index complete while they come and go.
//
//	SearchParameter written ─→ Check (faults are refused) ─→ commit ─→ Changed: the registry follows the resources
//	    registry: building ──job done──→ active ──changed or deleted──→ retired ──rows swept──→ gone
//
// The resources say what is wanted; the registry says which definition has which row numbers and how far its rows are. Every
// definition has numbers of its own ([searchparam.Entry]), so rows of an old definition are never found by a new one, and what
// an update takes out of the index can always be computed from the old body. Every change raises the site's generation, which
// each write transaction compares with the one that its rows were made under: a write on a replica that has not heard of a
// change yet cannot leave a gap.
//
// Rows of resources that were there before come from jobs ([Job]): kept in the database, done in small steps that note their
// progress in the same transaction, leased to one process at a time and taken over by another when the lease runs out.
//
// The interactions, the command line and the server's background work call it; its tables are kept by
// internal/gormstore/parameterstore.
package parameter

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
	"chartwright/internal/fhir/searchparam"
)

// State is how far a definition is.
type State string

// The states.
const (
	Building State = "building" // older resources have no rows yet: searching by it is an error
	Active   State = "active"
	Retired  State = "retired" // its rows are being removed
)

// Registered is one definition in the registry of a site.
type Registered struct {
	searchparam.Entry
	Source string // logical id of the SearchParameter
	State  State
}

// numbers are all under which the definition has rows.
func (r *Registered) numbers() []int32 {
	p := search.Param{Base: r.Base, Code: r.Code, Revision: r.Revision}
	return []int32{r.Number(), p.IdentifierRow(), p.OfTypeRow(), p.PresenceRow()}
}

// Config is what the service needs from outside. All fields are required.
type Config struct {
	Open     func(ctx context.Context, site string) (Store, error)
	Standard search.Table
	Now      func() time.Time
	Log      *slog.Logger
	// Replica tells this process from the others that may work on the same jobs.
	Replica string
}

// Service knows the search parameters of all sites. Safe for concurrent use.
type Service struct {
	cfg  Config
	wake chan struct{}

	mu    sync.RWMutex
	sites map[string]*known
}

// known is what the service knows of one site.
type known struct {
	store  Store
	epoch  uint64
	loaded time.Time
	set    *searchparam.Set
	// sources are the ids of the SearchParameters that the definitions come from.
	sources map[string]bool
	// followed tells that this process has looked once whether the registry lags behind the resources: another may have died
	// between the two.
	followed bool
}

// New returns the service.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, wake: make(chan struct{}, 1), sites: map[string]*known{}}
}

// fresh is how long what is known is used without asking, though no signal of a change came: a process can die between its
// commit and its signal.
const fresh = 2 * time.Second

// Table returns the search parameters of a site as they are now: the standard's and its own.
//
// Errors: NotFound for an unknown site; Unavailable when the site's own ones can't be read.
func (s *Service) Table(ctx context.Context, site string) (search.Table, error) {
	return s.Set(ctx, site)
}

// Set is [Service.Table], compiled.
func (s *Service) Set(ctx context.Context, site string) (*searchparam.Set, error) {
	s.mu.RLock()
	k := s.sites[site]
	s.mu.RUnlock()
	if k != nil && k.epoch == k.store.Epoch() && s.cfg.Now().Sub(k.loaded) < fresh {
		return k.set, nil
	}
	return s.load(ctx, site, k)
}

func (s *Service) load(ctx context.Context, site string, k *known) (*searchparam.Set, error) {
	var store Store
	if k != nil {
		store = k.store
	} else {
		var err error
		if store, err = s.cfg.Open(ctx, site); err != nil {
			return nil, err
		}
	}
	next := &known{store: store, epoch: store.Epoch(), loaded: s.cfg.Now(), sources: map[string]bool{}} // before the read: a change in between makes it stale, never wrong
	generation, list, err := store.Registry(ctx)
	if err != nil {
		return nil, err
	}
	if k != nil && k.set.Generation == generation && !differ(k.set, list) {
		next.set = k.set
	} else {
		next.set = searchparam.NewSet(generation, s.cfg.Standard, entries(list))
	}
	for i := range list {
		next.sources[list[i].Source] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.sites[site]; was != nil {
		next.followed = was.followed
	}
	s.sites[site] = next
	return next.set, nil
}

// differ reports whether a definition has become active, or changed its URL, since the set was made: that changes no rows and
// no generation.
func differ(set *searchparam.Set, list []Registered) bool {
	for i := range list {
		if list[i].State == Retired {
			continue
		}
		p := set.Lookup(list[i].Base, list[i].Code)
		if p == nil || p.URL != list[i].URL || p.Pending != (list[i].State == Building) {
			return true
		}
	}
	return false
}

func entries(list []Registered) []searchparam.Entry {
	var out []searchparam.Entry
	for i := range list {
		if list[i].State != Retired {
			e := list[i].Entry
			e.Pending = list[i].State == Building
			out = append(out, e)
		}
	}
	return out
}

// Live is [Service.Table] for who asks later and takes no error: each question is answered as of its moment, from what was last
// read if the site's own parameters can't be read now.
func (s *Service) Live(site string) search.Table { return live{s, site} }

type live struct {
	service *Service
	site    string
}

// Standing implements [search.Changing].
func (l live) Standing() search.Table {
	if set, err := l.service.Set(context.Background(), l.site); err == nil {
		return set
	}
	l.service.mu.RLock()
	defer l.service.mu.RUnlock()
	if k := l.service.sites[l.site]; k != nil {
		return k.set
	}
	return l.service.cfg.Standard
}

// Lookup implements [search.Table].
func (l live) Lookup(typ, code string) *search.Param { return l.Standing().Lookup(typ, code) }

// Of implements [search.Table].
func (l live) Of(typ string) []*search.Param { return l.Standing().Of(typ) }

// IsType implements [search.Table].
func (l live) IsType(name string) bool { return l.service.cfg.Standard.IsType(name) }

// Rows adds the index rows of the site's own parameters to those of the standard's, and returns the generation that they are of.
func (s *Service) Rows(ctx context.Context, site string, r r4.Resource, rows *index.Rows) (generation int64, err error) {
	set, err := s.Set(ctx, site)
	if err != nil {
		return 0, err
	}
	set.Extract(r, rows)
	return set.Generation, nil
}

// RowsOf adds to the index rows of a stored body those of the site's own parameters that a standing table has: see [Service.Live].
func RowsOf(t search.Table, body []byte, rows *index.Rows) error {
	set, ok := t.(*searchparam.Set)
	if !ok {
		return nil // the standard's alone
	}
	r, err := r4.Unmarshal(body)
	if err != nil {
		return fault.Wrap(fault.Internal, "parameter.rows", err)
	}
	set.Extract(r, rows)
	return nil
}

// RowsAt is [Service.Rows] for the store, of a stored body and in the generation that a write transaction has found.
//
// Errors: Unavailable when that generation can't be read.
func (s *Service) RowsAt(ctx context.Context, site string, generation int64, typ string, body []byte, rows *index.Rows) error {
	const op = "parameter.rows"
	s.mu.RLock()
	k := s.sites[site]
	s.mu.RUnlock()
	if k == nil || k.set.Generation != generation {
		set, err := s.load(ctx, site, k)
		if err != nil {
			return fault.Wrap(fault.Unavailable, op, err)
		}
		if set.Generation != generation {
			return fault.New(fault.Unavailable, op, "the search parameters of the site are changing; try again")
		}
		k = &known{set: set}
	}
	if !k.set.Concerns(typ, rows) {
		return nil
	}
	r, err := r4.Unmarshal(body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	k.set.Extract(r, rows)
	return nil
}

// Check says what a SearchParameter that is about to be stored would mean. The second result reports whether it defines anything.
//
// Errors: Unprocessable with an issue for every fault.
func (s *Service) Check(ctx context.Context, site string, sp *r4.SearchParameter) (defines bool, err error) {
	if !searchparam.Active(sp) {
		return false, nil
	}
	set, err := s.Set(ctx, site)
	if err != nil {
		return false, err
	}
	list, err := searchparam.Define(sp, set)
	return len(list) > 0, err
}

// standardNumbers are the row numbers that the standard's parameters have.
var standardNumbers = sync.OnceValue(func() map[int32]bool {
	taken := map[int32]bool{}
	for p := range r4search.Params {
		for _, n := range append([]int32{p.ID, p.IdentifierRow(), p.OfTypeRow()}, p.Rows...) {
			taken[n] = true
		}
	}
	for _, t := range r4.Types {
		for _, n := range append(r4search.OwnerRows(t.Name), search.PresenceOf(t.Name, r4search.Of(t.Name)).Row) {
			taken[n] = true
		}
	}
	return taken
})
