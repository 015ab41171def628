package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
)

const fhirBase = "/apis/default/fhir"

// The clients of the workloads.
const (
	readers  = 32
	creators = 64
)

// readFrom asks for stored Observations below a base.
func (e *environment) readFrom(base string) request {
	return func(r *rand.Rand, dst []byte) ([]byte, int) {
		dst = e.header(dst, http.MethodGet, base+"/Observation/"+e.ids[r.IntN(len(e.ids))])
		return append(dst, "\r\n"...), 1
	}
}

// read is W1: a read by id, authenticated and audited, beside the same row of the same database through gin and the driver.
func (s *suite) read(ctx context.Context, e *environment) error {
	floor, err := e.other("floor", "-read")
	if err != nil {
		return err
	}
	if err := e.sameAnswer(ctx, floor); err != nil {
		return err
	}
	res, err := s.compare(ctx, readers,
		e.contender("chartwright", e.server, e.readFrom(fhirBase)), e.contender("gin and the driver", floor, e.readFrom("")))
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W1", "read", e.name, "requests/s"
	res.Goal = &Goal{Gate: 0.7, Target: 0.95}
	res.Note = fmt.Sprintf("%d clients over %d resources of %d bytes", s.clients(readers), len(e.ids), bodyBytes)
	s.add(res)
	return nil
}

// guard is W17: what authentication, scopes, the audit trail and the access log cost, as W1 and W4 beside the same handler without
// them.
func (s *suite) guard(ctx context.Context, e *environment) error {
	bare, err := e.other("bare")
	if err != nil {
		return err
	}
	const without = "without authentication, audit and log"
	seeds := crudSeeds()
	for _, x := range []struct {
		name        string
		clients     int
		ours, floor contender
	}{
		{"read, guarded", readers, e.contender("chartwright", e.server, e.readFrom(fhirBase)), e.contender(without, bare, e.readFrom(fhirBase))},
		{"create, read, update, delete, guarded", changers, e.changing("chartwright", e.server, fhirBase, seeds), e.changing(without, bare, fhirBase, seeds)},
	} {
		res, err := s.compare(ctx, x.clients, x.ours, x.floor)
		if err != nil {
			return err
		}
		res.Workload, res.Name, res.Store, res.Unit = "W17", x.name, e.name, "requests/s"
		res.Goal = &Goal{Gate: 0.6, Target: 0.85}
		s.add(res)
	}
	return nil
}

// create is W3: a durable create from many clients, beside one transaction for each request through gin and the driver.
func (s *suite) create(ctx context.Context, e *environment) error {
	floor, err := e.other("floor", "-create")
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(3, 3))
	bodies := make([][]byte, 1000)
	for i := range bodies {
		bodies[i] = observation(r, "")
	}
	rows, err := indexRows(bodies[0])
	if err != nil {
		return err
	}
	createAt := func(base string) request {
		return func(r *rand.Rand, dst []byte) ([]byte, int) {
			return withBody(e.header(dst, http.MethodPost, base+"/Observation"), bodies[r.IntN(len(bodies))]), 1
		}
	}
	res, err := s.compare(ctx, creators,
		e.contender("chartwright", e.server, createAt(fhirBase)), e.contender("gin and the driver, one transaction each", floor, createAt("")))
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W3", "create", e.name, "resources/s"
	res.Goal = &Goal{Gate: 0.5, Target: 1.5}
	res.Note = fmt.Sprintf("%d clients; %d bytes; %d index rows and an audit event each, the floor has 15 and none", s.clients(creators), len(bodies[0]), rows)
	s.add(res)
	return nil
}

// sameAnswer makes sure that the server and the floor answer alike, but for the version's number and time.
func (e *environment) sameAnswer(ctx context.Context, floor *process) error {
	path := "/Observation/" + e.ids[0]
	ours, err := e.get(ctx, e.server.url+fhirBase+path)
	if err != nil {
		return err
	}
	theirs, err := e.get(ctx, floor.url+path)
	if err != nil {
		return err
	}
	for _, m := range []map[string]any{ours, theirs} {
		if meta, ok := m["meta"].(map[string]any); ok {
			delete(meta, "versionId")
			delete(meta, "lastUpdated")
			if len(meta) == 0 {
				delete(m, "meta")
			}
		}
	}
	if !reflect.DeepEqual(ours, theirs) {
		return fmt.Errorf("the server and the floor answer %s differently", path)
	}
	return nil
}

// get returns the resource at a url.
func (e *environment) get(ctx context.Context, url string) (map[string]any, error) {
	data, status, err := e.fetch(ctx, url)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d: %s", url, status, data)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var m map[string]any
	return m, d.Decode(&m)
}

// fetch asks once, outside of any measurement.
func (e *environment) fetch(ctx context.Context, url string) (body []byte, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Authorization", "Bearer "+e.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return body, resp.StatusCode, err
}
