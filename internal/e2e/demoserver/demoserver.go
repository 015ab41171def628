// Package demoserver starts the whole program with its demonstration, for end-to-end tests, and signs people in as a browser
// would.
package demoserver

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"chartwright/internal/app"
	"chartwright/internal/config"
)

// Server is the running program.
type Server struct {
	URL         string
	Client      *http.Client // trusts the server's certificate
	Certificate *x509.Certificate
	App         *app.App
}

// Start serves the demonstration by TLS on a free port until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	ctx := context.Background()
	server := httptest.NewUnstartedServer(nil)
	baseURL := "https://" + server.Listener.Addr().String()
	a, err := app.Open(ctx, config.Store{Data: t.TempDir()}, app.Options{BaseURL: baseURL, Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
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
	server.StartTLS()
	t.Cleanup(server.Close)
	return &Server{URL: baseURL, Client: server.Client(), Certificate: server.Certificate(), App: a}
}
