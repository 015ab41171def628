package identity_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"chartwright/internal/await"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore"
	"chartwright/internal/gormstore/identitystore"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity"
	"chartwright/internal/identity/client"
	"chartwright/internal/setting"
	"chartwright/internal/web/screens"
)

// replica is a second process on the same database.
func (w *world) replica(c gormstore.Config) *identity.Server {
	w.t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	c.Now, c.Log, c.Replica = w.clock.Now, quiet, "second"
	c.Extract = func(string, []byte, *index.Rows) error { return nil }
	sites, err := gormstore.Open(context.Background(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = sites.Close() })
	open := func(ctx context.Context, site string) (identity.Store, error) {
		db, err := sites.DB(ctx, site)
		if err != nil {
			return nil, err
		}
		return identitystore.New(db), nil
	}
	s, err := identity.New(identity.Config{
		BaseURL: w.http.URL, Open: open, Master: w.admin.Master, Contexts: twoPatients{}, Wishes: &w.optedOut, Audit: w.audit, Passwords: w.passwords, Screens: screens.New(), Now: w.clock.Now, Log: quiet,
		Settings: setting.New(func(ctx context.Context, site string) (setting.Store, error) { return open(ctx, site) }),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestRevocationReachesAnotherReplica(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, c gormstore.Config) {
		ctx := context.Background()
		w := startWorld(t, c)
		second := w.replica(c)
		k := w.register(nil)
		good := func(j map[string]any) bool {
			_, err := second.Authenticate(ctx, "default", j["access_token"].(string))
			return err == nil
		}
		for name, revoke := range map[string]func(j map[string]any){
			"revoked": func(j map[string]any) {
				a := w.browser().post("/oauth2/default/revoke", k.with(map[string][]string{"token": {j["access_token"].(string)}}))
				if a.status != http.StatusOK {
					t.Errorf("revoke: %d %s", a.status, a.body)
				}
			},
			"user revoked": func(map[string]any) {
				a, err := w.admin.User(ctx, "default", identity.Named("admin"))
				if err == nil {
					err = w.admin.RevokeUser(ctx, "default", k.id, a.ID)
				}
				if err != nil {
					t.Error(err)
				}
			},
			"client disabled": func(map[string]any) {
				if err := w.admin.SetClientEnabled(ctx, "default", k.id, false); err != nil {
					t.Error(err)
				}
			},
		} {
			if err := w.admin.SetClientEnabled(ctx, "default", k.id, true); err != nil {
				t.Fatal(err)
			}
			j := w.token(k.with(passwordForm("openid user/Patient.read"))).json(t)
			if !good(j) || !good(j) {
				t.Fatalf("%s: the second replica refuses the token", name)
			}
			revoke(j)
			begin := time.Now()
			await.True(t, name+": the second replica refuses the token", func() bool { return !good(j) })
			t.Logf("%s: felt after %v", name, time.Since(begin))
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		check(t, gormstore.Config{DataDir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		check(t, gormstore.Config{DSN: storetest.PostgreSQL(t)})
	})
}

func TestANarrowedRegistrationNarrowsItsTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	c := w.register(nil)
	j := w.token(c.with(passwordForm("openid user/Patient.read user/Observation.read"))).json(t)
	err := w.admin.ChangeClient(ctx, "default", c.id, "client scopes", func(k *client.Client) { k.Scopes = []string{"openid", "user/Patient.rs"} })
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.server.Authenticate(ctx, "default", j["access_token"].(string))
	if err != nil || len(s.Scopes.Raw) != 2 || s.Scopes.Has("user/Observation.read") {
		t.Errorf("subject = %+v, %v", s, err)
	}
}
