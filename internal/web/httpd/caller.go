package httpd

import (
	"context"
	"net/http"
	"strings"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/setting"
)

// place is the site that a request is for.
type place struct {
	site     chart.Site
	settings *setting.Values
}

// open finds a site that answers. Errors: NotFound if there is no such site, or the operator has closed it.
func (s *server) open(ctx context.Context, name string) (place, error) {
	site, err := s.Sites.Open(ctx, name)
	if err != nil {
		return place{}, err
	}
	settings, err := s.Settings.Settings(ctx, name)
	if err != nil {
		return place{}, err
	}
	if settings.Closed {
		return place{}, fault.New(fault.NotFound, "httpd.site", "there is no site %q", name)
	}
	return place{site: site, settings: settings}, nil
}

// offering finds the site and makes sure that it offers the API.
//
// Errors: NotFound if there is no such site, it is closed, or it does not offer the API: they look alike. (OpenEMR answers 501 to an API
// that is switched off, which tells strangers what exists.)
func (s *server) offering(ctx context.Context, name string, api access.API) (place, error) {
	p, err := s.open(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return place{}, err
	}
	on := err == nil && (api == access.FHIR && p.settings.APIFHIR || api == access.Standard && p.settings.APIStandard || api == access.Portal && p.settings.APIPortal)
	if !on {
		return place{}, fault.New(fault.NotFound, "httpd.site", "there is no site %q that offers the %s API", name, api)
	}
	return p, nil
}

// caller finds out who sends the request, from its bearer token. RFC 6750 §2.1
//
// Errors: Unauthenticated; Throttled for a caller who asks too often. The refusal is recorded before it is answered. Invalid for two headers, of which each reader might
// believe another one.
func (s *server) caller(r *http.Request, p place, api access.API) (*access.Subject, error) {
	const op = "httpd.authenticate"
	if len(r.Header["Authorization"]) > 1 {
		return nil, fault.New(fault.Invalid, op, "there is more than one Authorization header")
	}
	var err error
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token != "" && strings.EqualFold(scheme, "Bearer") {
		var subject *access.Subject
		if subject, err = s.Authenticator.Authenticate(r.Context(), p.site.Name(), strings.TrimSpace(token)); err == nil {
			if err := s.limit(r, p, subject, api); err != nil {
				return nil, err
			}
			return subject, nil
		}
	} else {
		err = fault.New(fault.Unauthenticated, op, "this needs an access token")
	}
	if fault.Is(err, fault.Unauthenticated) {
		nobody := &access.Grant{Subject: &access.Subject{Site: p.site.Name()}, Request: access.Request{API: api}}
		if rerr := s.Records.Refused(r.Context(), p.site, nobody, "", err); rerr != nil {
			return nil, rerr
		}
	}
	return nil, err
}
