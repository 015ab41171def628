package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"chartwright/internal/access"
	"chartwright/internal/care/portal"
	"chartwright/internal/care/record"
	"chartwright/internal/care/standard"
	"chartwright/internal/config"
	"chartwright/internal/fault"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/web/admission"
	"chartwright/internal/web/framing"
	"chartwright/internal/web/httpd"
	"chartwright/swagger"
)

// drain is how long a stopping server waits for the requests that are under way.
const drain = 12 * time.Second

// Output is where a server says what it does.
type Output struct {
	Out  io.Writer // for the person who starts it
	Log  *slog.Logger
	Lost func() int64 // the lines of the log that nobody took; nil = none are ever lost
}

// Serve serves until ctx ends, then answers what is under way and returns. It prints one line with the address when
// requests are accepted, and on the very first start one with the administrator's one-time password.
//
// Errors: the address is taken, the database is out of reach or of a newer program, a certificate can't be read.
func Serve(ctx context.Context, c config.Serve, version string, to Output) error {
	out, log := to.Out, to.Log
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer listener.Close()
	address := reachable(listener.Addr(), c.TLS != "off")
	baseURL := c.BaseURL
	if baseURL == "" {
		baseURL = address
	}
	tlsConf, err := tlsConfig(c, baseURL)
	if err != nil {
		return err
	}
	if limit := admission.Heed(); limit > 0 {
		log.Info("the memory limit is that of the container", "bytes", limit)
	}
	a, err := Open(ctx, c.Store, Options{BaseURL: baseURL, Version: version, Log: log})
	if err != nil {
		return err
	}
	a.places = c.MaxRequests
	defer func() {
		if err := a.Close(); err != nil {
			log.Error("closing the databases", "error", err)
		}
	}()
	if err := a.FirstStart(ctx, c.Demo, out); err != nil {
		return err
	}
	if err := a.warnOfStops(ctx, log); err != nil {
		return err
	}
	outdated, err := a.warnOfIndexes(ctx, log)
	if err != nil {
		return err
	}
	metrics := newMetrics(to.Lost, a.stillOutdated(outdated))
	handler, err := a.Handler(metrics.observe)
	if err != nil {
		return err
	}
	server, listening := a.Front(ctx, listener, handler, tlsConf)
	servers := []*serving{{server: server, listener: listening}}
	if c.Metrics != "" {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Metrics)
		if err != nil {
			return fmt.Errorf("--metrics: %w", err)
		}
		defer l.Close()
		servers = append(servers, &serving{server: httpd.Server(metrics.handler(), log), listener: l})
	}
	sweeping, stopSweeping := context.WithCancel(ctx)
	defer stopSweeping()
	go a.Identity.Run(sweeping)
	go a.Parameters.Run(sweeping)
	go a.countRefusals(sweeping)
	fmt.Fprintf(out, "listening on %s\n", address)
	return run(ctx, servers, c.StopDelay, func() {
		a.stopping.Store(true)
		log.Info("stopping", "delay", c.StopDelay)
	})
}

// Front returns a server of handler and a listener that bounds the connections of each client. It is to be served with the check of how
// requests are framed, [framing.Listener]. Without tlsConf it speaks HTTP.
func (a *App) Front(ctx context.Context, listener net.Listener, handler http.Handler, tlsConf *tls.Config) (*http.Server, net.Listener) {
	server := httpd.Server(handler, a.log)
	server.TLSConfig = tlsConf
	clients := admission.NewConnections(a.connections(ctx))
	server.ConnState = clients.Seen
	return server, clients.Listener(listener)
}

// Handler returns everything that the server answers. Observe is told about every request; it may be nil.
func (a *App) Handler(observe func(route string, status int, took time.Duration)) (http.Handler, error) {
	ui, err := swagger.New(swagger.Config{BaseURL: a.BaseURL, Site: DefaultSite})
	if err != nil {
		return nil, err
	}
	std := standard.NewServer(standard.Config{
		Now:     time.Now,
		Address: func(ctx context.Context) string { return a.BaseURL + "/apis/" + record.BookFrom(ctx).Site().Name() },
		Holds: func(ctx context.Context, right string) bool {
			g := access.GrantFrom(ctx)
			return g != nil && g.Policy.Grants.Holds(g.Subject.Groups, right)
		},
		Login: func(ctx context.Context, name string) (bool, error) {
			_, err := a.Admin.User(ctx, record.BookFrom(ctx).Site().Name(), identity.Who{Login: name, Kind: account.Staff})
			if fault.Is(err, fault.NotFound) {
				return false, nil
			}
			return err == nil, err
		},
	})
	return httpd.New(httpd.Config{
		BaseURL: a.BaseURL, DefaultSite: DefaultSite, Sites: a.Sites, Settings: a.Settings, Policy: a.Policy, Authenticator: a.Identity,
		Records: a.Records, FHIR: a.FHIR, Standard: std, Portal: portal.NewServer(std), Identity: a.Identity.Handler(), Swagger: ui,
		Ready: a.Ready, Places: a.places, Times: a.times, Stopping: a.stopping.Load, Observe: observe, Log: a.log, Now: time.Now, NewID: uuid.NewString,
	}), nil
}

// Ready reports why the server can't serve now: a site that is out of reach.
func (a *App) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := a.Settings.Settings(ctx, DefaultSite)
	if err != nil {
		return err
	}
	_, err = a.Sites.List(ctx)
	return err
}

type serving struct {
	server   *http.Server
	listener net.Listener
}

// run serves on every listener until ctx ends or one of them fails. When ctx ends it calls stopping and goes on for delay: so whoever
// spreads the requests has turned to other replicas when the listeners close.
func run(ctx context.Context, all []*serving, delay time.Duration, stopping func()) error {
	failed := make(chan error, len(all))
	for _, s := range all {
		go func() {
			failed <- s.server.Serve(framing.Listener(s.listener, s.server.TLSConfig))
		}()
	}
	var err error
	select {
	case <-ctx.Done():
		stopping()
		select {
		case <-time.After(delay):
		case err = <-failed:
		}
	case err = <-failed:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	for _, s := range all {
		if serr := s.server.Shutdown(stop); serr != nil {
			err = errors.Join(err, s.server.Close())
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// reachable is the URL of a listening address.
func reachable(addr net.Addr, secure bool) string {
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		if host, _ = os.Hostname(); host == "" {
			host = "localhost"
		}
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
