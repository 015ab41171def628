package identity

import (
	"context"

	"chartwright/internal/chart"
	"chartwright/internal/setting"
)

// SetSetting changes one setting of a site, for the command line and for the pages alike, and leaves an audit event with the value.
//
// Errors: NotFound for the site; Invalid for a name or value that no setting has.
func (a *Admin) SetSetting(ctx context.Context, site, name, value string) error {
	st, err := a.Open(ctx, site)
	if err != nil {
		return err
	}
	e := &chart.AuditEvent{Kind: "setting", Action: "U", Operation: "setting set"}
	if err = setting.Put(ctx, st, name, value); err == nil {
		e.Operation += " " + name + " " + value // of the closed lists of settings, nothing that somebody made up
	}
	return a.record(ctx, site, e, err)
}
