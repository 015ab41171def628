package app

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"chartwright/internal/config"
	"chartwright/internal/setting"
)

// A server that starts says what is stopped.
func TestStartWarnsOfStops(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := started(t)
	said := func() string {
		t.Helper()
		var b bytes.Buffer
		if err := a.warnOfStops(ctx, slog.New(slog.NewTextHandler(&b, nil))); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if s := said(); s != "" {
		t.Errorf("nothing is stopped, and the log says %s", s)
	}
	if err := a.Admin.SetSetting(ctx, DefaultSite, setting.StopWrites, setting.On); err != nil {
		t.Fatal(err)
	}
	if s := said(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "site=default setting=stop_writes") {
		t.Errorf("the log says %s", s)
	}
}

// started opens a server over an empty folder, started once, until the test ends.
func started(t *testing.T) *App {
	t.Helper()
	a, err := Open(t.Context(), config.Store{Data: t.TempDir()}, Options{BaseURL: "https://localhost", Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.FirstStart(t.Context(), false, io.Discard); err != nil {
		t.Fatal(err)
	}
	return a
}
