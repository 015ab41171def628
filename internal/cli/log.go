package cli

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// logDelay is how long a line of the log may wait for others: a system call for each request costs more than all the rest that
	// a line does.
	logDelay = 100 * time.Millisecond
	logBytes = 32 << 10
)

// serverLog is the log of a server, one JSON object a line. Lines about requests may arrive a moment late, in order; a warning or an
// error is written at once, with all that came before it. Who accessed what is in the audit trail, which promises more. Close it.
func serverLog(out io.Writer, level slog.Level) (log *slog.Logger, close func()) {
	lines := &lines{out: out}
	lines.timer = time.AfterFunc(time.Hour, lines.flush)
	lines.timer.Stop()
	return slog.New(&logHandler{slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: level}), lines}), lines.flush
}

type logHandler struct {
	slog.Handler
	lines *lines
}

// Handle implements [slog.Handler].
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		h.lines.flush()
	}
	return err
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup implements [slog.Handler].
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.Handler.WithGroup(name), h.lines}
}

// lines collects what is written for a moment.
type lines struct {
	out   io.Writer
	timer *time.Timer

	mu      sync.Mutex
	waiting []byte
}

// Write implements [io.Writer]. It never fails: whoever logs has nobody to tell.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.timer.Reset(logDelay)
	}
	if l.waiting = append(l.waiting, p...); len(l.waiting) >= logBytes {
		l.write()
	}
	return len(p), nil
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
}

func (l *lines) write() {
	l.timer.Stop()
	if len(l.waiting) > 0 {
		_, _ = l.out.Write(l.waiting)
		l.waiting = l.waiting[:0]
	}
}
