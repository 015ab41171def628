package index_test

import (
	"slices"
	"strings"
	"testing"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/fhir/fhirtest"
	"chartwright/internal/fhir/index"
)

// TestCorpus indexes the official examples and a set of synthetic records and counts the parameters that find a value.
func TestCorpus(t *testing.T) {
	t.Parallel()
	hit := map[string]map[string]bool{}
	resources := 0
	var rows index.Rows
	each := func(r r4.Resource) {
		resources++
		typ := r.Type().Name
		if hit[typ] == nil {
			hit[typ] = map[string]bool{}
		}
		rows.Reset()
		r4search.Extract(r, &rows)
		rows.Sort()
		found := rowNumbers(&rows)
		for _, p := range r4search.Of(typ) {
			if hits(p, &rows, found) {
				hit[typ][p.Code] = true
			}
		}
	}
	for _, folder := range []string{"examples", "synthea"} {
		fhirtest.Each(t, folder, func(name string, body []byte) {
			r, err := r4.Unmarshal(body)
			if err != nil {
				return // a fault of the example; the codec's own test accounts for it
			}
			each(r)
			if b, ok := r.(*r4.Bundle); ok {
				for i := range b.Entry {
					if inner, ok := b.Entry[i].Resource.(r4.Resource); ok {
						each(inner)
					}
				}
			}
		})
	}
	total, with := 0, 0
	var never []string
	for p := range r4search.Params {
		if len(p.Rows) == 0 || strings.HasPrefix(p.Code, "_") {
			continue
		}
		total++
		if hit[p.Base][p.Code] {
			with++
		} else {
			never = append(never, p.Base+"."+p.Code)
		}
	}
	slices.Sort(never)
	t.Logf("%d resources; never met: %s", resources, strings.Join(never, " "))
	if total != 1699 || with != wantMet {
		t.Errorf("%d of %d parameters find a value, want %d of 1699", with, total, wantMet)
	}
}

// wantMet is how many parameters of a single type find a value in the corpus. For the others the corpus has no element;
// TestEveryParameterHits shows that they would.
const wantMet = 1217

// BenchmarkExtract measures what a create pays for its index rows.
func BenchmarkExtract(b *testing.B) {
	want := map[string]r4.Resource{"Observation": nil, "Patient": nil, "Encounter": nil, "Claim": nil}
	fhirtest.Each(b, "synthea", func(name string, body []byte) {
		if strings.HasPrefix(name, "0-") || want["Claim"] != nil {
			return
		}
		r, err := r4.Unmarshal(body)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range r.(*r4.Bundle).Entry {
			if typ := e.Resource.Type().Name; want[typ] == nil {
				if _, wanted := want[typ]; wanted {
					want[typ] = e.Resource.(r4.Resource)
				}
			}
		}
	})
	for _, typ := range []string{"Observation", "Patient", "Encounter", "Claim"} {
		r := want[typ]
		b.Run(typ, func(b *testing.B) {
			var rows index.Rows
			b.ReportAllocs()
			for b.Loop() {
				rows.Reset()
				r4search.Extract(r, &rows)
				rows.Sort()
			}
			b.ReportMetric(float64(rows.Len()), "rows")
		})
	}
}
