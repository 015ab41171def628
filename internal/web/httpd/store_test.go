package httpd_test

import (
	"testing"

	"chartwright/internal/gormstore/storetest"
)

// onEachStore runs a test over SQLite and over PostgreSQL: the door must not tell them apart.
func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	storetest.OnEach(t, func(t *testing.T, dsn string) { test(t, newWorldOn(t, dsn)) })
}
