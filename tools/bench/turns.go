package main

import "context"

// compare lets two contenders take turns, ABBAAB…, so that what else the machine does meets both, and returns what each
// did and the ratios of the pairs' rates.
func (s *suite) compare(ctx context.Context, clients int, ours, floor contender) (*Result, error) {
	a, b, err := s.takeTurns(ctx, clients, ours, floor)
	if err != nil {
		return nil, err
	}
	return &Result{Ours: a, Floor: b, Ratio: ratioOf(a, b, (*Cell).rate), PerCPU: perCPUOf(a, b)}, nil
}

// compareTimes is compare by the median of the times instead of the rate: the ratio says how many times as long ours takes, and
// how many times as much processor time.
func (s *suite) compareTimes(ctx context.Context, clients int, ours, floor contender) (*Result, error) {
	a, b, err := s.takeTurns(ctx, clients, ours, floor)
	if err != nil {
		return nil, err
	}
	return &Result{Ours: a, Floor: b, Ratio: ratioOf(a, b, func(c *Cell) float64 { return c.Latency.P50 }), PerCPU: perCPUOf(b, a)}, nil
}

// perCPUOf are the ratios of what the sides do in a second of processor time; nil where that can't be told of every turn.
func perCPUOf(a, b *Side) *Spread {
	var ratios []float64
	for i, x := range a.Cells {
		y := b.Cells[i]
		if x.perCPU() <= 0 || y.perCPU() <= 0 {
			return nil
		}
		ratios = append(ratios, x.perCPU()/y.perCPU())
	}
	p := spreadOf(ratios)
	return &p
}

func ratioOf(a, b *Side, measure func(*Cell) float64) *Spread {
	var ratios []float64
	for i := range a.Cells {
		ratios = append(ratios, measure(a.Cells[i])/measure(b.Cells[i]))
	}
	spread := spreadOf(ratios)
	return &spread
}

func (s *suite) takeTurns(ctx context.Context, clients int, ours, floor contender) (a, b *Side, err error) {
	a, b = &Side{Name: ours.name}, &Side{Name: floor.name}
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
				return nil, nil, err
			}
			o.side.Cells = append(o.side.Cells, cell)
		}
	}
	a.sum()
	b.sum()
	return a, b, nil
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
	var rates, perCPU, p50, p95, p99, first50, first99 []float64
	for _, c := range s.Cells {
		rates = append(rates, c.rate())
		if v := c.perCPU(); v > 0 {
			perCPU = append(perCPU, v)
		}
		p50, p95, p99 = append(p50, c.Latency.P50), append(p95, c.Latency.P95), append(p99, c.Latency.P99)
		first50, first99 = append(first50, c.FirstByte.P50), append(first99, c.FirstByte.P99)
		s.Latency.Max = max(s.Latency.Max, c.Latency.Max)
		s.Requests += c.Requests
	}
	s.Rate = spreadOf(rates)
	s.Latency.P50, s.Latency.P95, s.Latency.P99 = spreadOf(p50).Median, spreadOf(p95).Median, spreadOf(p99).Median
	s.FirstByte.P50, s.FirstByte.P99 = spreadOf(first50).Median, spreadOf(first99).Median
	if len(perCPU) == len(rates) {
		p := spreadOf(perCPU)
		s.PerCPUSecond = &p
	}
}
