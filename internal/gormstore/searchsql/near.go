package searchsql

import (
	"math"

	"chartwright/internal/fhir/search"
)

// nearSources reads idx_composite, in which a place is a pair of numbers: latitude a, longitude b. What counts is the distance
// along the surface; the latitude alone bounds it and is looked at first.
//
// https://hl7.org/fhir/R4/location.html#positional
func (c *compiler) nearSources(cl *search.Clause) []source {
	const radius = 6371.0088 // of the earth, in kilometres
	var conds []func(string) expr
	for i := range cl.Values {
		lat, lon, angle := cl.Values[i].Num, cl.Values[i].Low, cl.Values[i].Up/radius
		degrees := angle * 180 / math.Pi
		// The haversine of the distance, compared with that of the limit.
		limit := math.Pow(math.Sin(min(angle/2, math.Pi/2)), 2)
		cosine := math.Cos(lat * math.Pi / 180)
		conds = append(conds, func(a string) expr {
			half := "sin(radians(" + a + ".a_value - ?) / 2)"
			turn := "sin(radians(" + a + ".b_value - ?) / 2)"
			return sq(a+".a_value >= ? AND "+a+".a_value <= ? AND "+half+" * "+half+" + cos(radians("+a+".a_value)) * ? * "+turn+" * "+turn+" <= ?",
				lat-degrees, lat+degrees, lat, lat, cosine, lon, lon, limit)
		})
	}
	return []source{anyOf(source{from: table("idx_composite"), params: rows(cl), direct: true}, conds)}
}
