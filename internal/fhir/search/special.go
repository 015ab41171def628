package search

import (
	"math"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/ucum"
)

// Undefined are the parameters that choose resources of any type and that R4 describes without defining them.
// https://hl7.org/fhir/R4/search.html#all
var Undefined = []string{"_filter", "_has", "_list"}

// nearDistance is the distance in kilometres of a near without one.
const nearDistance = 50

// near reads latitude|longitude|distance|unit, of which distance and unit may be left out: a place on earth as Num and Low,
// and the distance around it in kilometres as Up.
// https://hl7.org/fhir/R4/location.html#positional
func (p *parser) near(c *Clause, raw string) (Value, error) {
	parts := split(raw, '|')
	numbers := [3]float64{2: nearDistance}
	ok := len(parts) >= 2 && len(parts) <= 4
	for i := 0; ok && i < min(len(parts), len(numbers)); i++ {
		if i == 2 && parts[i] == "" {
			continue
		}
		numbers[i], _, _, ok = index.Precision(parts[i]) // decimals alone, of which infinity is none
	}
	if ok && len(parts) == 4 {
		numbers[2], ok = kilometres(numbers[2], parts[3])
	}
	if !ok || math.Abs(numbers[0]) > 90 || math.Abs(numbers[1]) > 180 || numbers[2] < 0 {
		return Value{}, invalid("%s: latitude|longitude|distance|unit is expected, the unit being one of length in UCUM, such as km, m or [mi_i]", c.Param.Code)
	}
	return Value{Num: numbers[0], Low: numbers[1], Up: numbers[2]}, nil
}

// kilometres converts a distance in a unit of UCUM; none is km, and mi, which UCUM lacks, the international mile.
func kilometres(distance float64, unit string) (float64, bool) {
	switch unit {
	case "", "km":
		return distance, true
	case "mi":
		unit = "[mi_i]"
	case "[mi_us]":
		unit, distance = "[ft_us]", distance*5280
	}
	u, ok := ucum.Parse(unit)
	if !ok || u.Canonical != "m" {
		return 0, false
	}
	return index.Tidy(u.Base(distance) / 1000), true
}
