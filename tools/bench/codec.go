package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/demo"
	"chartwright/internal/fhir"
	"chartwright/tools/bench/stdfhir"
)

// W11: the codec beside encoding/json on structs that hold the same.

// document is one body that both codecs take.
type document struct {
	name string
	body []byte
	std  func() any // an empty struct for encoding/json
}

func documents() []document {
	patient := demo.Chart(0)[0]
	r := rand.New(rand.NewPCG(11, 11))
	bundle := &r4.Bundle{Type_: fhir.NewCode("collection")}
	for _, x := range demo.Chart(0) {
		if o, ok := x.(*r4.Observation); ok {
			bundle.Entry = append(bundle.Entry, r4.BundleEntry{FullURL: fhir.NewURI("urn:uuid:" + o.ID.V), Resource: o})
		}
	}
	return []document{
		{"Patient", marshal(patient), func() any { return new(stdfhir.Patient) }},
		{"Observation", observation(r, "example"), func() any { return new(stdfhir.Observation) }},
		{"Bundle", marshal(bundle), func() any { return new(stdfhir.Bundle) }},
	}
}

func (s *suite) codec() error {
	for _, d := range documents() {
		typed, err := r4.Unmarshal(d.body)
		if err != nil {
			return err
		}
		std := d.std()
		if err := json.Unmarshal(d.body, std); err != nil {
			return err
		}
		var dst []byte
		for _, x := range []struct {
			name      string
			goal      Goal
			ours, std func() error
		}{
			{"decode", Goal{Gate: 6, Target: 15}, func() error { _, err := r4.Unmarshal(d.body); return err }, func() error { return json.Unmarshal(d.body, d.std()) }},
			{"encode", Goal{Gate: 4, Target: 12}, func() (err error) { dst, err = r4.AppendJSON(dst[:0], typed); return err }, func() error { _, err := json.Marshal(std); return err }},
		} {
			res, err := inTurns(x.ours, x.std, len(d.body), s.cell)
			if err != nil {
				return err
			}
			res.Workload, res.Name, res.Unit, res.Goal = "W11", x.name+" "+d.name, "MB/s", &x.goal
			res.Note = fmt.Sprintf("%s, %d bytes; the floor is encoding/json", res.Name, len(d.body))
			s.add(res)
		}
	}
	return nil
}

// inTurns lets two functions alternate every few milliseconds, so that what else the machine does meets both.
func inTurns(ours, std func() error, size int, d time.Duration) (*Result, error) {
	var a, b, ratios []float64
	const warm = 5 // turns that do not count
	for i, end := 0, time.Now().Add(d); i <= warm || time.Now().Before(end); i++ {
		x, err := speed(ours, size)
		if err != nil {
			return nil, err
		}
		y, err := speed(std, size)
		if err != nil {
			return nil, err
		}
		if i >= warm {
			a, b, ratios = append(a, x), append(b, y), append(ratios, x/y)
		}
	}
	r := spreadOf(ratios)
	return &Result{
		Ours: &Side{Name: "chartwright", Rate: spreadOf(a)}, Floor: &Side{Name: "encoding/json", Rate: spreadOf(b)}, Ratio: &r,
	}, nil
}

// speed runs fn for some milliseconds and returns megabytes a second.
func speed(fn func() error, size int) (float64, error) {
	start := time.Now()
	for n := 1; ; n++ {
		if err := fn(); err != nil {
			return 0, err
		}
		if took := time.Since(start); took > 4*time.Millisecond {
			return float64(n*size) / took.Seconds() / mb, nil
		}
	}
}
