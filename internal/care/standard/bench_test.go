package standard_test

import (
	"net/url"
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

// The vital signs of a visit beside the search that finds them.
func BenchmarkVitals(b *testing.B) {
	w := newWorld(b)
	path, _, encounter := w.visit()
	w.ask("POST", path+"/vital", map[string]any{"bps": "130", "bpd": "80", "weight": "180", "height": "70", "temperature": "98.6", "pulse": "60", "respiration": "14", "oxygen_saturation": "97"}).want(201)
	b.Run("FHIR, found by the record", func(b *testing.B) {
		ctx, book := w.context(access.FHIR), w.book()
		for b.Loop() {
			found, err := book.FindStored(ctx, "Observation", url.Values{"encounter": {"Encounter/" + encounter}, "category": {"vital-signs"}})
			if err != nil || len(found.Matches) != 8 {
				b.Fatal(len(found.Matches), err)
			}
		}
	})
	b.Run("Standard, through gin", func(b *testing.B) {
		for b.Loop() {
			w.ask("GET", path+"/vital", nil).want(200)
		}
	})
}
