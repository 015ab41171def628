package identitystore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chartwright/internal/fault"
	"chartwright/internal/gormstore/storetest"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// family returns a grant of the client app with its first refresh token, which are stored.
func (s *Store) family(t *testing.T, id string) *token.Token {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	g := &token.Grant{ID: id, Type: "authorization_code", ClientID: "app", AccountID: "somebody", Scopes: []string{"openid"}, Created: now, Expires: now.Add(time.Hour)}
	first := newToken(g)
	if err := s.Apply(t.Context(), token.Change{Grant: g, Tokens: []*token.Token{first}}); err != nil {
		t.Fatal(err)
	}
	return first
}

func newToken(g *token.Grant) *token.Token {
	_, hash := token.Mint()
	return &token.Token{Kind: token.Refresh, Hash: hash, Grant: g, Scopes: []string{"openid"}, Created: g.Created, Expires: g.Expires}
}

func newStoreWithApp(t *testing.T, dsn string) *Store {
	t.Helper()
	s := newStore(t, dsn)
	if err := s.AddClient(t.Context(), &client.Client{ID: "app", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestApplyStoresAll(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		first := s.family(t, "grant")
		second, access := newToken(first.Grant), newToken(first.Grant)
		access.Kind, access.Form = token.Access, map[string]string{"nonce": "n"}
		if err := s.Apply(t.Context(), token.Change{Spend: first, Tokens: []*token.Token{access, second}}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []*token.Token{access, second} {
			got, err := s.Token(t.Context(), want.Kind, want.Hash)
			if err != nil || got.Spent || got.Grant.ID != "grant" || got.Grant.AccountID != "somebody" || !got.Expires.Equal(want.Expires) ||
				len(got.Scopes) != 1 || got.Form["nonce"] != want.Form["nonce"] {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
		if got, err := s.Token(t.Context(), token.Refresh, first.Hash); err != nil || !got.Spent {
			t.Errorf("what was redeemed: %+v, %v", got, err)
		}
		if _, err := s.Token(t.Context(), token.Access, second.Hash); !fault.Is(err, fault.NotFound) {
			t.Errorf("a refresh token as an access token: %v", err)
		}
	})
}

// TestApplyRedeemsOnce lets many redeem each of several tokens at once: one of each wins, and nothing of the others is there.
func TestApplyRedeemsOnce(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		var won [5]atomic.Int64
		made := make([][]*token.Token, len(won))
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i := range won {
			first := s.family(t, "grant"+string(rune('a'+i)))
			for range 16 {
				next := newToken(first.Grant)
				made[i] = append(made[i], next)
				wg.Go(func() {
					<-begin
					err := s.Apply(context.Background(), token.Change{Spend: first, Tokens: []*token.Token{next}})
					if err == nil {
						won[i].Add(1)
					} else if !fault.Is(err, fault.Conflict) {
						t.Errorf("redeem: %v", err)
					}
				})
			}
		}
		close(begin)
		wg.Wait()
		for i := range won {
			n := 0
			for _, next := range made[i] {
				if _, err := s.Token(t.Context(), token.Refresh, next.Hash); err == nil {
					n++
				}
			}
			if won[i].Load() != 1 || n != 1 {
				t.Errorf("grant %d: %d attempts succeeded and %d tokens are there, want one", i, won[i].Load(), n)
			}
		}
	})
}

func TestApplyKeepsNothingOfWhatFails(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		revoked, taken := s.family(t, "revoked"), s.family(t, "taken")
		if n, err := s.RevokeGrants(t.Context(), token.Filter{ID: "revoked"}); err != nil || n != 1 {
			t.Fatalf("%d revoked, %v", n, err)
		}
		stranger := newToken(&token.Grant{ID: "stranger", ClientID: "nobody", Created: taken.Created, Expires: taken.Expires})
		for name, c := range map[string]struct {
			change token.Change
			kind   fault.Kind
		}{
			"a token of a revoked grant": {token.Change{Spend: revoked, Tokens: []*token.Token{newToken(revoked.Grant)}}, fault.Conflict},
			"a token of another kind":    {token.Change{Spend: &token.Token{Kind: token.Code, Hash: taken.Hash}, Tokens: []*token.Token{newToken(taken.Grant)}}, fault.Conflict},
			"a hash that is taken":       {token.Change{Spend: taken, Tokens: []*token.Token{newToken(taken.Grant), taken}}, fault.Conflict},
			"a client that is gone":      {token.Change{Grant: stranger.Grant, Tokens: []*token.Token{stranger}}, fault.Unavailable},
			"no token at all":            {token.Change{Spend: taken}, fault.Internal},
		} {
			if err := s.Apply(t.Context(), c.change); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v, want %v", name, err, c.kind)
			}
			for _, k := range c.change.Tokens {
				if _, err := s.Token(t.Context(), k.Kind, k.Hash); k != taken && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: a token is there: %v", name, err)
				}
			}
		}
		if got, err := s.Token(t.Context(), token.Refresh, taken.Hash); err != nil || got.Spent {
			t.Errorf("what failed has spent the token: %+v, %v", got, err)
		}
	})
}

// TestApplyFailsAlone makes changes at once of which some fail: the others are all there, each read finds its own, and whoever comes
// with a token of another kind spends nothing.
func TestApplyFailsAlone(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		taken := s.family(t, "taken")
		stranger := &token.Grant{ID: "stranger", ClientID: "nobody", Created: taken.Created, Expires: taken.Expires}
		var wg sync.WaitGroup
		begin := make(chan struct{})
		apply := func(name string, c token.Change, want error) {
			wg.Go(func() {
				<-begin
				if err := s.Apply(context.Background(), c); want == nil && err != nil || want != nil && !fault.Is(err, fault.KindOf(want)) {
					t.Errorf("%s: %v, want %v", name, err, want)
				}
			})
		}
		made := map[string]*token.Token{}
		for i := range 24 {
			id := "grant" + string(rune('a'+i))
			first := s.family(t, id)
			next := newToken(first.Grant)
			next.Form = map[string]string{"of": id}
			made[id] = next
			apply("a good one", token.Change{Spend: first, Tokens: []*token.Token{next}}, nil)
			switch i % 6 {
			case 0:
				apply("a hash that is taken", token.Change{Tokens: []*token.Token{taken}}, fault.New(fault.Conflict, "", ""))
			case 1:
				apply("a client that is gone", token.Change{Grant: stranger, Tokens: []*token.Token{newToken(stranger)}}, fault.New(fault.Unavailable, "", ""))
			case 2:
				other := &token.Token{Kind: token.Code, Hash: taken.Hash}
				apply("another kind", token.Change{Spend: other, Tokens: []*token.Token{newToken(taken.Grant)}}, errSpent)
			}
		}
		close(begin)
		wg.Wait()
		for id, want := range made {
			wg.Go(func() {
				got, err := s.Token(t.Context(), want.Kind, want.Hash)
				if err != nil || got.Form["of"] != id || got.Grant.ID != id || got.Spent {
					t.Errorf("%s: %+v, %v", id, got, err)
				}
			})
			wg.Go(func() {
				_, hash := token.Mint()
				if _, err := s.Token(t.Context(), token.Refresh, hash); !fault.Is(err, fault.NotFound) {
					t.Errorf("a token that nobody made: %v", err)
				}
			})
		}
		wg.Wait()
		if got, err := s.Token(t.Context(), token.Refresh, taken.Hash); err != nil || got.Spent {
			t.Errorf("what others failed with is spent: %+v, %v", got, err)
		}
	})
}

// TestCachedRowsFollowChanges reads a client and an account through two stores of one process's database: a change through one is
// seen by both, and a caller's copy is its own.
func TestCachedRowsFollowChanges(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		other := New(s.db)
		for _, st := range []*Store{s, other, s} {
			c, err := st.Client(t.Context(), "app")
			if err != nil || !c.Enabled {
				t.Fatalf("%+v, %v", c, err)
			}
			c.Enabled = false // of this copy alone
		}
		err := other.ChangeClient(t.Context(), "app", func(c *client.Client) error {
			if !c.Enabled {
				return errors.New("a caller's change was stored")
			}
			c.Enabled = false
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, st := range []*Store{s, other} {
			if c, err := st.Client(t.Context(), "app"); err != nil || c.Enabled {
				t.Errorf("store %d has %+v, %v", i, c, err)
			}
		}
		if err := s.RemoveClient(t.Context(), "app"); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Client(t.Context(), "app"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a client that was removed: %v", err)
		}
	})
}

// TestSweepLeavesWhatIsNeeded sweeps tokens that have expired: a grant goes with the last of its tokens and not before.
func TestSweepLeavesWhatIsNeeded(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		s := newStoreWithApp(t, dsn)
		now := time.Now().UTC().Truncate(time.Millisecond)
		tokens := map[string][2]*token.Token{} // of each grant: one that has expired, one that has not
		for _, id := range []string{"over", "half", "live"} {
			g := &token.Grant{ID: id, ClientID: "app", AccountID: "somebody", Created: now.Add(-2 * time.Hour), Expires: now.Add(time.Hour)}
			old, young := newToken(g), newToken(g)
			old.Expires = now.Add(-time.Minute)
			c := token.Change{Grant: g, Tokens: []*token.Token{old, young}}
			switch id {
			case "over":
				c.Tokens = c.Tokens[:1]
			case "live":
				c.Tokens = c.Tokens[1:]
			}
			if err := s.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			tokens[id] = [2]*token.Token{old, young}
		}
		if err := s.SweepTokens(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		var left []string
		grants, err := s.Grants(t.Context(), token.Filter{ClientID: "app"})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range grants {
			left = append(left, g.ID)
		}
		if slices.Sort(left); !slices.Equal(left, []string{"half", "live"}) {
			t.Errorf("the grants %v are left", left)
		}
		for id, of := range tokens {
			for i, k := range of {
				_, err := s.Token(t.Context(), k.Kind, k.Hash)
				if want := i == 1 && id != "over"; (err == nil) != want {
					t.Errorf("token %d of %s: %v", i, id, err)
				}
			}
		}
	})
}
