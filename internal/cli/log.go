package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// logDelay is how long a line of the log may wait for others: a system call for each request costs more than all the rest that
	// a line does.
	logDelay = 100 * time.Millisecond
	logBytes = 32 << 10
	// logWaiting bounds what waits while nobody takes the log; lines beyond it are counted and lost.
	logWaiting = 1 << 20
	// logEnd is how long a program that ends waits for its last lines to be taken.
	logEnd = time.Second
)

// serverLog is the log of a server, one JSON object a line. Lines about requests may arrive a moment late, in order; a warning or an
// error is written at once, with all that came before it. Nobody who logs ever waits for out: while it takes nothing, or refuses what it
// is given, lines are lost and counted, and a line says how many once it takes some again. Who accessed what is in the audit trail,
// which promises more.
//
// Lost is the count since the start. Close it, which waits a moment for what is left.
func serverLog(out io.Writer, level slog.Level) (log *slog.Logger, lost func() int64, close func()) {
	l := &lines{out: out, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	l.timer = time.AfterFunc(time.Hour, l.signal)
	l.timer.Stop()
	go l.run()
	handler := &logHandler{Handler: slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}), lines: l, bare: true}
	return slog.New(handler), l.lost.Load, l.close
}

type logHandler struct {
	slog.Handler

	lines *lines
	bare  bool // no attributes or groups come before those of a record
}

// Handle implements [slog.Handler].
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	var err error
	if !h.bare || !h.lines.add(&r) {
		err = h.Handler.Handle(ctx, r)
	}
	if r.Level >= slog.LevelWarn {
		h.lines.signal()
	}
	return err
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{Handler: h.Handler.WithAttrs(attrs), lines: h.lines}
}

// WithGroup implements [slog.Handler].
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{Handler: h.Handler.WithGroup(name), lines: h.lines}
}

// lines collects what is written for a moment, and hands it on from a goroutine of its own.
type lines struct {
	out   io.Writer
	timer *time.Timer
	wake  chan struct{}
	ended chan struct{}
	lost  atomic.Int64

	mu      sync.Mutex
	waiting []byte
	ending  bool
}

// add writes a record, unless it is one for [slog.JSONHandler].
func (l *lines) add(r *slog.Record) bool {
	var room [512]byte
	line, ok := appendLine(room[:0], r)
	if ok {
		_, _ = l.Write(line) // it never fails
	}
	return ok
}

// Write implements [io.Writer]. It never fails: whoever logs has nobody to tell.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending || len(l.waiting) > 0 && len(l.waiting)+len(p) > logWaiting {
		l.lost.Add(1)
		return len(p), nil
	}
	if len(l.waiting) == 0 {
		l.timer.Reset(logDelay)
	}
	if l.waiting = append(l.waiting, p...); len(l.waiting) >= logBytes {
		l.signal()
	}
	return len(p), nil
}

// signal has what waits written.
func (l *lines) signal() {
	select {
	case l.wake <- struct{}{}:
	default: // it is about to be
	}
}

// run writes until close is called.
func (l *lines) run() {
	defer close(l.ended)
	var written []byte // and to be filled anew
	var told int64     // of the lines that are lost
	for range l.wake {
		l.mu.Lock()
		l.timer.Stop()
		written, l.waiting = l.waiting, written[:0]
		ending := l.ending
		l.mu.Unlock()
		if len(written) > 0 {
			if _, err := l.out.Write(written); err != nil {
				l.lost.Add(int64(bytes.Count(written, []byte{'\n'})))
			} else if lost := l.lost.Load(); lost > told {
				if _, err := l.out.Write(lossLine(lost - told)); err == nil {
					told = lost
				}
			}
		}
		if ending {
			return
		}
	}
}

// close has the rest written and returns when it is, or when nobody took it for a while. What is logged afterwards is lost.
func (l *lines) close() {
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	l.signal()
	select {
	case <-l.ended:
	case <-time.After(logEnd):
	}
}

// lossLine says that lines are missing.
func lossLine(n int64) []byte {
	var b bytes.Buffer
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "lines of the log are lost: nobody took them", 0)
	r.AddAttrs(slog.Int64("lines", n))
	if err := slog.NewJSONHandler(&b, nil).Handle(context.Background(), r); err != nil {
		return fmt.Appendf(nil, "%d lines are lost\n", n)
	}
	return b.Bytes()
}
