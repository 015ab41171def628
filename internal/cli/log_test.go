package cli

import (
	"log/slog"
	"strings"
	"testing"
)

// sink hands on what is written to it, a call each.
type sink chan string

func (s sink) Write(p []byte) (int, error) {
	s <- string(p)
	return len(p), nil
}

func TestServerLog(t *testing.T) {
	t.Parallel()
	out := make(sink, 100)
	log, done := serverLog(out, slog.LevelInfo)
	requests := log.With("site", "default")

	requests.Info("one")
	requests.Debug("never")
	if got := <-out; !strings.Contains(got, `"msg":"one"`) || !strings.Contains(got, `"site":"default"`) {
		t.Errorf("after a moment the log has %q", got)
	}
	requests.Info("two")
	requests.WithGroup("cause").Warn("three", "disk", "full")
	var seen string
	for !strings.Contains(seen, "three") {
		seen += <-out
	}
	if first, second, _ := strings.Cut(seen, "\n"); !strings.Contains(first, "two") || !strings.Contains(second, `"cause":{"disk":"full"}`) || strings.Contains(seen, "never") {
		t.Errorf("with a warning the log has %q", seen)
	}
	long := strings.Repeat("x", logBytes)
	requests.Info(long)
	if got := <-out; !strings.Contains(got, long) {
		t.Errorf("a long line arrives with %d bytes", len(got))
	}
	requests.Info("last")
	done()
	if got := <-out; !strings.Contains(got, "last") {
		t.Errorf("at the end the log has %q", got)
	}
	done()
	if len(out) > 0 {
		t.Errorf("written twice: %q", <-out)
	}
}
