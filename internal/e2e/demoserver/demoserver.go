// Package demoserver starts the whole program with its demonstration, for end-to-end tests, and signs people in as a browser
// would.
package demoserver

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/await"
	"chartwright/internal/config"
	"chartwright/internal/identity/account"
	"chartwright/internal/web/httpd"
)

// Server is the running program.
type Server struct {
	URL         string
	Client      *http.Client      // trusts the server's certificate
	Certificate *x509.Certificate // nil without TLS
	App         *app.App

	on  config.Store
	now func() time.Time
}

// Start serves the demonstration by TLS on a free port of loopback until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartOn(t, config.Store{Data: t.TempDir()}, nil)
}

// StartOn is [Start] on databases of the caller's choice, by the clock now; nil is the real one.
func StartOn(t testing.TB, on config.Store, now func() time.Time) *Server {
	t.Helper()
	return start(t, on, now, "https", (*httptest.Server).StartTLS)
}

// StartPlain is [Start] without TLS.
func StartPlain(t testing.TB) *Server {
	t.Helper()
	return start(t, config.Store{Data: t.TempDir()}, nil, "http", (*httptest.Server).Start)
}

// At returns the same server as it is seen under another name of loopback.
func (s *Server) At(host string) (*Server, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	u.Host = net.JoinHostPort(host, u.Port())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if own, ok := s.Client.Transport.(*http.Transport); ok && s.Certificate != nil {
		transport = own.Clone()
		transport.TLSClientConfig.ServerName = s.Certificate.DNSNames[0]
	}
	other := *s
	other.URL, other.Client = u.String(), &http.Client{Transport: transport}
	return &other, nil
}

// Get reads a public JSON document of the server.
func (s *Server) Get(t testing.TB, path string, into any) {
	t.Helper()
	resp, err := s.Client.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Replica is a second process on the same databases, behind the same URL as its clients see it: only At differs.
func (s *Server) Replica(t testing.TB) *Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	return serve(t, s.on, s.now, s.URL, server, (*httptest.Server).StartTLS)
}

func start(t testing.TB, on config.Store, now func() time.Time, scheme string, listen func(*httptest.Server)) *Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	return serve(t, on, now, scheme+"://"+server.Listener.Addr().String(), server, listen)
}

// serve starts the program on server, which clients reach as baseURL.
func serve(t testing.TB, on config.Store, now func() time.Time, baseURL string, server *httptest.Server, listen func(*httptest.Server)) *Server {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, on, app.Options{
		BaseURL: baseURL, Version: "test", Now: now, Times: httpd.Times{Read: await.Patience, Write: await.Patience},
		Passwords: account.NewHasher(account.Cost{Memory: 8, Passes: 1}), // the cost is the hasher's test's
		Log:       slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.FirstStart(ctx, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	handler, err := a.Handler(func(string, int, time.Duration) {})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	listen(server)
	t.Cleanup(server.Close)
	return &Server{URL: server.URL, Client: server.Client(), Certificate: server.Certificate(), App: a, on: on, now: now}
}
