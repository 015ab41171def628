package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"chartwright/tools/populate/population"
)

// importers is how many bring bundles at once, as in the open FHIR server benchmark.
const importers = 20

// importing is W8: transactions that each create one made-up patient with everything about him.
func (s *suite) importing(ctx context.Context, e *environment) error {
	bundles := s.clients(24)
	bodies, counts, resources := make([][]byte, bundles), make([]int, bundles), 0
	for i := range bodies {
		b := population.Population{Seed: 8}.Bundle(i)
		bodies[i], counts[i] = marshal(b), len(b.Entry)
		resources += counts[i]
	}
	res, err := s.alone(ctx, importers, e.contender("chartwright", e.server, func(r *rand.Rand, dst []byte) ([]byte, int) {
		i := r.IntN(bundles)
		return withBody(e.header(dst, http.MethodPost, fhirBase), bodies[i]), counts[i]
	}))
	if err != nil {
		return err
	}
	res.Workload, res.Name, res.Store, res.Unit = "W8", "bundle import", e.name, "resources/s"
	res.Goal = &Goal{Gate: 4000, Target: 5000}
	if e.dsn != "" {
		res.Goal = &Goal{Gate: 3000, Target: 4500}
	}
	res.Note = fmt.Sprintf("%d clients; bundles of %d resources on average; latency of a bundle", s.clients(importers), resources/bundles)
	if p := res.Ours.PerCPUSecond; p != nil {
		res.Note += fmt.Sprintf("; %.0f resources for each CPU-second of server and database", p.Median)
	}
	s.add(res)
	return nil
}
