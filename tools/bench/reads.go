package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
)

// readVariant is a read that asks for less than the whole resource, or for it in another form.
type readVariant struct {
	name          string
	query, header string
	status        int
	target        float64
}

var readVariants = []readVariant{
	{name: "not modified", header: "If-None-Match: W/\"1\"\r\n", status: http.StatusNotModified, target: 1.2},
	{name: "_elements", query: "?_elements=code,subject", status: http.StatusOK, target: 1},
	{name: "_summary", query: "?_summary=true", status: http.StatusOK, target: 1},
	{name: "gzip", header: "Accept-Encoding: gzip\r\n", status: http.StatusOK, target: 0.9},
}

// variants is W2: the forms of a read beside the plain one, on the same server.
func (s *suite) variants(ctx context.Context, e *environment) error {
	plain := e.contender("whole", e.server, e.readFrom(fhirBase))
	for _, v := range readVariants {
		if v.name == "gzip" {
			zips, err := e.compresses(ctx)
			if err != nil {
				return err
			}
			if !zips {
				s.report.Skipped = append(s.report.Skipped, "the server does not compress: W2 with gzip was not measured on "+e.name)
				continue
			}
		}
		c := e.contender(v.name, e.server, func(r *rand.Rand, dst []byte) ([]byte, int) {
			dst = e.header(dst, http.MethodGet, fhirBase+"/Observation/"+e.ids[r.IntN(len(e.ids))]+v.query)
			return append(append(dst, v.header...), "\r\n"...), 1
		})
		c.status = v.status
		res, err := s.compare(ctx, readers, c, plain)
		if err != nil {
			return err
		}
		res.Workload, res.Name, res.Store, res.Unit = "W2", "read, "+v.name, e.name, "requests/s"
		res.Goal = &Goal{Gate: 0.8, Target: v.target}
		s.add(res)
	}
	return nil
}

// compresses reports whether the server answers with gzip when it may.
func (e *environment) compresses(ctx context.Context) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.server.url+fhirBase+"/Observation/"+e.ids[0], nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Authorization", "Bearer "+e.token)
	r.Header.Set("Accept-Encoding", "gzip") // set by hand, so that the client leaves the answer as it is
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip"), err
}
