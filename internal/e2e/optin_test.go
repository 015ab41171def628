package e2e

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/demo"
	"chartwright/internal/e2e/demoserver"
	"chartwright/internal/identity"
)

// A patient who has opted in again signs in at once, at every process, however often that was tried while it was refused.
func TestPatientOptsInAgain(t *testing.T) {
	onEachDatabase(t, testOptingIn)
}

func testOptingIn(t *testing.T, store config.Store) {
	t.Helper()
	first := demoserver.StartOn(t, store, nil)
	second := first.Replica(t)
	staff := signIn(t, first, demoserver.Admin, "openid", "api:fhir", "user/Patient.cruds")
	const path = "/apis/default/fhir/Patient/" + demo.PortalPatient
	app := register(t, first)
	form := url.Values{
		"grant_type": {"password"}, "user_role": {"patient"}, "username": {demoserver.Phil.Login}, "password": {demoserver.Phil.Password},
		"email": {demoserver.Phil.Email}, "scope": {"openid api:fhir patient/Patient.rs"},
	}
	account := func(out bool) {
		t.Helper()
		if err := first.App.Admin.SetOptOut(context.Background(), "default", identity.Named(demoserver.Phil.Login), out); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name      string
		out, back func()
	}{
		{"of the account", func() { account(true) }, func() { account(false) }},
		{
			"of the record",
			func() { staff.setField(t, path, "prevent_portal_apps", "YES") },
			func() { staff.setField(t, path, "prevent_portal_apps", "") },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.out()
			refused := 0
			for status := 0; status != http.StatusTooManyRequests && refused < 20; refused++ {
				if status, _ = app.token([]*demoserver.Server{first, second}[refused%2], maps.Clone(form)); status == http.StatusOK {
					t.Fatal("a patient who has opted out signs in")
				}
			}
			tc.back()
			for name, s := range map[string]*demoserver.Server{"the process that was told": first, "the other one": second} {
				status, tokens := app.token(s, maps.Clone(form))
				if status != http.StatusOK {
					t.Errorf("%s refuses the first sign-in after %d that were refused before: %d %v", name, refused, status, tokens)
					continue
				}
				phil := &caller{t: t, server: s, token: tokens["access_token"]}
				phil.want(http.StatusOK, "GET", path, nil, nil)
			}
		})
	}
}
