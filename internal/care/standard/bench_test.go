package standard_test

import (
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/access"
	"chartwright/internal/chart"
)

// The work of a request beside that of the record below it.
func BenchmarkPatient(b *testing.B) {
	w := newWorld(b)
	pid, id := w.someone()
	b.Run("FHIR, from the record", func(b *testing.B) {
		ctx, book := w.context(access.FHIR), w.book()
		for b.Loop() {
			v, err := book.Read(ctx, chart.Key{Type: "Patient", ID: id})
			if err != nil || len(v.Body) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("FHIR, decoded", func(b *testing.B) {
		ctx, book := w.context(access.FHIR), w.book()
		for b.Loop() {
			if r, _, err := book.Get(ctx, chart.Key{Type: "Patient", ID: id}); err != nil || r.(*r4.Patient) == nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Standard, through gin", func(b *testing.B) {
		for b.Loop() {
			w.ask("GET", "/api/patient/"+pid, nil).want(200)
		}
	})
	for range 99 {
		w.someone()
	}
	b.Run("Standard, a list of 100", func(b *testing.B) {
		for b.Loop() {
			w.ask("GET", "/api/patient?_limit=100", nil).want(200)
		}
	})
}
