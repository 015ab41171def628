package identity_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestInitialAccessTokens registers where registration asks for a token that an administrator has handed out.
func TestInitialAccessTokens(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.set("registration", "token")
		add := func(uses int, life time.Duration) string {
			t.Helper()
			token, err := w.admin.AddInitialToken(ctx, "default", "for the lab", uses, life)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		const good = `{"redirect_uris":["https://client.example.org/callback"],"scope":"openid patient/Patient.rs"}`
		register := func(token, body string) int {
			return w.browser().send(http.MethodPost, "/oauth2/default/registration", body, "Content-Type", "application/json", "Authorization", "Bearer "+token).status
		}
		two := add(2, time.Hour)
		if s := register(two, `{"redirect_uris":["javascript:x"],"scope":"openid"}`); s != http.StatusBadRequest {
			t.Errorf("a bad registration: %d", s)
		}
		for range 2 { // the bad one has used nothing up
			if s := register(two, good); s != http.StatusCreated {
				t.Errorf("a good registration: %d", s)
			}
		}
		if s := register(two, good); s != http.StatusUnauthorized {
			t.Errorf("one registration too many: %d", s)
		}
		if err := w.admin.SetSetting(ctx, "other", "registration", "token"); err != nil {
			t.Fatal(err)
		}
		elsewhere := w.browser().send(http.MethodPost, "/oauth2/other/registration", good, "Content-Type", "application/json", "Authorization", "Bearer "+add(1, time.Hour))
		if elsewhere.status != http.StatusUnauthorized {
			t.Errorf("another site takes the token: %d", elsewhere.status)
		}
		one := add(1, time.Hour)
		var made atomic.Int32
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if register(one, good) == http.StatusCreated {
					made.Add(1)
				}
			})
		}
		all.Wait()
		if made.Load() != 1 {
			t.Errorf("one use makes %d apps", made.Load())
		}
		removed, late := add(1, time.Hour), add(1, time.Minute)
		list, err := w.admin.InitialTokens(ctx, "default")
		if err != nil || len(list) != 5 {
			t.Fatalf("%d tokens, %v", len(list), err)
		}
		for _, k := range list {
			if k.Note != "for the lab" {
				t.Errorf("note: %q", k.Note)
			}
			if k.Expires.Sub(k.Created) == time.Hour && k.Uses == 1 {
				if err := w.admin.RemoveInitialToken(ctx, "default", k.Hash.ID()); err != nil {
					t.Error(err)
				}
			}
		}
		if s := register(removed, good); s != http.StatusUnauthorized {
			t.Errorf("a removed token: %d", s)
		}
		w.clock.Advance(2 * time.Minute)
		if s := register(late, good); s != http.StatusUnauthorized {
			t.Errorf("an expired token: %d", s)
		}
		w.set("registration", "closed")
		if s := register(add(1, time.Hour), good); s != http.StatusForbidden && s != http.StatusUnauthorized && s != http.StatusBadRequest {
			t.Errorf("a closed registration: %d", s)
		}
	})
}
