package app

import (
	"context"
	"fmt"
)

// Check compares a site with itself: the database's structure, the versions, the search index, the audit trail and whether its
// secrets can be opened. It returns how many resources it looked at and a sentence for each fault.
func (a *App) Check(ctx context.Context, site string) (resources int64, faults []string, err error) {
	resources, faults, err = a.Sites.Check(ctx, site)
	if err != nil {
		return resources, faults, err
	}
	s, err := a.Sites.Open(ctx, site)
	if err != nil {
		return resources, faults, err
	}
	trail, err := s.VerifyAudit(ctx)
	if err != nil {
		return resources, faults, err
	}
	if trail.BrokenAt != 0 {
		faults = append(faults, fmt.Sprintf("the audit trail is broken at event %d of %d", trail.BrokenAt, trail.Events))
	}
	if err := a.Admin.CheckKeys(ctx, site); err != nil {
		faults = append(faults, "the signing keys cannot be opened: "+err.Error())
	}
	return resources, faults, nil
}
