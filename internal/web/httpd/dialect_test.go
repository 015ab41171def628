package httpd_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fault"
	"chartwright/internal/web/httpd"
)

func TestStandardAndPortalPassTheSameGate(t *testing.T) {
	onEachStore(t, testStandardAndPortalPassTheSameGate)
}

func testStandardAndPortalPassTheSameGate(t *testing.T, w *world) {
	w.twoPatients()
	w.settings.APIStandard, w.settings.APIPortal = true, true
	staff := &access.Subject{Actor: access.User, UserID: "u", UserName: "u", FHIRUser: "Practitioner/doc", Groups: []string{"admin"}}
	w.subject("staff", staff, "api:oemr user/patient.read")
	w.subject("portal", &access.Subject{Actor: access.Patient, UserID: "p", FHIRUser: "Patient/ann", Patient: "ann"}, "api:port patient/patient.read")
	w.play(t, []scenario{
		{"no token", ask{method: "GET", path: "/apis/default/api/patient", token: "-"}, 401, []string{"Www-Authenticate: Bearer", "access_denied"}, []string{"OperationOutcome"}},
		{"a good call", ask{method: "GET", path: "/apis/default/api/patient", token: "staff"}, 200, []string{"Ofann", "Ofbob", `"data"`}, nil},
		{"another scope", ask{method: "GET", path: "/apis/default/api/facility", token: "staff"}, 403, []string{"insufficient_scope", "user/facility."}, nil},
		{"the token of another API", ask{method: "GET", path: "/apis/default/api/patient", token: "portal"}, 403, nil, []string{"Ofann"}},
		{"another site", ask{method: "GET", path: "/apis/other/api/patient", token: "staff"}, 404, nil, nil},
		{"no such operation", ask{method: "GET", path: "/apis/default/api/nothing", token: "staff"}, 404, []string{"internalErrors"}, nil},
		{"a patient sees herself", ask{method: "GET", path: "/apis/default/portal/patient", token: "portal"}, 200, []string{"Ofann"}, []string{"Ofbob"}},
		{"staff do not use the portal", ask{method: "GET", path: "/apis/default/portal/patient", token: "staff"}, 403, nil, []string{"Ofann"}},
	})
	w.settings.APIStandard, w.settings.APIPortal = false, false
	w.play(t, []scenario{
		{"switched off", ask{method: "GET", path: "/apis/default/api/patient", token: "staff"}, 404, nil, []string{"Ofann"}},
		{"switched off", ask{method: "GET", path: "/apis/default/portal/patient", token: "portal"}, 404, nil, []string{"Ofann"}},
	})
}

// broken are sites whose store fails, in words that nobody outside may read.
type broken struct {
	chart.Sites
	err   error
	panic bool
}

func (b *broken) Open(context.Context, string) (chart.Site, error) {
	if b.panic {
		panic(b.err.Error())
	}
	return nil, b.err
}

func TestErrorsShowNothingOfTheInside(t *testing.T) {
	t.Parallel()
	const inside = `SELECT secret FROM /var/lib/chart.db: *sqlite.Error`
	for name, sites := range map[string]*broken{
		"an error of ours":             {err: fault.Wrap(fault.Internal, "gormstore.read", errors.New(inside))},
		"an unknown error":             {err: errors.New(inside)},
		"a store that is out of reach": {err: fault.Wrap(fault.Unavailable, "gormstore.read", errors.New(inside))},
		"a panic":                      {err: errors.New(inside), panic: true},
	} {
		w := newWorld(t)
		sites.Sites = w.config.Sites
		w.config.Sites = sites
		w.handler = httpd.New(w.config)
		for _, path := range []string{"Patient/ann", "/apis/default/api/patient", "metadata", "/r4/Patient"} {
			rec := w.do(ask{method: "GET", path: path})
			if rec.Code != http.StatusInternalServerError && rec.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: %s: status %d", name, path, rec.Code)
			}
			for _, never := range []string{"SELECT", "sqlite", "/var/lib", "gormstore", "goroutine"} {
				if strings.Contains(rec.Body.String(), never) {
					t.Errorf("%s: %s shows %q: %s", name, path, never, rec.Body)
				}
			}
			if rec.Body.Len() == 0 {
				t.Errorf("%s: %s: no body", name, path)
			}
		}
		if !strings.Contains(w.log.String(), "SELECT secret") {
			t.Errorf("%s: the log does not say what happened", name)
		}
	}
}
