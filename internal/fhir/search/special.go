package search

import (
	"math"

	"chartwright/internal/fhir/index"
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
	if len(parts) == 4 {
		switch parts[3] {
		case "km", "":
		case "m":
			numbers[2] /= 1000
		case "[mi_us]", "[mi_i]", "mi":
			numbers[2] *= 1.609344
		default:
			ok = false
		}
	}
	if !ok || math.Abs(numbers[0]) > 90 || math.Abs(numbers[1]) > 180 || numbers[2] < 0 {
		return Value{}, invalid("%s: latitude|longitude|distance|unit is expected, the unit being km, m or [mi_i]", c.Param.Code)
	}
	return Value{Num: numbers[0], Low: numbers[1], Up: numbers[2]}, nil
}
