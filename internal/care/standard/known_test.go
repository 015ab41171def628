package standard_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/search"
)

// counted counts what is asked of a site and what is recorded there.
type counted struct {
	chart.Site
	looks, events atomic.Int64
}

func (c *counted) Read(ctx context.Context, key chart.Key) (*chart.Version, error) {
	c.looks.Add(1)
	return c.Site.Read(ctx, key)
}

func (c *counted) ReadNumber(ctx context.Context, typ string, number int64) (*chart.Version, error) {
	c.looks.Add(1)
	return c.Site.ReadNumber(ctx, typ, number)
}

func (c *counted) Search(ctx context.Context, q *search.Query, narrow access.Narrow, page chart.Page) (*chart.Result, error) {
	c.looks.Add(1)
	return c.Site.Search(ctx, q, narrow, page)
}

func (c *counted) Record(ctx context.Context, e *chart.AuditEvent, durable bool) error {
	c.events.Add(1)
	return c.Site.Record(ctx, e, durable)
}

// While nothing changes, what was read is not read again, but every access is recorded; after any change it is read again.
func TestWhatIsKnownIsNotReadAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		visit, _, _ := w.visit()
		w.ask("POST", visit+"/vital", map[string]any{"weight": "150", "pulse": "60"}).want(201)
		patient, _ := w.chartOf("Archer")
		site := &counted{Site: w.site}
		w.site = site
		for i, path := range []string{"/api/patient/" + patient.ID, "/api/patient", visit + "/vital"} {
			ask := func() (looks, events int64) {
				site.looks.Store(0)
				site.events.Store(0)
				w.ask("GET", path, nil).want(200)
				return site.looks.Load(), site.events.Load()
			}
			ask() // lists are read too
			p := get[*r4.Patient](w, "Patient", patient.ID)
			p.BirthDate = fhir.NewDate("1970-01-0" + strconv.Itoa(i+1))
			put(w, p)
			looks, events := ask()
			if looks == 0 || events == 0 {
				t.Fatalf("%s: after a change %d looks and %d events", path, looks, events)
			}
			if again, recorded := ask(); again != 0 || recorded != events {
				t.Errorf("%s: %d looks and %d events although nothing changed; before it were %d events", path, again, recorded, events)
			}
		}
	})
}
