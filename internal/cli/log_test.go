package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"

	"chartwright/internal/await"
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
	log, _, done := serverLog(out, slog.LevelInfo)
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

// gate is a log that nobody takes until it is opened, or that refuses what it is given.
type gate struct {
	open chan struct{}
	full bool

	mu   sync.Mutex
	seen strings.Builder
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	if g.full {
		return 0, syscall.ENOSPC
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen.Write(p)
}

func (g *gate) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen.String()
}

// TestNobodyWaitsForTheLog is F-40: whoever logs goes on while nobody takes the log; what is too much is counted, and said later.
func TestNobodyWaitsForTheLog(t *testing.T) {
	t.Parallel()
	out := &gate{open: make(chan struct{})}
	log, lost, done := serverLog(out, slog.LevelInfo)
	long := strings.Repeat("x", 10<<10)
	const lines = 3 * logWaiting / (10 << 10)
	for range lines {
		log.Error(long) // returns
	}
	if lost() == 0 {
		t.Error("no line is lost, so they are all kept")
	}
	before := lost()
	close(out.open)
	done() // and waits a moment, which may be too short for what is left
	whole := func() int { return strings.Count(out.String(), long) }
	await.True(t, fmt.Sprintf("all but %d of %d lines are written", before, lines), func() bool { return whole()+int(before) == lines })
	await.True(t, "it is said how many are lost", func() bool { return strings.Contains(out.String(), fmt.Sprintf(`"lines":%d`, before)) })
	if whole() == 0 || whole()+int(before) != lines {
		t.Errorf("%d lines are written and %d are lost, of %d", whole(), before, lines)
	}
	log.Info("too late") // is no panic
}

// A log on a full disk loses what it is given, and counts it.
func TestLogOnAFullDisk(t *testing.T) {
	t.Parallel()
	out := &gate{open: make(chan struct{}), full: true}
	close(out.open)
	log, lost, done := serverLog(out, slog.LevelInfo)
	log.Info("one")
	log.Warn("two")
	done()
	await.True(t, "two lines are lost", func() bool { return lost() == 2 })
}

// A log that is never taken doesn't hold up the end of the program.
func TestEndWithoutALog(t *testing.T) {
	t.Parallel()
	out := &gate{open: make(chan struct{})}
	log, _, done := serverLog(out, slog.LevelInfo)
	log.Error("one")
	done()
	close(out.open)
}
