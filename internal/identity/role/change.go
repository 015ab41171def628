package role

import (
	"context"
	"slices"

	"chartwright/internal/fault"
)

// Add makes a role without rights. Errors: Invalid for the name, Conflict when there is one of that name.
func (s *Service) Add(ctx context.Context, site, name, title string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := CheckTitle(title); err != nil {
		return err
	}
	return s.change(ctx, site, name, func(r *Role) (*Role, error) {
		if r != nil {
			return nil, fault.New(fault.Conflict, "role.add", "there is a role %q already", name)
		}
		return &Role{Name: name, Title: title}, nil
	})
}

// CheckName returns an Invalid error for what cannot be the name of a role.
func CheckName(name string) error {
	if !roleName.MatchString(name) {
		return fault.New(fault.Invalid, "role.add", "the name of a role has 1 to 32 small letters, digits, hyphens and underscores, a letter first")
	}
	return nil
}

// CheckTitle returns an Invalid error for what cannot be the title of a role.
func CheckTitle(title string) error {
	if title == "" || len(title) > 100 {
		return fault.New(fault.Invalid, "role.add", "a role has a title of at most 100 characters")
	}
	return nil
}

// Grant gives a role a right at a level, beside those it holds. Errors: NotFound for the role, Invalid for the right or the level,
// Conflict for a denial of admin/super to the last role that holds it.
func (s *Service) Grant(ctx context.Context, site, name, right, level string) error {
	if err := checkRight(right); err != nil {
		return err
	}
	if err := checkLevel(level); err != nil {
		return err
	}
	return s.change(ctx, site, name, func(r *Role) (*Role, error) {
		if r == nil {
			return nil, none(name)
		}
		if given := (Right{right, level}); !slices.Contains(r.Rights, given) {
			r.Rights = append(r.Rights, given)
		}
		return r, nil
	})
}

// Revoke takes a right from a role, at one level or, if level is empty, at all. Errors: NotFound for the role or if it does not hold
// the right; Conflict for admin/super of the last role that holds it.
func (s *Service) Revoke(ctx context.Context, site, name, right, level string) error {
	return s.change(ctx, site, name, func(r *Role) (*Role, error) {
		if r == nil {
			return nil, none(name)
		}
		before := len(r.Rights)
		r.Rights = slices.DeleteFunc(r.Rights, func(x Right) bool { return x.Name == right && (level == "" || x.Level == level) })
		if len(r.Rights) == before {
			return nil, fault.New(fault.NotFound, "role.revoke", "the role %s does not hold that right", name)
		}
		return r, nil
	})
}

// Reset gives a built-in role the rights of a new site again, and removes a role of the site's own. Whoever still belongs to a removed
// role holds nothing by it. Errors: NotFound; Conflict for the last role that holds admin/super.
func (s *Service) Reset(ctx context.Context, site, name string) error {
	return s.change(ctx, site, name, func(r *Role) (*Role, error) {
		if r == nil {
			return nil, none(name)
		}
		return nil, nil
	})
}

// Super is the right that passes every check, the one to change roles among them.
const Super = "admin/super"

// change changes a role as it is in force, and keeps what differs from a new site.
//
// Errors: change's own; Conflict when the change would leave the site without any role that holds admin/super.
func (s *Service) change(ctx context.Context, site, name string, change func(*Role) (*Role, error)) error {
	st, err := s.open(ctx, site)
	if err != nil {
		return err
	}
	return st.ChangeRole(ctx, name, func(kept []*Role) (*Role, error) {
		before, err := administered(kept)
		if err != nil {
			return nil, err
		}
		var now *Role
		for _, r := range merge(kept) {
			if r.Name == name {
				now = r
			}
		}
		next, err := change(now)
		if err != nil {
			return nil, err
		}
		kept = slices.DeleteFunc(kept, func(r *Role) bool { return r.Name == name })
		if next != nil {
			kept = append(kept, next)
		}
		after, err := administered(kept)
		if err == nil && before && !after {
			err = fault.New(fault.Conflict, "role.change", "%s is the last role of the site that holds %s; give it to another role first", name, Super)
		}
		return next, err
	})
}

// administered reports whether some role of a site that keeps these holds admin/super, and nothing denies it to that role.
func administered(kept []*Role) (bool, error) {
	roles := merge(kept)
	grants, err := grantsOf(roles)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(roles, func(r *Role) bool { return grants.Holds([]string{r.Name}, Super) }), nil
}

func none(name string) error {
	return fault.New(fault.NotFound, "role.find", "there is no role %q", name)
}
