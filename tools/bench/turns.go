package main

import "context"

// compare lets two contenders take turns, ABBAAB…, so that what else the machine does meets both, and returns what each
// did and the ratios of the pairs.
func (s *suite) compare(ctx context.Context, clients int, ours, floor contender) (*Result, error) {
	a, b := &Side{Name: ours.name}, &Side{Name: floor.name}
	var ratios, perCPU []float64
	for i := range s.pairs {
		order := []struct {
			contender
			side *Side
		}{{ours, a}, {floor, b}}
		if i%2 == 1 {
			order[0], order[1] = order[1], order[0]
		}
		for _, o := range order {
			cell, err := turn(ctx, o.contender, s.clients(clients), s.cell)
			if err != nil {
				return nil, err
			}
			o.side.Cells = append(o.side.Cells, cell)
		}
		x, y := a.Cells[i], b.Cells[i]
		ratios = append(ratios, x.rate()/y.rate())
		if x.perCPU() > 0 && y.perCPU() > 0 {
			perCPU = append(perCPU, x.perCPU()/y.perCPU())
		}
	}
	a.sum()
	b.sum()
	ratio := spreadOf(ratios)
	r := &Result{Ours: a, Floor: b, Ratio: &ratio}
	if len(perCPU) == len(ratios) {
		p := spreadOf(perCPU)
		r.PerCPU = &p
	}
	return r, nil
}

// alone lets one contender take its turns without another.
func (s *suite) alone(ctx context.Context, clients int, ours contender) (*Result, error) {
	a := &Side{Name: ours.name}
	for range s.pairs {
		cell, err := turn(ctx, ours, s.clients(clients), s.cell)
		if err != nil {
			return nil, err
		}
		a.Cells = append(a.Cells, cell)
	}
	a.sum()
	return &Result{Ours: a}, nil
}

// sum fills what the cells have in common.
func (s *Side) sum() {
	var rates, perCPU, p50, p95, p99 []float64
	for _, c := range s.Cells {
		rates = append(rates, c.rate())
		if v := c.perCPU(); v > 0 {
			perCPU = append(perCPU, v)
		}
		p50, p95, p99 = append(p50, c.Latency.P50), append(p95, c.Latency.P95), append(p99, c.Latency.P99)
		s.Latency.Max = max(s.Latency.Max, c.Latency.Max)
		s.Requests += c.Requests
	}
	s.Rate = spreadOf(rates)
	s.Latency.P50, s.Latency.P95, s.Latency.P99 = spreadOf(p50).Median, spreadOf(p95).Median, spreadOf(p99).Median
	if len(perCPU) == len(rates) {
		p := spreadOf(perCPU)
		s.PerCPUSecond = &p
	}
}
