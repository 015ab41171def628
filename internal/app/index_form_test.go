package app

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"chartwright/internal/care/parameter"
	"chartwright/internal/config"
	"chartwright/internal/fhir/index"
	"chartwright/internal/gormstore/storetest"
)

// Whoever operates a site that another release has indexed is told so in the log, by the check and by the metrics, until all of it is
// indexed anew by this one.
func TestSiteIndexedByAnotherRelease(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		store := config.Store{Data: t.TempDir(), Database: config.Secret(dsn)}
		open := func() *App {
			t.Helper()
			a, err := Open(ctx, store, Options{BaseURL: "https://localhost", Version: "test", Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		end := func(a *App) {
			t.Helper()
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
		a := open()
		if err := a.FirstStart(ctx, false, io.Discard); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Sites.Add(ctx, "empty"); err != nil {
			t.Fatal(err)
		}
		loader, err := a.Loader(ctx, DefaultSite, func(int64) {})
		if err != nil {
			t.Fatal(err)
		}
		report, err := loader.Stream(ctx, "lines", strings.NewReader(`{"resourceType":"Patient","id":"ann","name":[{"family":"Ash"}]}`))
		if err != nil || report.Loaded["Patient"] != 1 {
			t.Fatalf("load: %+v, %v", report, err)
		}

		// told is what the operator sees at a start; it must be about the default site or nothing.
		told := func(a *App, want bool) {
			t.Helper()
			var b bytes.Buffer
			sites, err := a.warnOfIndexes(ctx, slog.New(slog.NewTextHandler(&b, nil)))
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			if want {
				lines = 1
			}
			if log := b.String(); strings.Count(log, "\n") != lines || want && !strings.Contains(log, `site=default command="chartwright reindex --site default"`) {
				t.Errorf("the log says %q", log)
			}
			r := httptest.NewRecorder()
			newMetrics(nil, a.stillOutdated(sites)).handler().ServeHTTP(r, httptest.NewRequest("GET", "/metrics", nil))
			if line := "\nchartwright_sites_index_outdated " + strconv.Itoa(lines) + "\n"; !strings.Contains(r.Body.String(), line) {
				t.Errorf("the metrics lack %q", line)
			}
			_, faults, err := a.Check(ctx, DefaultSite)
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(faults, "\n"); len(faults) != lines || want && !strings.Contains(all, "until chartwright reindex --site default has made it anew") {
				t.Errorf("the check says %q", all)
			}
		}
		reindex := func(a *App, ask parameter.Request) {
			t.Helper()
			ask.By = "test"
			job, err := a.Reindex(ctx, DefaultSite, ask, func(*parameter.Job) {})
			if err != nil || job.State != parameter.Done {
				t.Fatalf("%+v, %v", job, err)
			}
		}
		become := func(a *App, form int) {
			t.Helper()
			db, err := a.Sites.DB(ctx, DefaultSite)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Writer.Exec("UPDATE counter SET form = ? WHERE id = 1", form).Error; err != nil {
				t.Fatal(err)
			}
		}
		told(a, false)
		become(a, index.Form+1)
		told(a, true)
		become(a, 0)
		end(a)
		a = open() // which does not take what is there for its own
		told(a, true)
		sites, err := a.outdated(ctx, []string{"empty", DefaultSite})
		if err != nil {
			t.Fatal(err)
		}
		left := a.stillOutdated(sites)
		reindex(a, parameter.Request{Type: "Patient"})
		told(a, true)

		// A job that another release has begun makes nothing certain.
		job, err := a.Parameters.Start(ctx, DefaultSite, parameter.Request{By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		db, err := a.Sites.DB(ctx, DefaultSite)
		if err != nil {
			t.Fatal(err)
		}
		own := `"form":` + strconv.Itoa(index.Form)
		r := db.Writer.Exec("UPDATE reindex SET doc = replace(doc, ?, ?) WHERE id = ? AND doc LIKE ?", own, own+"7", job.ID, "%"+own+"%")
		if r.Error != nil || r.RowsAffected != 1 {
			t.Fatalf("%d rows, %v", r.RowsAffected, r.Error)
		}
		if err := a.Parameters.Work(ctx, DefaultSite); err != nil {
			t.Fatal(err)
		}
		told(a, true)

		reindex(a, parameter.Request{})
		told(a, false)
		if n := left(); n != 0 {
			t.Errorf("%d sites are still outdated for who asked before", n)
		}
		end(a)
		a = open()
		told(a, false)
		end(a)
	})
}
