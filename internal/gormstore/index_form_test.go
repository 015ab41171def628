package gormstore_test

import (
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fhir/index"
)

// A site has the form of the program that wrote to it first, and a copy has that of what it was copied from.
func TestIndexForm(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		s := openServer(t, db.config(time.Now))
		site, err := s.Add(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		raw := db.raw(t, "a")
		defer raw.Close()
		want := func(name string, form int) {
			t.Helper()
			again := openServer(t, db.config(time.Now))
			if got, err := siteDB(t, again, name).IndexForm(t.Context()); err != nil || got != form {
				t.Errorf("site %s has form %d, %v; want %d", name, got, err, form)
			}
		}
		want("a", index.Form)
		if _, err := raw.Exec("UPDATE counter SET form = 0"); err != nil {
			t.Fatal(err)
		}
		want("a", index.Form) // nothing is in it yet
		if err := site.Write(t.Context(), nil, func(tx chart.Tx) error {
			tx.Record(&chart.AuditEvent{ID: "put", Action: "C"})
			_, err := tx.Put(t.Context(), minimal("ann"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want("a", index.Form)
		if _, err := raw.Exec("UPDATE counter SET form = 0"); err != nil {
			t.Fatal(err)
		}
		want("a", 0)
		to := openServer(t, sqliteDatabase(t).config(time.Now))
		if _, err := to.CopySite(t.Context(), s, "a", nil); err != nil {
			t.Fatal(err)
		}
		if got, err := siteDB(t, to, "a").IndexForm(t.Context()); err != nil || got != 0 {
			t.Errorf("the copy has form %d, %v", got, err)
		}
	})
}
