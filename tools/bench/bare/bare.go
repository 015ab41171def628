// Package bare is the server without authentication, scopes, audit trail and access log: the same handler over the same record,
// with these taken out from below. It exists to measure what they cost. The product has no switch for it.
package bare

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/app"
	"chartwright/internal/chart"
	"chartwright/internal/config"
	"chartwright/internal/identity"
	"chartwright/internal/web/framing"
	"chartwright/internal/web/httpd"
)

// Main serves the FHIR API of an existing record on loopback until ctx ends. It prints the line by which the server itself
// tells its address.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("bare", flag.ContinueOnError)
	f.SetOutput(stderr)
	data := f.String("data", "", "data folder of the server")
	dsn := f.String("database", "", "PostgreSQL DSN of the server; SQLite when empty")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if err := serve(ctx, config.Store{Data: *data, Database: config.Secret(*dsn)}, slog.New(slog.DiscardHandler), stdout); err != nil {
		fmt.Fprintf(stderr, "bare: %v\n", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, c config.Store, log *slog.Logger, stdout io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	a, err := app.Open(ctx, c, app.Options{BaseURL: "http://" + listener.Addr().String(), Version: "bench", Log: log})
	if err != nil {
		return err
	}
	defer a.Close()
	handler := httpd.New(httpd.Config{
		BaseURL: a.BaseURL, DefaultSite: app.DefaultSite, Sites: silentSites{a.Sites}, Settings: a.Settings, Policy: a.Policy,
		Authenticator: everybody{a.Identity}, Records: a.Records, FHIR: a.FHIR, Observe: app.Observer(), Log: log, Now: time.Now, NewID: uuid.NewString,
	})
	server, listening := a.Front(ctx, listener, handler, nil)
	fmt.Fprintf(stdout, "listening on %s\n", a.BaseURL)
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(framing.Listener(listening, nil)); err != http.ErrServerClosed { // Serve returns this very value
		return err
	}
	return nil
}

// everybody takes any token for the administrator's.
type everybody struct{ *identity.Server }

var administrator = &access.Subject{
	Site: app.DefaultSite, Actor: access.User, UserID: "bench", UserName: "bench", ClientID: "bench",
	FHIRUser: "Practitioner/bench", Groups: []string{"admin"},
	Scopes: access.ParseScopes(allScopes()),
}

func allScopes() string {
	scopes := []string{"api:fhir"}
	for _, t := range r4.Types {
		scopes = append(scopes, "user/"+t.Name+".cruds")
	}
	return strings.Join(scopes, " ")
}

// Authenticate asks nobody.
func (everybody) Authenticate(context.Context, string, string) (*access.Subject, error) {
	return administrator, nil
}

// silentSites opens sites that keep no audit trail.
type silentSites struct{ chart.Sites }

func (s silentSites) Open(ctx context.Context, name string) (chart.Site, error) {
	site, err := s.Sites.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return silentSite{site}, nil
}

type silentSite struct{ chart.Site }

// Record forgets.
func (silentSite) Record(context.Context, *chart.AuditEvent, bool) error { return nil }

// Write is the site's own, but for the events.
func (s silentSite) Write(ctx context.Context, touch []chart.Key, fn func(chart.Tx) error) error {
	return s.Site.Write(ctx, touch, func(tx chart.Tx) error { return fn(silentTx{tx}) })
}

type silentTx struct{ chart.Tx }

// Record forgets.
func (silentTx) Record(*chart.AuditEvent) {}
