// Package issued gives one app a great many tokens, as years of use would, and measures how long an administrator waits for the
// first page of what it holds.
package issued

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/config"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/client"
	"chartwright/internal/identity/token"
)

const (
	writers  = 64 // at once, so that they share commits
	pageSize = 50 // what the command line lists when it is not told otherwise
)

// Main adds grants to an app of an existing server's record, each with an access and a refresh token, and prints for each of some
// look-ups of the first page how many milliseconds it took.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("issued", flag.ContinueOnError)
	f.SetOutput(stderr)
	id := f.String("client", "", "client id of the app")
	count := f.Int("count", 100_000, "tokens to add")
	looks := f.Int("looks", 20, "how often the page is asked for")
	data := f.String("data", "", "data folder of the server")
	dsn := f.String("database", "", "PostgreSQL DSN of the server; SQLite when empty")
	if err := f.Parse(args); err != nil {
		return 2
	}
	a, err := app.Open(ctx, config.Store{Data: *data, Database: config.Secret(*dsn)}, app.Options{BaseURL: "http://localhost", Version: "bench"})
	if err == nil {
		if err = fill(ctx, a, *id, *count/2); err == nil {
			err = look(ctx, a, *id, *looks, stdout)
		}
		err = errors.Join(err, a.Close())
	}
	if err != nil {
		fmt.Fprintf(stderr, "issued: %v\n", err)
		return 1
	}
	return 0
}

// fill adds grants.
func fill(ctx context.Context, a *app.App, id string, grants int) error {
	store, err := a.Admin.Open(ctx, app.DefaultSite)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(grants) || errs[w] != nil {
					return
				}
				g := &token.Grant{
					ID: uuid.NewString(), Type: client.AuthorizationCode, ClientID: id, Actor: access.User, AccountID: uuid.NewString(),
					Scopes: []string{"openid", "offline_access", "user/Patient.rs"}, Created: now.Add(-time.Duration(i) * time.Second), Expires: now.Add(token.GrantLife),
				}
				errs[w] = store.Apply(ctx, token.Change{Grant: g, Tokens: []*token.Token{made(g, token.Access), made(g, token.Refresh)}})
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func made(g *token.Grant, kind token.Kind) *token.Token {
	_, hash := token.Mint()
	return &token.Token{Kind: kind, Hash: hash, Grant: g, Created: g.Created, Expires: g.Expires}
}

// look asks for the first page, as an administrator does.
func look(ctx context.Context, a *app.App, id string, times int, out io.Writer) error {
	for range times {
		begin := time.Now()
		page, err := a.Admin.Grants(ctx, app.DefaultSite, identity.GrantQuery{ClientID: id, Limit: pageSize})
		if err != nil {
			return err
		}
		if len(page.Grants) != pageSize {
			return fault.New(fault.Internal, "issued.look", "the page has %d grants", len(page.Grants))
		}
		fmt.Fprintf(out, "%g\n", float64(time.Since(begin).Microseconds())/1e3)
	}
	return nil
}
