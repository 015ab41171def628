package httpd_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"chartwright/internal/fhir/fhirtest"
)

// synthea reads the development bundles, hospitals and practitioners first; it skips if they are not there.
func synthea(tb testing.TB) [][]byte {
	tb.Helper()
	var people, out [][]byte
	fhirtest.Each(tb, "synthea", func(file string, body []byte) {
		switch {
		case !strings.HasSuffix(file, ".json.gz"):
		case strings.Contains(file, "_"):
			// Bundles named after people bring doctors of their own, whose numbers would make the others' conditional references
			// ambiguous: they come last.
			people = append(people, body)
		default:
			out = append(out, body)
		}
	})
	return append(out, people...)
}

func BenchmarkImport(b *testing.B) {
	bundles := synthea(b)
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		b.StartTimer()
		resources := 0
		for i, data := range bundles {
			r := httptest.NewRequest("POST", "/apis/default/fhir", strings.NewReader(string(data)))
			r.Header.Set("Authorization", "Bearer system")
			r.Header.Set("Content-Type", "application/fhir+json")
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code != 200 {
				b.Fatalf("bundle %d: %d %.600s", i, rec.Code, rec.Body)
			}
			resources += strings.Count(rec.Body.String(), `"status":"201`)
		}
		b.ReportMetric(float64(resources)/b.Elapsed().Seconds(), "resources/s")
		fmt.Fprintln(os.Stderr, resources, "resources")
	}
}

func BenchmarkRead(b *testing.B) {
	w := newWorld(b)
	rec := w.do(ask{method: "PUT", path: "Patient/ann", body: ann})
	if rec.Code != 201 {
		b.Fatal(rec.Body)
	}
	r := httptest.NewRequest("GET", "/apis/default/fhir/Patient/ann", nil)
	r.Header.Set("Authorization", "Bearer system")
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if rec.Code != 200 {
			b.Fatal(rec.Code)
		}
	}
}
