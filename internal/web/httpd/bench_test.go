package httpd_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// synthea reads the development bundles, hospitals and practitioners first; it skips if they are not there.
func synthea(tb testing.TB) [][]byte {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "../shared/data/synthea/*.json.gz"))
	if len(files) == 0 {
		tb.Skip("the Synthea bundles are not there: ../shared/data/synthea")
	}
	// Bundles named after people bring doctors of their own, whose numbers would make the others' conditional references
	// ambiguous: they come last.
	sort.SliceStable(files, func(i, j int) bool {
		return !strings.Contains(filepath.Base(files[i]), "_") && strings.Contains(filepath.Base(files[j]), "_")
	})
	var out [][]byte
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			tb.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			tb.Fatal(err)
		}
		_ = f.Close()
		out = append(out, data)
	}
	return out
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
