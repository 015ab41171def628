package search

import (
	"math"

	"chartwright/internal/fhir/index"
)

// number reads a decimal with a prefix.
// https://hl7.org/fhir/R4/search.html#number
func (p *parser) number(c *Clause, raw string) (Value, error) {
	pre, text, ok := prefix(raw)
	v := Value{Prefix: pre}
	if ok {
		ok = v.decimal(text)
	}
	if !ok {
		return Value{}, invalid("%s: a number such as 100, 5.40 or 1e2 is expected, with eq ne gt lt ge le sa eb or ap before it", c.Param.Code)
	}
	return v, nil
}

// decimal fills the number of v from text, after its prefix is set.
func (v *Value) decimal(text string) bool {
	var ok bool
	v.Num, v.Low, v.Up, ok = index.Precision(text)
	if !ok {
		return false
	}
	if v.Low > v.Num || v.Up <= v.Num { // more digits than a float64 has cover the one that stands for them
		v.Low, v.Up = v.Num, math.Nextafter(v.Num, math.Inf(1))
	}
	if v.Prefix == AP {
		// A tenth of the value, and never less than what was written.
		tenth := math.Abs(v.Num) / 10
		v.Low = min(v.Low, index.Tidy(v.Num-tenth))
		v.Up = max(v.Up, index.Tidy(v.Num+tenth))
	}
	return true
}
