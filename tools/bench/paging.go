package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
)

const (
	pagers   = 4
	pageSize = 20
)

// deepPages is W16: the tenth and the thousandth page of a long answer beside the first.
func (s *suite) deepPages(ctx context.Context, e *environment) error {
	depths := []int{10, 1000}
	if e.patients < 60 { // too few Observations
		depths = []int{2, 10}
	}
	for _, search := range []struct{ name, query string }{{"", "Observation?"}, {", sorted by date", "Observation?_sort=-date&"}} {
		pages, err := e.follow(ctx, fhirBase+"/"+search.query+fmt.Sprint("_count=", pageSize), depths)
		if err != nil {
			return err
		}
		for i, n := range depths {
			res, err := s.compareTimes(ctx, pagers, e.contender(fmt.Sprint("page ", n), e.server, e.getting(pages[i+1])), e.contender("page 1", e.server, e.getting(pages[0])))
			if err != nil {
				return err
			}
			res.Workload, res.Name, res.Store, res.Unit, res.Patients = "W16", fmt.Sprint("page ", n, search.name), e.name, "requests/s", e.patients
			res.Goal = &Goal{Gate: 3, Target: 1.2, Less: true}
			res.Note = fmt.Sprintf("%d clients; %d resources a page of %d Observations; in place of the floor, the first page", s.clients(pagers), pageSize, 352*e.patients)
			s.add(res)
		}
	}
	return nil
}

// follow reads an answer page by page and returns the path of the first and of those at depths, which ascend.
func (e *environment) follow(ctx context.Context, path string, depths []int) (pages []string, err error) {
	pages = []string{path}
	for n := 2; n <= depths[len(depths)-1]; n++ {
		body, status, err := e.fetch(ctx, e.server.url+path)
		if err != nil {
			return nil, err
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d: %.300s", path, status, body)
		}
		var b searchset
		if err := json.Unmarshal(body, &b); err != nil {
			return nil, err
		}
		path = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				u, err := url.Parse(l.URL)
				if err != nil {
					return nil, err
				}
				path = u.RequestURI()
			}
		}
		if path == "" {
			return nil, fmt.Errorf("the answer ends with page %d", n-1)
		}
		for _, d := range depths {
			if d == n {
				pages = append(pages, path)
			}
		}
	}
	return pages, nil
}

// getting asks for one path.
func (e *environment) getting(path string) request {
	return func(_ *rand.Rand, dst []byte) ([]byte, int) {
		return append(e.header(dst, http.MethodGet, path), "\r\n"...), 1
	}
}
