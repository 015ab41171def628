package gormstore_test

import (
	"fmt"
	"testing"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/chart/charttest"
	"chartwright/internal/fault"
	"chartwright/internal/gormstore"
)

// TestCopySite moves a site with history, deletions, references, index rows and a trail between the databases, each way.
func TestCopySite(t *testing.T) {
	eachWay(t, func(t *testing.T, from, to *gormstore.Server) {
		site := filled(t, from)
		heard := map[string]int64{}
		sums, err := to.CopySite(t.Context(), from, "a", func(table string, rows int64) { heard[table] = rows })
		if err != nil {
			t.Fatal(err)
		}
		if heard["resource"] != 20 || heard["history"] != 11 || heard["idx_string"] == 0 || heard["audit"] == 0 {
			t.Errorf("copied %v", heard)
		}
		if again, err := siteDB(t, from, "a").Sums(t.Context()); err != nil || sums.Compare(again) != nil {
			t.Errorf("the site itself: %v, %v", err, sums.Compare(again))
		}
		theirs, err := to.Open(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			k := chart.Key{Type: "Patient", ID: fmt.Sprint("p", i)}
			want, werr := site.Read(t.Context(), k)
			got, err := theirs.Read(t.Context(), k)
			switch {
			case werr != nil && fault.Is(err, fault.NotFound) == fault.Is(werr, fault.NotFound) && err != nil:
			case err != nil || werr != nil:
				t.Errorf("%v: %v, want %v", k, err, werr)
			case string(got.Body) != string(want.Body) || got.VID != want.VID || got.Number != want.Number || !got.Updated.Equal(want.Updated):
				t.Errorf("%v: %+v, want %+v", k, got, want)
			}
		}
		if check, err := theirs.VerifyAudit(t.Context()); err != nil || check.BrokenAt != 0 || check.Events == 0 {
			t.Errorf("trail %+v, %v", check, err)
		}
		// It goes on where it was.
		if err := theirs.Write(t.Context(), nil, func(tx chart.Tx) error {
			_, err := tx.Put(t.Context(), minimal("fresh"))
			return err
		}); err != nil {
			t.Error(err)
		}
		if _, err := to.CopySite(t.Context(), from, "a", nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("over an existing site: %v", err)
		}
		if _, err := to.CopySite(t.Context(), from, "b", nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a site that is not there: %v", err)
		}
	})
}

// TestCopyUntouchedSite copies what nobody has written to, whose trail has no event before the copy.
func TestCopyUntouchedSite(t *testing.T) {
	eachWay(t, func(t *testing.T, from, to *gormstore.Server) {
		if _, err := from.Add(t.Context(), "untouched"); err != nil {
			t.Fatal(err)
		}
		if _, err := to.CopySite(t.Context(), from, "untouched", nil); err != nil {
			t.Error(err)
		}
	})
}

// TestCopySiteWholeOrNot takes a table away from the source half way.
func TestCopySiteWholeOrNot(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		from, to := openServer(t, sqliteDatabase(t).config(time.Now)), openServer(t, db.config(time.Now))
		filled(t, from)
		if err := siteDB(t, from, "a").Writer.Exec("CREATE TABLE elsewhere (x INTEGER)").Error; err != nil {
			t.Fatal(err)
		}
		if _, err := to.CopySite(t.Context(), from, "a", nil); err == nil {
			t.Fatal("a table that the target lacks was passed over")
		}
		if names, err := to.List(t.Context()); err != nil || len(names) != 0 {
			t.Errorf("left behind: %v, %v", names, err)
		}
	})
}

func TestSumsTellRowsApart(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		s := openServer(t, db.config(time.Now))
		filled(t, s)
		site := siteDB(t, s, "a")
		before, err := site.Sums(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"UPDATE resource SET updated = updated + 1 WHERE id = 'p3'",
			"UPDATE idx_string SET exact = 'x' WHERE rid = (SELECT min(rid) FROM idx_string)",
			"DELETE FROM history WHERE vid = 1",
		} {
			if err := site.Writer.Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
			after, err := site.Sums(t.Context())
			if err != nil || before.Compare(after) == nil {
				t.Errorf("%s: not noticed, %v", statement, err)
			}
			before = after
		}
	})
}

// filled makes site a with twenty patients, of whom some were changed and some deleted, and a reference to nobody.
func filled(t *testing.T, s *gormstore.Server) chart.Site {
	t.Helper()
	site, err := s.Add(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	put := func(w *chart.Write) {
		t.Helper()
		if err := site.Write(t.Context(), []chart.Key{w.Key}, func(tx chart.Tx) error {
			tx.Record(&chart.AuditEvent{ID: w.ID, Kind: "rest"})
			_, err := tx.Put(t.Context(), w)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		w := charttest.Patient(fmt.Sprint("p", i))
		put(w)
		if i%2 == 0 {
			put(w)
		}
	}
	put(&chart.Write{Key: chart.Key{Type: "Patient", ID: "p2"}, Method: chart.Delete})
	return site
}

// eachWay runs f between the databases, each way and within each.
func eachWay(t *testing.T, f func(t *testing.T, from, to *gormstore.Server)) {
	t.Parallel()
	places := map[string]func(testing.TB) database{"SQLite": sqliteDatabase, "PostgreSQL": postgresDatabase}
	for fromName, fromPlace := range places {
		for toName, toPlace := range places {
			t.Run(fromName+" to "+toName, func(t *testing.T) {
				t.Parallel()
				f(t, openServer(t, fromPlace(t).config(time.Now)), openServer(t, toPlace(t).config(time.Now)))
			})
		}
	}
}
