package gormstore

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestDatabaseWithoutTLSIsWarnedAbout is TLS-06.
func TestDatabaseWithoutTLSIsWarnedAbout(t *testing.T) {
	t.Parallel()
	const clear, unproved = "not encrypted", "nobody checks who answers"
	for dsn, want := range map[string]string{
		"postgres://chartwright:secret@db.example.org/c":                                  clear, // sslmode=prefer
		"postgres://chartwright:secret@db.example.org/c?sslmode=disable":                  clear,
		"postgres://chartwright:secret@db.example.org/c?sslmode=allow":                    clear,
		"postgres://chartwright:secret@192.0.2.7:6432/c?sslmode=disable":                  clear,
		"postgres://chartwright:secret@localhost,db.example.org/c?sslmode=prefer":         clear,
		"postgres://chartwright:secret@db.example.org/c?sslmode=require":                  unproved,
		"postgres://chartwright:secret@db.example.org/c?sslmode=verify-full":              "",
		"postgres://chartwright:secret@localhost/c?sslmode=disable":                       "",
		"postgres://chartwright:secret@127.0.0.1:5433/c?sslmode=disable":                  "",
		"postgres://chartwright:secret@[::1]/c?sslmode=disable":                           "",
		"postgres:///c?host=/var/run/postgresql&sslmode=disable":                          "",
		"host=db.example.org user=chartwright password=secret dbname=c sslmode=verify-ca": "",
	} {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		warnExposed(config, slog.New(slog.NewTextHandler(&log, nil)))
		got := log.String()
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%s: the log says %q, want %q", dsn, got, want)
		}
		if want != "" && (!strings.Contains(got, "level=WARN") || strings.Contains(got, "localhost")) {
			t.Errorf("%s: the log says %q", dsn, got)
		}
	}
}
