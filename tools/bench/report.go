package main

import (
	"encoding/json"
	"os"
	"time"
)

// Report is what a run found out.
type Report struct {
	Time    time.Time     `json:"time"`
	Commit  string        `json:"commit"`
	Go      string        `json:"go"`
	CPUs    int           `json:"cpus"`
	Cell    time.Duration `json:"cellNanoseconds"`
	Pairs   int           `json:"pairs"`
	Machine Machine       `json:"machine"` // W0, before the first workload
	After   Machine       `json:"machineAfter"`
	// Settings are what the server was told beside its defaults.
	Settings []string  `json:"settings,omitempty"`
	Results  []*Result `json:"results"`
	Skipped  []string  `json:"skipped,omitempty"`
}

// Result is one line of the table.
type Result struct {
	Workload string  `json:"workload"`
	Name     string  `json:"name"`
	Store    string  `json:"store,omitempty"`
	Unit     string  `json:"unit"`
	Ours     *Side   `json:"ours"`
	Floor    *Side   `json:"floor,omitempty"`
	Patients int     `json:"patients,omitempty"`    // of the made-up population that was there
	Ratio    *Spread `json:"ratio,omitempty"`       // ours to the floor's, by the clock
	PerCPU   *Spread `json:"ratioPerCPU,omitempty"` // the same for each second of processor time; of times, that of a request's processor time
	Goal     *Goal   `json:"goal,omitempty"`
	Verdict  string  `json:"verdict"`
	Note     string  `json:"note,omitempty"`
}

// Side is what one contender did in all its turns.
type Side struct {
	Name         string  `json:"name"`
	Rate         Spread  `json:"rate"`
	PerCPUSecond *Spread `json:"perCPUSecond,omitempty"` // of the server and the database; absent where that can't be told
	Cells        []*Cell `json:"cells,omitempty"`
	Latency      Latency `json:"latencyMilliseconds"`
	FirstByte    Latency `json:"firstByteMilliseconds"` // p50 and p99
	Requests     int     `json:"requests"`
	Errors       int     `json:"errors"` // always 0: an error ends the run
}

// Latency are milliseconds: the medians of what the turns measured, and the longest of all.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Goal is what a result is held against: its ratio where there is a floor, else its rate.
type Goal struct {
	Gate   float64 `json:"gate"`
	Target float64 `json:"target"`
	Less   bool    `json:"lessIsBetter,omitempty"`
	Rate   bool    `json:"aboutRate,omitempty"` // although there is a floor
}

// The verdicts.
const (
	verdictMissed = "MISSED"
	verdictPass   = "pass"
	verdictTarget = "target"
	verdictNone   = "-"
)

// judge sets the verdict. Where processor time is known, the ratio for each second of it counts as well: the generator shares
// the machine with the servers, and only that ratio is free of it. The lower one decides. Times are judged by the clock.
func (r *Result) judge() {
	if r.Goal == nil {
		r.Verdict = verdictNone
		return
	}
	value := r.Ours.Rate.Median
	if r.Ratio != nil && !r.Goal.Rate {
		value = r.Ratio.Median
		if r.PerCPU != nil && !r.Goal.Less {
			value = min(value, r.PerCPU.Median)
		}
	}
	reached := func(limit float64) bool {
		if r.Goal.Less {
			return value <= limit
		}
		return value >= limit
	}
	switch {
	case reached(r.Goal.Target):
		r.Verdict = verdictTarget
	case reached(r.Goal.Gate):
		r.Verdict = verdictPass
	default:
		r.Verdict = verdictMissed
	}
}

func (r *Report) write(file string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
