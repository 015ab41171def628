package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the servers under test, as the program itself does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if role, ok := roles[os.Args[1]]; ok {
			ctx, stop := interruptible()
			code := role(ctx, os.Args[2:], os.Stdout, os.Stderr)
			stop()
			os.Exit(code)
		}
	}
	os.Exit(m.Run())
}

// TestReport runs everything once, as small as can be, on SQLite, and looks at the report. It asserts nothing about time.
func TestReport(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bench.json")
	o := &options{
		cell: 20 * time.Millisecond, pairs: 1, store: "sqlite", resources: 50, patients: []int{1, 2}, out: file, dir: t.TempDir(), keep: t.TempDir(),
		binary: []string{self, "chartwright"}, self: self, small: true,
	}
	var out bytes.Buffer
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report Report
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	if report.Machine.ScanMicroseconds <= 0 || report.Machine.Fsyncs <= 0 || report.CPUs <= 0 || report.Go == "" || report.Time.IsZero() {
		t.Errorf("the machine is not described: %s", data)
	}
	seen := map[string]bool{}
	for _, r := range report.Results {
		seen[r.Workload] = true
		if r.Ours != nil && r.Ours.Errors > 0 && r.Verdict == verdictMissed && r.Note != "" {
			continue // a shape that the server does not answer is a finding, and says why
		}
		if r.Unit == "" || r.Ours == nil || r.Ours.Rate.Median <= 0 || r.Verdict == "" {
			t.Errorf("%s %s is not whole: %+v", r.Workload, r.Name, r)
		}
		if !strings.Contains(out.String(), r.Workload+" "+r.Name) {
			t.Errorf("%s %s is not in the table", r.Workload, r.Name)
		}
		switch r.Workload {
		case "W1", "W2", "W3", "W4", "W6", "W7", "W9", "W14", "W16", "W17":
			if r.Floor == nil || r.Floor.Rate.Median <= 0 || r.Ratio == nil || r.Floor.Latency.P99 <= 0 {
				t.Errorf("%s has no floor: %+v", r.Workload, r)
			}
			fallthrough
		case "W8", "W-OAUTH":
			if r.Workload == "W-OAUTH" && r.Unit == "ms" {
				break // a wait, not a rate of turns
			}
			if r.Ours.Requests == 0 || r.Ours.Latency.P50 <= 0 || r.Ours.Latency.Max < r.Ours.Latency.P99 || len(r.Ours.Cells) != 1 {
				t.Errorf("%s says too little of its turns: %+v", r.Workload, r.Ours)
			}
		case "W11":
			if r.Floor == nil || r.Ratio == nil {
				t.Errorf("%s is not compared: %+v", r.Name, r)
			}
		}
	}
	for _, w := range []string{"W1", "W3", "W4", "W6", "W7", "W8", "W9", "W11", "W14", "W16", "W17", "W18", "W19", "W-OAUTH"} {
		if !seen[w] {
			t.Errorf("%s is not in the report", w)
		}
	}
}

func TestObservation(t *testing.T) {
	t.Parallel()
	body := observation(rand.New(rand.NewPCG(1, 1)), "")
	if len(body) != bodyBytes {
		t.Errorf("the body has %d bytes, want %d", len(body), bodyBytes)
	}
	if n, err := indexRows(body); err != nil || n < 15 {
		t.Errorf("the body has %d index rows, want 15 or more: %v", n, err)
	}
}

// TestStructsAreFair makes sure that encoding/json loses nothing of the bodies: it would be faster if it did.
func TestStructsAreFair(t *testing.T) {
	t.Parallel()
	for _, d := range documents() {
		v := d.std()
		if err := json.Unmarshal(d.body, v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(tree(t, d.body), tree(t, out)) {
			t.Errorf("%s changes in encoding/json:\n%s\n%s", d.name, d.body, out)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	spread := func(v float64) *Spread { return &Spread{v, v, v} }
	for _, c := range []struct {
		name   string
		result Result
		want   string
	}{
		{"above the target", Result{Ratio: spread(0.96), Goal: &Goal{Gate: 0.7, Target: 0.95}}, verdictTarget},
		{"between gate and target", Result{Ratio: spread(0.8), Goal: &Goal{Gate: 0.7, Target: 0.95}}, verdictPass},
		{"below the gate", Result{Ratio: spread(0.6), Goal: &Goal{Gate: 0.7, Target: 0.95}}, verdictMissed},
		{"the lower ratio decides", Result{Ratio: spread(0.8), PerCPU: spread(0.6), Goal: &Goal{Gate: 0.7, Target: 0.95}}, verdictMissed},
		{"without a floor the rate counts", Result{Goal: &Goal{Gate: 5, Target: 20}}, verdictPass},
		{"less may be better", Result{Goal: &Goal{Gate: 5, Target: 2, Less: true}}, verdictMissed},
		{"nothing to reach", Result{}, verdictNone},
		{"the rate may count beside a floor", Result{Ratio: spread(0.1), Goal: &Goal{Gate: 5, Target: 20, Rate: true}}, verdictPass},
	} {
		c.result.Ours = &Side{Rate: *spread(10)}
		c.result.judge()
		if c.result.Verdict != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.result.Verdict, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	if got, want := spreadOf([]float64{4, 1, 3, 2, 5}), (Spread{Median: 3, Q1: 2, Q3: 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := spreadOf([]float64{1, 2}), (Spread{Median: 1.5, Q1: 1.25, Q3: 1.75}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-only", "W99"}, {"-store", "oracle"}, {"-pairs", "0"}, {"-for", "0s"}, {"-patients", "0"}, {"-patients", "1,x"}, {"rest"}} {
		var stderr bytes.Buffer
		if code := command(context.Background(), args, &stderr, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%v: status %d, %q", args, code, &stderr)
		}
	}
}

func tree(t *testing.T, body []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
