package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
)

// everythingReaders is how many read whole records at once.
const everythingReaders = 4

// everything is W14: the whole record of a patient in one answer, beside his rows through gin and the driver.
func (s *suite) everything(ctx context.Context, e *environment) error {
	floor, err := e.searchFloor(ctx)
	if err != nil {
		return err
	}
	patients := e.samples()["patient"]
	path := func(id string) string { return fhirBase + "/Patient/" + id + "/$everything?_count=1000" }
	body, status, err := e.fetch(ctx, e.server.url+path(patients[0]))
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("$everything answers %d: %.300s", status, body)
	}
	var b searchset
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	at := func(path func(string) string) request {
		return func(r *rand.Rand, dst []byte) ([]byte, int) {
			return append(e.header(dst, http.MethodGet, path(patients[r.IntN(len(patients))])), "\r\n"...), 1
		}
	}
	res, err := s.compare(ctx, everythingReaders, e.contender("chartwright", e.server, at(path)),
		e.contender("bare SQL", floor, at(func(id string) string { return "/everything/" + id })))
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit, res.Patients = "W14", "$everything", e.name, "requests/s", e.patients
	res.Goal = &Goal{Gate: 20, Target: 100, Rate: true}
	res.Note = fmt.Sprintf("%d clients; %d resources in %.1f MB; first byte p50 %.1f ms, p99 %.1f ms, the floor's %.1f and %.1f; the goal is about the rate",
		s.clients(everythingReaders), len(b.Entry), float64(len(body))/mb, res.Ours.FirstByte.P50, res.Ours.FirstByte.P99, res.Floor.FirstByte.P50, res.Floor.FirstByte.P99)
	s.add(res)
	return nil
}
