package app

import (
	"context"

	"chartwright/internal/setting"
)

// closed is the setting by which a site answers nobody; apis switch its APIs one by one.
const closed = "closed"

var apis = []string{"api_standard", "api_portal", "api_fhir"}

// CloseSite makes a site look as if it did not exist, on every address and every replica: APIs, authorization server, pages. Its data,
// accounts and settings stay, and the commands go on working.
func (a *App) CloseSite(ctx context.Context, site string) error {
	return a.Admin.SetSetting(ctx, site, closed, setting.On)
}

// OpenSite opens a site. One that was closed offers the APIs that it offered before; where that is none, and where the site was open, all
// three are switched on.
func (a *App) OpenSite(ctx context.Context, site string) error {
	v, err := a.Settings.Settings(ctx, site)
	if err != nil {
		return err
	}
	if !v.Closed || !v.APIStandard && !v.APIPortal && !v.APIFHIR {
		for _, api := range apis {
			if err := a.Admin.SetSetting(ctx, site, api, setting.On); err != nil {
				return err
			}
		}
	}
	return a.Admin.SetSetting(ctx, site, closed, setting.Off)
}
