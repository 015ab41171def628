package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// print writes the report as a table for people.
func (r *Report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %d CPUs, %s; %d turns of %s each\n", r.Commit, r.CPUs, r.Go, r.Pairs, r.Cell)
	fmt.Fprintf(out, "W0 scan of 3 KB %.2f µs before, %.2f after; %.0f fsync/s; CPU pressure %.0f %% before, %.0f %% after\n\n",
		r.Machine.ScanMicroseconds, r.After.ScanMicroseconds, r.Machine.Fsyncs, r.Machine.Pressure, r.After.Pressure)
	if len(r.Settings) > 0 {
		fmt.Fprintf(out, "settings: %s; everything else as it comes\n\n", strings.Join(r.Settings, ", "))
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "workload\tstore\tours\tfloor\tratio\tper CPU-s\tp50/p95/p99/max ms\tgate\ttarget\tverdict")
	for _, x := range r.Results {
		fmt.Fprintln(w, strings.Join([]string{
			x.title(), orDash(x.Store), rate(x.Ours, x.Unit), rate(x.Floor, ""), ratio(x.Ratio), ratio(x.PerCPU),
			latency(x.Ours), x.Goal.gate(), x.Goal.target(), x.Verdict,
		}, "\t"))
	}
	_ = w.Flush()
	fmt.Fprintln(out)
	for _, x := range r.Results {
		if x.Note != "" {
			fmt.Fprintf(out, "%s, %s: %s\n", x.title(), orDash(x.Store), x.Note)
		}
	}
	for _, s := range r.Skipped {
		fmt.Fprintln(out, "WARNING:", s)
	}
	for _, x := range r.Results {
		if x.Verdict == verdictMissed {
			fmt.Fprintf(out, "MISSED: %s %s\n", x.title(), x.Store)
		}
	}
}

// title names a line of the table.
func (r *Result) title() string {
	if r.Patients > 0 {
		return fmt.Sprintf("%s %s (%d)", r.Workload, r.Name, r.Patients)
	}
	return r.Workload + " " + r.Name
}

func rate(s *Side, unit string) string {
	if s == nil {
		return "-"
	}
	return strings.TrimSpace(figure(s.Rate.Median) + " " + unit)
}

// ratio shows the median and the quartiles; a question mark warns that they lie far apart.
func ratio(s *Spread) string {
	if s == nil {
		return "-"
	}
	mark := ""
	if s.wide() {
		mark = "?"
	}
	return fmt.Sprintf("%.2f [%.2f %.2f]%s", s.Median, s.Q1, s.Q3, mark)
}

func latency(s *Side) string {
	if s.Latency == (Latency{}) {
		return "-"
	}
	l := s.Latency
	return fmt.Sprintf("%.1f/%.1f/%.1f/%.0f", l.P50, l.P95, l.P99, l.Max)
}

func (g *Goal) gate() string {
	if g == nil {
		return "-"
	}
	return g.sign() + figure(g.Gate)
}

func (g *Goal) target() string {
	if g == nil {
		return "-"
	}
	return g.sign() + figure(g.Target)
}

func (g *Goal) sign() string {
	if g.Less {
		return "≤ "
	}
	return "≥ "
}

// figure keeps about three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	default:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
