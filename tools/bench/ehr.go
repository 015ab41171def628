package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"

	"chartwright/tools/bench/floor"
)

const (
	standardBase = "/apis/default/api"
	// ehrClients are few: what a practice has at its desks, and what two processors answer without a queue.
	ehrClients = 8
	// listed is the page of the list of patients.
	listed = 100
)

// sheet is a patient with a visit whose vital signs were taken.
type sheet struct {
	patient, visit string
	vitals         []string // the Observations of the visit
}

// ehr is W-EHR: the Standard API. A patient and the vital signs of a visit, beside the same rows of the same database through gin
// and the driver, as they are stored; and a list of patients beside the FHIR search that finds them.
func (s *suite) ehr(ctx context.Context, e *environment) error {
	base, err := e.other("floor", "-read")
	if err != nil {
		return err
	}
	sheets, err := e.sheets(ctx)
	if err != nil {
		return err
	}
	any := func(r *rand.Rand) *sheet { return &sheets[r.IntN(len(sheets))] }
	get := func(path func(*rand.Rand) string) request {
		return func(r *rand.Rand, dst []byte) ([]byte, int) {
			return append(e.header(dst, http.MethodGet, path(r)), "\r\n"...), 1
		}
	}
	fixed := func(path string) func(*rand.Rand) string { return func(*rand.Rand) string { return path } }
	for _, x := range []struct {
		name        string
		ours, other contender
		goal        Goal
		note        string
	}{
		{"a patient",
			e.contender("chartwright", e.server, get(func(r *rand.Rand) string { return standardBase + "/patient/" + any(r).patient })),
			e.contender("gin and the driver", base, get(func(r *rand.Rand) string { return "/Patient/" + any(r).patient })),
			Goal{Gate: 0.6, Target: 0.9}, "the floor answers the resource as it is stored"},
		{"vital signs of a visit",
			e.contender("chartwright", e.server, get(func(r *rand.Rand) string {
				x := any(r)
				return standardBase + "/patient/" + x.patient + "/encounter/" + x.visit + "/vital"
			})),
			e.contender("gin and the driver", base, get(func(r *rand.Rand) string {
				return "/records?" + url.Values{"type": {"Observation"}, "id": any(r).vitals}.Encode()
			})),
			Goal{Gate: 0.6, Target: 0.9}, "the floor knows the ids and answers the resources as they are stored"},
		{fmt.Sprint("a list of ", listed, " patients"),
			e.contender("chartwright", e.server, get(fixed(fmt.Sprint(standardBase, "/patient?_limit=", listed)))),
			e.contender("the FHIR search", e.server, get(fixed(fmt.Sprint(fhirBase, "/Patient?_count=", listed)))),
			Goal{Gate: 0.5, Target: 0.9}, "beside the FHIR search of the same server"},
	} {
		res, err := s.compare(ctx, ehrClients, x.ours, x.other)
		if err != nil {
			return err
		}
		res.Workload, res.Name, res.Store, res.Unit = "W-EHR", x.name, e.name, "requests/s"
		res.Goal, res.Note = &x.goal, fmt.Sprintf("%s: %d clients; %s", x.name, s.clients(ehrClients), x.note)
		s.add(res)
		slow := spreadOf([]float64{res.Ours.Latency.P99})
		s.add(&Result{
			Workload: "W-EHR", Name: x.name + ", p99", Store: e.name, Unit: "ms",
			Ours: &Side{Name: "chartwright", Rate: slow}, Goal: &Goal{Gate: 20, Target: 20, Less: true},
		})
	}
	return nil
}

// sheets finds patients with vital signs, by the API that is measured.
func (e *environment) sheets(ctx context.Context) ([]sheet, error) {
	var out []sheet
	patients, err := e.get(ctx, e.server.url+standardBase+"/patient?_limit=40")
	if err != nil {
		return nil, err
	}
	for _, p := range members(patients, "data") {
		id := fmt.Sprint(p["uuid"])
		visits, err := e.get(ctx, e.server.url+standardBase+"/patient/"+id+"/encounter?_limit=10")
		if err != nil {
			return nil, err
		}
		for _, v := range members(visits, "data") {
			visit := fmt.Sprint(v["euuid"])
			taken, err := e.get(ctx, e.server.url+fhirBase+"/Observation?category=vital-signs&_count=200&encounter=Encounter/"+visit)
			if err != nil {
				return nil, err
			}
			x := sheet{patient: id, visit: visit}
			for _, entry := range members(taken, "entry") {
				r, _ := entry["resource"].(map[string]any)
				x.vitals = append(x.vitals, fmt.Sprint(r["id"]))
			}
			if len(x.vitals) > 0 && len(x.vitals) <= floor.MaxRecords {
				out = append(out, x)
				break
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no patient has vital signs")
	}
	return out, nil
}

// members are the objects of a list in an answer.
func members(m map[string]any, name string) []map[string]any {
	list, _ := m[name].([]any)
	var out []map[string]any
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}
