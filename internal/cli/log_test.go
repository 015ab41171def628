package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"syscall"
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
	seen chan string
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	if g.full {
		return 0, syscall.ENOSPC
	}
	g.seen <- string(p)
	return len(p), nil
}

// TestNobodyWaitsForTheLog is F-40: whoever logs goes on while nobody takes the log; what is too much is counted, and said later.
func TestNobodyWaitsForTheLog(t *testing.T) {
	t.Parallel()
	out := &gate{open: make(chan struct{}), seen: make(chan string, 100)}
	log, lost, done := serverLog(out, slog.LevelInfo)
	long := strings.Repeat("x", 10<<10)
	for range 3 * logWaiting / len(long) {
		log.Error(long) // returns
	}
	if lost() == 0 {
		t.Error("no line is lost, so they are all kept")
	}
	before := lost()
	close(out.open)
	done()
	close(out.seen)
	var all strings.Builder
	for s := range out.seen {
		all.WriteString(s)
	}
	if whole := strings.Count(all.String(), long); whole+int(before) != 3*logWaiting/len(long) || whole == 0 {
		t.Errorf("%d lines are written and %d are lost, of %d", whole, before, 3*logWaiting/len(long))
	}
	if want := fmt.Sprintf(`"lines":%d`, before); !strings.Contains(all.String(), want) {
		t.Errorf("nothing says %s: …%s", want, all.String()[max(0, all.Len()-300):])
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
	if lost() != 2 {
		t.Errorf("%d lines are lost, want 2", lost())
	}
}

// A log that is never taken doesn't hold up the end of the program.
func TestEndWithoutALog(t *testing.T) {
	t.Parallel()
	out := &gate{open: make(chan struct{}), seen: make(chan string, 1)}
	log, _, done := serverLog(out, slog.LevelInfo)
	log.Error("one")
	done()
	close(out.open)
}
