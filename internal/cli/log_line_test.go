package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// TestLogLine holds lines that are written without slog's handler against those that it writes.
func TestLogLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 67_000, time.UTC)
	for name, tc := range map[string]struct {
		msg   string
		level slog.Level
		time  time.Time
		attrs []slog.Attr
		ours  bool
	}{
		"a request": {"request", slog.LevelInfo, at, []slog.Attr{
			slog.String("request", "a-1"), slog.String("site", ""), slog.String("operation", "fhir GET read"), slog.Int("status", 200),
			slog.Duration("took", 1234567),
		}, true},
		"marks of markup":        {"request", slog.LevelInfo, at, []slog.Attr{slog.String("path", "<a>&'")}, true},
		"nothing more":           {"stopping", slog.LevelWarn, at, nil, true},
		"another zone":           {"request", slog.LevelInfo, at.In(time.FixedZone("", 19800)), nil, true},
		"a whole second":         {"request", slog.LevelInfo, at.Truncate(time.Second), nil, true},
		"a level between":        {"request", slog.LevelInfo + 1, at, nil, true},
		"below nothing":          {"request", slog.LevelInfo, at, []slog.Attr{slog.Int("n", -5), slog.Duration("took", -1)}, true},
		"more than five":         {"request", slog.LevelInfo, at, []slog.Attr{slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3), slog.Int("d", 4), slog.Int("e", 5), slog.Int("f", 6)}, true},
		"a path with quotes":     {"request", slog.LevelInfo, at, []slog.Attr{slog.String("path", `a"b\c`)}, false},
		"control characters":     {"request", slog.LevelInfo, at, []slog.Attr{slog.String("path", "a\nb\x00\x7f")}, false},
		"other scripts":          {"Größe", slog.LevelInfo, at, []slog.Attr{slog.String("名", "値")}, false},
		"no UTF-8":               {"request", slog.LevelInfo, at, []slog.Attr{slog.String("path", "\xff")}, false},
		"an error":               {"request", slog.LevelError, at, []slog.Attr{slog.Any("error", errors.New("disk full"))}, false},
		"a group":                {"request", slog.LevelInfo, at, []slog.Attr{slog.Group("g", slog.Int("n", 1))}, false},
		"no name":                {"request", slog.LevelInfo, at, []slog.Attr{{}}, false},
		"at no time":             {"request", slog.LevelInfo, time.Time{}, nil, false},
		"far in the future":      {"request", slog.LevelInfo, time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), nil, false},
		"a line that has a name": {"a line", slog.LevelInfo, at, []slog.Attr{slog.String("b c", "d")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := slog.NewRecord(tc.time, tc.level, tc.msg, 0)
			r.AddAttrs(tc.attrs...)
			var want bytes.Buffer
			if err := slog.NewJSONHandler(&want, nil).Handle(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			got, ok := appendLine([]byte("before "), &r)
			switch {
			case ok != tc.ours:
				t.Errorf("a line without slog: %v", ok)
			case ok && string(got) != "before "+want.String():
				t.Errorf("the line is\n%swant\n%s", got, want.String())
			case !ok && string(got) != "before ":
				t.Errorf("what is left to slog has already %q", got)
			}
			out := make(sink, 1)
			log, _, done := serverLog(out, slog.LevelInfo)
			if err := log.Handler().Handle(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			done()
			if got := <-out; got != want.String() {
				t.Errorf("the log has\n%swant\n%s", got, want.String())
			}
		})
	}
}
