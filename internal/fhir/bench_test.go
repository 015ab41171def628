package fhir_test

import (
	"os"
	"path/filepath"
	"testing"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/fhirtest"
)

type benchBody struct {
	name string
	body []byte
}

// benchBodies returns a Patient, an Observation and a Bundle of Observations in canonical form.
func benchBodies(t testing.TB) []benchBody {
	read := func(file string) []byte {
		raw, err := os.ReadFile(filepath.Join(fhirtest.Folder(t, "examples"), file))
		if err != nil {
			t.Fatal(err)
		}
		return canonical(t, raw)
	}
	var bundle *r4.Bundle
	fhirtest.Each(t, "synthea", func(file string, body []byte) {
		if bundle != nil || file[0] == '0' {
			return
		}
		r, err := r4.Unmarshal(body)
		if err != nil {
			t.Fatal(err)
		}
		all := r.(*r4.Bundle)
		bundle = &r4.Bundle{Type_: all.Type_}
		for _, e := range all.Entry {
			if _, ok := e.Resource.(*r4.Observation); ok && len(bundle.Entry) < 50 {
				bundle.Entry = append(bundle.Entry, e)
			}
		}
	})
	body, err := r4.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return []benchBody{
		{"Patient", read("Patient-example.json")},
		{"Observation", read("Observation-blood-pressure.json")},
		{"Bundle", body},
	}
}

func canonical(t testing.TB, raw []byte) []byte {
	r, err := r4.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r4.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The comparison with encoding/json on equivalent structs is workload W11 of tools/bench.

func BenchmarkDecode(b *testing.B) {
	for _, body := range benchBodies(b) {
		b.Run(body.name, func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r4.Unmarshal(body.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, body := range benchBodies(b) {
		r, err := r4.Unmarshal(body.body)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(body.name, func(b *testing.B) {
			b.SetBytes(int64(len(body.body)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				if dst, err = r4.AppendJSON(dst[:0], r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, body := range benchBodies(b) {
		r, err := r4.Unmarshal(body.body)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(body.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fhir.WalkReferences(r, func(*string) {})
			}
		})
	}
}
