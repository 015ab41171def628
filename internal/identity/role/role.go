// Package role owns the roles of a site: which ACL groups its staff can belong to and which rights each of them holds. A new site has
// the groups of OpenEMR with its rights; what a site changes is kept role by role.
package role

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	table "chartwright/gen/scope"
	"chartwright/internal/access"
	"chartwright/internal/fault"
)

// Role is one ACL group.
type Role struct {
	Name    string // doc
	Title   string // Physicians
	Rights  []Right
	BuiltIn bool `json:"-"` // every site has it; it can be changed and not removed
	Changed bool `json:"-"` // it differs from what a new site has
}

// Right is a right at a level.
type Right struct {
	Name  string // section/value, such as patients/demo
	Level string // view, addonly, wsome, write, deny
}

// Store keeps the roles of one site that differ from a new site's. Safe for concurrent use.
type Store interface {
	// Roles returns the roles that were changed or added.
	Roles(ctx context.Context) ([]*Role, error)
	// ChangeRole reads, changes and writes one role in one transaction, one after the other at a site, and moves the epoch; change gets
	// all roles that are kept, as Roles returns them, and returns what is to be kept under the name, nil for nothing. Errors: change's own.
	ChangeRole(ctx context.Context, name string, change func(kept []*Role) (*Role, error)) error
	// Epoch changes whenever something that may be cached has changed, through whichever process. It runs no query.
	Epoch() uint64
}

// Service reads and changes the roles of all sites. Safe for concurrent use.
type Service struct {
	open func(ctx context.Context, site string) (Store, error)

	mu     sync.RWMutex
	cached map[string]entry
}

type entry struct {
	store  Store
	epoch  uint64
	grants *access.Grants
}

// New returns the service over the stores that open returns.
func New(open func(ctx context.Context, site string) (Store, error)) *Service {
	return &Service{open: open, cached: map[string]entry{}}
}

// Grants returns the access control list of a site, for the access decision. Asking costs little enough to do it for every request; a
// change is seen as soon as its signal has arrived. Errors: NotFound for an unknown site.
func (s *Service) Grants(ctx context.Context, site string) (*access.Grants, error) {
	s.mu.RLock()
	e, ok := s.cached[site]
	s.mu.RUnlock()
	if ok && e.epoch == e.store.Epoch() {
		return e.grants, nil
	}
	st := e.store
	if !ok {
		var err error
		if st, err = s.open(ctx, site); err != nil {
			return nil, err
		}
	}
	epoch := st.Epoch() // before the read: a change in between makes the entry stale, never wrong
	roles, err := list(ctx, st)
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(roles)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.cached[site] = entry{st, epoch, grants}
	s.mu.Unlock()
	return grants, nil
}

// grantsOf returns the access control list that the roles make.
func grantsOf(roles []*Role) (*access.Grants, error) {
	var lines []access.GroupRight
	for _, r := range roles {
		for _, right := range r.Rights {
			// A right that this version does not know, left by another, gives nothing.
			if checkRight(right.Name) == nil && checkLevel(right.Level) == nil {
				lines = append(lines, access.GroupRight{Group: r.Name, Right: right.Name, Level: right.Level})
			}
		}
	}
	return access.NewGrants(lines)
}

// List returns the roles of a site: the built-in ones in their order, then the site's own by name. Errors: NotFound for the site.
func (s *Service) List(ctx context.Context, site string) ([]*Role, error) {
	st, err := s.open(ctx, site)
	if err != nil {
		return nil, err
	}
	return list(ctx, st)
}

func list(ctx context.Context, st Store) ([]*Role, error) {
	kept, err := st.Roles(ctx)
	if err != nil {
		return nil, err
	}
	return merge(kept), nil
}

// merge puts the roles that a site keeps over those of a new one.
func merge(kept []*Role) []*Role {
	roles := builtIn()
	for _, k := range kept {
		if i := slices.IndexFunc(roles, func(r *Role) bool { return r.Name == k.Name }); i >= 0 {
			k.BuiltIn, k.Changed = true, true
			roles[i] = k
			continue
		}
		roles = append(roles, k)
	}
	slices.SortStableFunc(roles, func(a, b *Role) int {
		if a.BuiltIn || b.BuiltIn {
			return 0 // they come first and stay in their order
		}
		return strings.Compare(a.Name, b.Name)
	})
	return roles
}

// Check returns an Invalid error when a site has no group of one of these names.
func (s *Service) Check(ctx context.Context, site string, groups []string) error {
	roles, err := s.List(ctx, site)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	for _, g := range groups {
		if !slices.Contains(names, g) {
			return fault.New(fault.Invalid, "role.check", "no group %q; the groups are %s", g, strings.Join(names, ", "))
		}
	}
	return nil
}

// builtIn returns the roles of a new site.
func builtIn() []*Role {
	roles := make([]*Role, len(table.Groups))
	at := map[string]*Role{}
	for i, g := range table.Groups {
		roles[i] = &Role{Name: g.Name, Title: g.Title, BuiltIn: true}
		at[g.Name] = roles[i]
	}
	for _, line := range access.DefaultGrants() {
		r := at[line.Group]
		r.Rights = append(r.Rights, Right{line.Right, line.Level})
	}
	return roles
}

var roleName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

func checkRight(name string) error {
	section, value, _ := strings.Cut(name, "/")
	if _, ok := table.RightOf(section, value); !ok {
		return fault.New(fault.Invalid, "role.right", "the right %s does not exist; chartwright role rights lists them", name)
	}
	return nil
}

func checkLevel(level string) error {
	if !slices.Contains(access.Levels(), level) {
		return fault.New(fault.Invalid, "role.right", "the level %s does not exist; there are %s", level, strings.Join(access.Levels(), ", "))
	}
	return nil
}
