package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// W19: start to the first answer, and memory at rest.

const (
	rest = 2 * time.Second // before memory is read
	mb   = 1e6
)

// startUp measures the demonstration: the first start, which makes its record, then starts over what is there.
func (s *suite) startUp(ctx context.Context, st store) error {
	e := &environment{store: st, suite: s, data: filepath.Join(s.work, st.name+"-start")}
	cold, memory, err := e.firstAnswer(ctx)
	if err != nil {
		return err
	}
	var warm, resident []float64
	for range max(s.pairs, 3) {
		took, m, err := e.firstAnswer(ctx)
		if err != nil {
			return err
		}
		warm, resident = append(warm, took.Seconds()), append(resident, m)
	}
	s.add(figureOf("W19", "start to first answer", st.name, "s", spreadOf(warm), &Goal{Gate: 0.5, Target: 0.15, Less: true},
		fmt.Sprintf("the very first start, which makes the demonstration's record, takes %.2f s", cold.Seconds())))
	if memory > 0 {
		s.add(figureOf("W19", "memory at rest", st.name, "MB", spreadOf(resident), &Goal{Gate: 120, Target: 60, Less: true},
			fmt.Sprintf("resident size %s after the first answer; %.0f MB after the very first start", rest, memory)))
	}
	return nil
}

// firstAnswer starts the server, asks it whether it is ready and returns how long that took from the start of its process, and
// the megabytes that it holds at rest.
func (e *environment) firstAnswer(ctx context.Context) (took time.Duration, memory float64, err error) {
	p, err := e.serve("start")
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/health/ready", nil)
	if err != nil {
		return 0, 0, err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(p.started)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("the server is not ready: %s", resp.Status)
	}
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-time.After(min(rest, e.suite.cell)):
	}
	return took, float64(residentBytes(p.pid)) / mb, nil
}

// binarySize is how much the server under test weighs.
func (s *suite) binarySize() error {
	info, err := os.Stat(s.binary[0])
	if err != nil {
		return err
	}
	size := float64(info.Size()) / mb
	s.add(figureOf("build", "size of the binary", "", "MB", Spread{size, size, size}, &Goal{Gate: 80, Target: 80, Less: true}, ""))
	return nil
}

// figureOf is a result that is one figure and has no floor.
func figureOf(workload, name, store, unit string, v Spread, g *Goal, note string) *Result {
	return &Result{Workload: workload, Name: name, Store: store, Unit: unit, Ours: &Side{Name: "chartwright", Rate: v}, Goal: g, Note: note}
}
