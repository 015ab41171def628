package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// transactors are the counts of clients of W9.
var transactors = []int{1, 4, 16, 64, 128}

// transactions is W9: small transactions, each a patient with one blood pressure, from few and from many clients, beside one
// transaction of the driver for each.
func (s *suite) transactions(ctx context.Context, e *environment) error {
	floor, err := e.other("floor", "-create")
	if err != nil {
		return err
	}
	at := func(base string) request {
		return func(r *rand.Rand, dst []byte) ([]byte, int) {
			return withBody(e.header(dst, http.MethodPost, base), smallTransaction(r)), 1
		}
	}
	for _, n := range transactors {
		if s.clients(n) != n && n != transactors[1] {
			continue
		}
		res, err := s.compare(ctx, n, e.contender("chartwright", e.server, at(fhirBase)), e.contender("gin and the driver, one transaction each", floor, at("/")))
		if err != nil {
			return err
		}
		res.Workload, res.Name, res.Store, res.Unit = "W9", fmt.Sprintf("small transactions, %d clients", n), e.name, "transactions/s"
		res.Note = "two resources each; the ratio is beside the floor, the goal is about the rate"
		if n == 64 {
			res.Goal = &Goal{Gate: 800, Target: 2500, Rate: true}
		}
		s.add(res)
	}
	return nil
}

// smallTransaction is the one of Blaze's benchmark.
// https://github.com/samply/blaze/blob/main/docs/performance/transaction.md
func smallTransaction(r *rand.Rand) []byte {
	const urn = "urn:uuid:9a1b6c1e-0000-4c57-9d10-5f2a6e0c0001"
	born := time.Date(1920+r.IntN(100), 1, 1+r.IntN(365), 0, 0, 0, 0, time.UTC)
	pressure := &r4.Quantity{
		Value: fhir.NewDecimal(fmt.Sprint(90 + r.IntN(90))), Unit: fhir.NewString("mmHg"), System: fhir.NewURI("http://unitsofmeasure.org"), Code: fhir.NewCode("mm[Hg]"),
	}
	post := func(typ string) *r4.BundleEntryRequest {
		return &r4.BundleEntryRequest{Method: fhir.NewCode(http.MethodPost), URL: fhir.NewURI(typ)}
	}
	return marshal(&r4.Bundle{Type_: fhir.NewCode("transaction"), Entry: []r4.BundleEntry{
		{FullURL: fhir.NewURI(urn), Resource: &r4.Patient{Gender: fhir.NewCode("male"), BirthDate: fhir.NewDate(born.Format(time.DateOnly))}, Request: post("Patient")},
		{FullURL: fhir.NewURI("urn:uuid:9a1b6c1e-0000-4c57-9d10-5f2a6e0c0002"), Request: post("Observation"), Resource: &r4.Observation{
			Status:  fhir.NewCode("final"),
			Code:    &r4.CodeableConcept{Coding: []r4.Coding{{System: fhir.NewURI("http://loinc.org"), Code: fhir.NewCode("8480-6")}}},
			Subject: &r4.Reference{Reference: fhir.NewString(urn)}, Value: pressure,
		}},
	}})
}
