// Package population makes up patients in any number, each with a whole life of records in the proportions of Synthea's: about
// 840 resources of 2.3 kB, a third of them Observations. Everything follows from a seed and the patient's number, so any
// patient can be made alone and is the same, byte for byte, whenever and among however many others he is made.
//
// Names, places, codes and values vary enough for the shapes of the published search benchmarks to have hits; nobody here is
// or was real. Resources refer to each other by id, also to staff who came with earlier patients, so patients may be loaded in
// any order.
package population

import (
	"encoding/hex"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// Population is all the patients that follow from a seed.
type Population struct{ Seed uint64 }

// Record returns everything that patient n brings, n counting from 0: a place to be treated with its staff, the patient, and
// what happened to him, in the order in which one refers to the other.
func (p Population) Record(n int) []r4.Resource {
	m := &maker{seed: p.Seed, n: n, rand: rand.New(rand.NewPCG(p.Seed, uint64(n)))}
	m.staff()
	m.person()
	m.teamAndPlans()
	m.conditions()
	for v := range visits {
		m.visit(v)
	}
	m.provenance()
	return m.out
}

// Bundle returns the same as one transaction that creates it. Every entry is named by a urn:uuid to which the others refer.
//
// https://hl7.org/fhir/R4/http.html#transaction
func (p Population) Bundle(n int) *r4.Bundle {
	record := p.Record(n)
	urns := make(map[string]string, len(record))
	for _, r := range record {
		id := r.IDField().V
		urns[r.Type().Name+"/"+id] = "urn:uuid:" + id
	}
	b := &r4.Bundle{Type_: fhir.NewCode("transaction")}
	for _, r := range record {
		fhir.WalkReferences(r, func(ref *string) {
			if urn, ok := urns[*ref]; ok {
				*ref = urn
			}
		})
		typ := r.Type().Name
		b.Entry = append(b.Entry, r4.BundleEntry{
			FullURL: fhir.NewURI(urns[typ+"/"+r.IDField().V]), Resource: r,
			Request: &r4.BundleEntryRequest{Method: fhir.NewCode("POST"), URL: fhir.NewURI(typ)},
		})
		*r.IDField() = fhir.ID{}
	}
	return b
}

// ID is the id of the i-th resource of a kind that patient n brings: a version 8 UUID (RFC 9562 §5.8).
func (p Population) ID(n int, kind string, i int) string {
	h := fnv.New128a()
	for _, v := range []uint64{p.Seed, uint64(n), uint64(i)} {
		_, _ = h.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24), byte(v >> 32), byte(v >> 40), byte(v >> 48), byte(v >> 56)})
	}
	_, _ = h.Write([]byte(kind))
	b := h.Sum(nil)
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:], b[:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// The kinds of resources that others may want to name by [Population.ID]; each patient has one of these.
const (
	Patient      = "patient"
	Practitioner = "practitioner"
	Location     = "location"
	Organization = "organization"
)

// visits is how often each patient comes, in the years from [firstDay] on.
const visits = 52

var firstDay = time.Date(2012, 1, 3, 8, 0, 0, 0, time.UTC)

// maker collects what one patient brings.
type maker struct {
	seed uint64
	n    int
	rand *rand.Rand
	out  []r4.Resource

	patient, doctor, place, clinic *r4.Reference
	given, family                  string
	female                         bool
	born                           time.Time
	problems                       []*r4.Reference // the patient's Conditions
	coverage                       string
	height, weight                 float64 // of the grown person
	pressure, rate                 int
}

func (m *maker) add(r r4.Resource) { m.out = append(m.out, r) }

func (m *maker) id(kind string, i int) fhir.ID {
	return fhir.NewID(Population{m.seed}.ID(m.n, kind, i))
}

// pick takes one of list; the first ones more often.
func pick[T any](m *maker, list []T) T {
	return list[min(m.rand.IntN(len(list)), m.rand.IntN(len(list)))]
}

// evenly takes one of list, each as often as the others.
func evenly[T any](m *maker, list []T) T { return list[m.rand.IntN(len(list))] }
