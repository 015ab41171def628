package main

import "slices"

// Spread is the middle of some measurements and where half of them lie.
type Spread struct {
	Median float64 `json:"median"`
	Q1     float64 `json:"q1"`
	Q3     float64 `json:"q3"`
}

// spreadOf needs at least one value.
func spreadOf(values []float64) Spread {
	v := slices.Sorted(slices.Values(values))
	return Spread{Median: quantile(v, 0.5), Q1: quantile(v, 0.25), Q3: quantile(v, 0.75)}
}

// wide reports whether the measurements disagree by so much that the median says little.
func (s Spread) wide() bool { return s.Q3-s.Q1 > 0.25*s.Median }

// quantile of sorted values, between the two that lie nearest.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
