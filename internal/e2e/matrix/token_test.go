package matrix_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chartwright/internal/access"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

// mustArm is [world.arm] where nothing may fail.
func (w *world) mustArm(site string, trials ...*trial) {
	w.t.Helper()
	if err := w.arm(site, trials); err != nil {
		w.t.Fatal(err)
	}
}

// arm gives every trial at a site its access token, as the authorization server keeps them after an authorization: one new client
// with the scopes of all of them, a grant an actor, a token for each list of scopes. Ghosts get theirs and lose them.
func (w *world) arm(site string, trials []*trial) error {
	living, disabled, foreign := w.issue(site), w.issue(site), w.issue(elsewhere[site])
	for _, c := range trials {
		switch c.actor.dead {
		case absent:
		case garbage:
			c.token = strings.Repeat("x", 43)
		case otherSite:
			c.token = foreign.token(c)
		case clientDisabled:
			c.token = disabled.token(c)
		default:
			c.token = living.token(c)
		}
	}
	for _, i := range []*issue{living, disabled, foreign} {
		if err := i.store(); err != nil {
			return err
		}
	}
	if len(disabled.tokens) == 0 {
		return nil
	}
	return w.stores[site].ChangeClient(w.t.Context(), disabled.client, func(c *client.Client) error { c.Enabled = false; return nil })
}

// elsewhere is another site that has the same clients and people.
var elsewhere = map[string]string{home: abroad, abroad: home, closed: home}

// issue is the tokens of one client.
type issue struct {
	world  *world
	site   string
	client string
	grants map[*actor]*token.Grant
	tokens map[string]string // by actor and scopes
	made   []*token.Token
}

// issue is of a new client.
func (w *world) issue(site string) *issue {
	_, unique := token.Mint()
	return &issue{world: w, site: site, client: "client-" + unique.ID(), grants: map[*actor]*token.Grant{}, tokens: map[string]string{}}
}

// armAs gives trials at one site the tokens of a new client of a name, which may be one's of another site.
func (w *world) armAs(name string, trials ...*trial) {
	w.t.Helper()
	i := w.issue(trials[0].site)
	i.client = name
	for _, c := range trials {
		c.token = i.token(c)
	}
	if err := i.store(); err != nil {
		w.t.Fatal(err)
	}
}

func (i *issue) token(c *trial) string {
	now := time.Now().UTC()
	g := i.grants[c.actor]
	if g == nil {
		_, unique := token.Mint()
		g = &token.Grant{
			ID: "grant-" + unique.ID(), Type: client.AuthorizationCode, ClientID: i.client, Actor: c.actor.kind, AccountID: c.actor.accountID(),
			Context:  token.Context{Patient: c.actor.patient, Encounter: c.actor.encounter},
			AuthTime: now, Created: now.Add(-time.Minute), Expires: now.Add(24 * time.Hour),
		}
		i.grants[c.actor] = g
	}
	key := g.ID + fmt.Sprint(c.scopes)
	if text, ok := i.tokens[key]; ok {
		return text
	}
	text, hash := token.Mint()
	t := &token.Token{Kind: token.Access, Hash: hash, Grant: g, Scopes: c.scopes, Created: g.Created, Expires: now.Add(12 * time.Hour)}
	if c.actor.dead == expired {
		t.Expires = now.Add(-time.Second)
	}
	i.tokens[key], i.made = text, append(i.made, t)
	return text
}

// tokensOf are the tokens of a grant.
func (i *issue) tokensOf(g *token.Grant) (list []*token.Token) {
	for _, t := range i.made {
		if t.Grant == g {
			list = append(list, t)
		}
	}
	return list
}

// store writes the client, its grants and its tokens.
func (i *issue) store() error {
	if len(i.tokens) == 0 {
		return nil
	}
	ctx, store := i.world.t.Context(), i.world.stores[i.site]
	all := map[string]bool{}
	for _, t := range i.made {
		for _, s := range t.Scopes {
			all[s] = true
		}
	}
	registered := slices.Sorted(maps.Keys(all))
	err := store.AddClient(ctx, &client.Client{ID: i.client, Enabled: true, IssuedAt: time.Now().UTC(), Scopes: registered, Metadata: client.Metadata{
		ClientName: "Matrix", AuthMethod: client.MethodNone, GrantTypes: []string{client.AuthorizationCode},
	}})
	const rows = 500 // of one statement
	for a, g := range i.grants {
		g.Scopes = registered[:min(len(registered), 1)]
		if a.kind == access.System {
			g.Type = client.ClientCredentials
		}
		c := token.Change{Grant: g}
		for _, t := range i.tokensOf(g) {
			if c.Tokens = append(c.Tokens, t); len(c.Tokens) == rows && err == nil {
				err, c = store.Apply(ctx, c), token.Change{}
			}
		}
		if len(c.Tokens) > 0 && err == nil {
			err = store.Apply(ctx, c)
		}
	}
	for _, t := range i.made {
		for a, g := range i.grants {
			if g == t.Grant && a.dead == spent && err == nil {
				err = store.Spend(ctx, token.Access, t.Hash)
			}
		}
	}
	for a, g := range i.grants {
		if a.dead == revoked && err == nil {
			_, err = store.RevokeGrants(ctx, token.Filter{ID: g.ID})
		}
	}
	return err
}
