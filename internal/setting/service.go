package setting

import (
	"context"
	"sync"
)

// Source gives the current settings of a site. Asking costs little enough to do it for every request.
type Source interface {
	// Settings returns the settings in force. Errors: NotFound for an unknown site.
	Settings(ctx context.Context, site string) (*Values, error)
}

// Store keeps the settings that differ from the defaults. Safe for concurrent use.
type Store interface {
	// Settings returns what was set, by name.
	Settings(ctx context.Context) (map[string]string, error)
	// PutSetting keeps a value, which [Put] has checked, and moves the epoch.
	PutSetting(ctx context.Context, name, value string) error
	// Epoch changes whenever something that may be cached has changed, through whichever process. It runs no query.
	Epoch() uint64
}

// Service reads settings. Safe for concurrent use.
type Service struct {
	open func(ctx context.Context, site string) (Store, error)

	mu     sync.RWMutex
	cached map[string]entry
}

type entry struct {
	store  Store
	epoch  uint64
	values *Values
}

// New returns the service over the stores that open returns.
func New(open func(ctx context.Context, site string) (Store, error)) *Service {
	return &Service{open: open, cached: map[string]entry{}}
}

// Settings implements [Source].
func (s *Service) Settings(ctx context.Context, site string) (*Values, error) {
	s.mu.RLock()
	e, ok := s.cached[site]
	s.mu.RUnlock()
	if ok && e.epoch == e.store.Epoch() {
		return e.values, nil
	}
	st := e.store
	if !ok {
		var err error
		if st, err = s.open(ctx, site); err != nil {
			return nil, err
		}
	}
	epoch := st.Epoch() // before the read: a change in between makes the entry stale, never wrong
	v, err := Read(ctx, st)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.cached[site] = entry{st, epoch, v}
	s.mu.Unlock()
	return v, nil
}

// Read returns the settings that a store keeps, for what is done too seldom for a [Service].
func Read(ctx context.Context, st Store) (*Values, error) {
	set, err := st.Settings(ctx)
	if err != nil {
		return nil, err
	}
	v := Defaults()
	for name, value := range set {
		// A value that this version does not know, left by a newer one, keeps the default.
		if Check(name, value) == nil {
			find(name).put(v, value)
		}
	}
	return v, nil
}

// Put changes one setting in the store of a site. It is in force on every replica when the epoch has arrived there. Errors: Invalid for a
// name that no setting has and for a value that it does not take.
func Put(ctx context.Context, st Store, name, value string) error {
	if err := Check(name, value); err != nil {
		return err
	}
	return st.PutSetting(ctx, name, value)
}
