package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// failing is a store of which the n-th call fails, counted by left.
type failing struct {
	identity.Store
	left *atomic.Int64
}

// next counts a call; the one that brings left from one to zero fails.
func (f failing) next() error {
	if f.left.Add(-1) == 0 {
		return fault.Wrap(fault.Unavailable, "test", errors.New("disk on fire"))
	}
	return nil
}

func (f failing) Token(ctx context.Context, kind token.Kind, hash token.Hash) (*token.Token, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.Token(ctx, kind, hash)
}

func (f failing) Apply(ctx context.Context, c token.Change) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.Apply(ctx, c)
}

func (f failing) Spend(ctx context.Context, kind token.Kind, hash token.Hash) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.Spend(ctx, kind, hash)
}

func (f failing) RevokeGrants(ctx context.Context, q token.Filter) (int, error) {
	if err := f.next(); err != nil {
		return 0, err
	}
	return f.Store.RevokeGrants(ctx, q)
}

func (f failing) Client(ctx context.Context, id string) (*client.Client, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.Client(ctx, id)
}

func (f failing) SpendAssertion(ctx context.Context, issuer, jti string, expires time.Time) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.SpendAssertion(ctx, issuer, jti, expires)
}

func (f failing) Account(ctx context.Context, id string) (*account.Account, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.Account(ctx, id)
}

// TestStoreFailsAtEachCall is CODE-14, F-09 and the authorization server's part of F-30: whichever call of the store fails while a
// code, a refresh token or an assertion is redeemed or a token is revoked, the caller is told that the server is at fault, gets
// nothing, and there is never a second live branch.
func TestStoreFailsAtEachCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var left atomic.Int64
	w.wrap = func(s identity.Store) identity.Store { return failing{s, &left} }
	w.restart()
	c, b := w.register(nil), w.backend(nil)
	const scope = "openid offline_access user/Patient.read"
	verifier, _ := proof()
	live := func(a *answer) bool { return a.status == http.StatusOK && w.live(a.json(t)) }
	for name, start := range map[string]func() (form url.Values, path string){
		"code": func() (url.Values, string) {
			return c.with(url.Values{"grant_type": {"authorization_code"}, "code": {w.code(c, scope)}, "redirect_uri": {redirect}, "code_verifier": {verifier}}), "token"
		},
		"refresh": func() (url.Values, string) { return c.with(refreshForm(w.tokens(c, scope))), "token" },
		"assertion": func() (url.Values, string) {
			return assertionForm(b.sign(jose.RS384, "r", b.claims(), nil)), "token"
		},
		"revoke": func() (url.Values, string) {
			return c.with(url.Values{"token": {w.tokens(c, scope)["access_token"].(string)}}), "revoke"
		},
	} {
		failures := 0
		for n := int64(1); ; n++ {
			form, path := start()
			send := func() *answer { return w.browser().post("/oauth2/default/"+path, form) }
			left.Store(n)
			first := send()
			reached := left.Load() <= 0
			left.Store(0)
			if !reached { // the call has fewer steps than that
				if first.status != http.StatusOK {
					t.Errorf("%s: nothing failed, and yet %d %s", name, first.status, first.body)
				}
				break
			}
			if failures++; failures > 40 {
				t.Fatalf("%s has no end", name)
			}
			what := fmt.Sprintf("%s with call %d failing", name, n)
			if first.status == http.StatusOK && path == "revoke" && w.live(map[string]any{"access_token": form.Get("token")}) {
				t.Errorf("%s is said to be done and is not", what)
			}
			if first.status != http.StatusOK && (first.status < 500 || strings.Contains(first.body, "fire") || first.header.Get("Cache-Control") != "no-store") {
				t.Errorf("%s: %d %v %s", what, first.status, first.header, first.body)
			}
			second := send()
			if second.status >= 500 {
				t.Errorf("%s: the second attempt gives %d", what, second.status)
			}
			if path == "token" && live(first) && live(second) {
				t.Errorf("%s: two attempts have given two live tokens", what)
			}
			if third := send(); path == "token" && third.status == http.StatusOK {
				t.Errorf("%s: a third attempt is answered with tokens after %d and %d", what, first.status, second.status)
			}
		}
		if failures == 0 {
			t.Errorf("%s asks the store for nothing", name)
		}
		t.Logf("%s: %d calls", name, failures)
	}
}
