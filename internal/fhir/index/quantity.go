package index

import (
	"math"
	"strconv"
	"strings"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
	"chartwright/internal/fhir/ucum"
)

const (
	ucumSystem     = "http://unitsofmeasure.org"
	currencySystem = "urn:iso:std:iso:4217"
)

// Quantity indexes a Quantity, or one of the types defined over it. A comparator opens the range: <5 covers all below 5.
//
// https://hl7.org/fhir/R4/search.html#quantity
func (x *Rows) Quantity(param int32, q *r4.Quantity) {
	if q == nil || q.Value.V == "" {
		return
	}
	v, lo, hi, ok := Precision(q.Value.V)
	if !ok {
		return
	}
	switch q.Comparator.V {
	case "<", "<=":
		lo, hi = MinNumber, v
	case ">", ">=":
		lo, hi = v, MaxNumber
	}
	x.quantity(Quantity{Param: param, System: q.System.V, Code: q.Code.V, Unit: q.Unit.V, Value: v, Lo: lo, Hi: hi})
}

// QuantityMoney indexes an amount of money; its currency is the unit.
func (x *Rows) QuantityMoney(param int32, m *r4.Money) {
	if m == nil {
		return
	}
	if v, lo, hi, ok := Precision(m.Value.V); ok {
		x.quantity(Quantity{Param: param, System: currencySystem, Code: m.Currency.V, Unit: m.Currency.V, Value: v, Lo: lo, Hi: hi})
	}
}

// QuantityRange indexes a Range from low to high, which count as exact: 1.99 is not in the range from 2 to 3. An end that is absent
// is open.
//
// https://hl7.org/fhir/R4/datatypes.html#Range
func (x *Rows) QuantityRange(param int32, r *r4.Range) {
	if r == nil {
		return
	}
	if row, ok := rangeRow(r); ok {
		row.Param = param
		x.quantity(row)
	}
}

// NumberRange indexes a Range of plain numbers, such as a probability.
func (x *Rows) NumberRange(param int32, r *r4.Range) {
	if r == nil {
		return
	}
	if row, ok := rangeRow(r); ok {
		x.Numbers = append(x.Numbers, Number{param, row.Value, row.Lo, row.Hi})
	}
}

func rangeRow(r *r4.Range) (Quantity, bool) {
	row := Quantity{Lo: MinNumber, Hi: MaxNumber}
	found := false
	for i, q := range [...]*r4.Quantity{r.High, r.Low} {
		if q == nil {
			continue
		}
		v, _, _, ok := Precision(q.Value.V)
		if !ok {
			continue
		}
		found = true
		row.System, row.Code, row.Unit, row.Value = q.System.V, q.Code.V, q.Unit.V, v
		if i == 0 {
			row.Hi = v
		} else {
			row.Lo = v
		}
	}
	return row, found && row.Lo <= row.Hi
}

// QuantitySamples indexes SampledData by the least and the greatest value that its samples have.
//
// https://hl7.org/fhir/R4/datatypes.html#SampledData
func (x *Rows) QuantitySamples(param int32, s *r4.SampledData) {
	if s == nil || s.Origin == nil {
		return
	}
	origin, ok := float(s.Origin.Value)
	if !ok {
		return
	}
	factor, ok := float(s.Factor)
	if !ok {
		factor = 1
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	note := func(v float64) { lo, hi = min(lo, v), max(hi, v) }
	for word := range strings.FieldsSeq(s.Data.V) {
		switch word {
		case "E": // an error
		case "U":
			if v, ok := float(s.UpperLimit); ok {
				note(v*factor + origin)
			}
		case "L":
			if v, ok := float(s.LowerLimit); ok {
				note(v*factor + origin)
			}
		default:
			if v, err := strconv.ParseFloat(word, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
				note(v*factor + origin)
			}
		}
	}
	if lo > hi || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return
	}
	q := s.Origin
	x.quantity(Quantity{Param: param, System: q.System.V, Code: q.Code.V, Unit: q.Unit.V, Value: Tidy(lo), Lo: Tidy(lo), Hi: Tidy(hi)})
}

func float(d fhir.Decimal) (float64, bool) {
	v, err := strconv.ParseFloat(d.V, 64)
	return v, err == nil
}

func (x *Rows) quantity(q Quantity) {
	q.CanonicalUnit, q.CanonicalLo, q.CanonicalHi, _ = Canonical(q.System, q.Code, q.Lo, q.Hi)
	x.Quantities = append(x.Quantities, q)
}

// Canonical converts a range of quantities to UCUM base units, so that 5 mg and 0.005 g become the same numbers. It reports
// false if system is not UCUM, or code is not a unit that package ucum can convert. Ends that are open stay open.
func Canonical(system, code string, lo, hi float64) (unit string, clo, chi float64, ok bool) {
	if system != ucumSystem {
		return "", 0, 0, false
	}
	u, ok := ucum.Parse(code)
	if !ok {
		return "", 0, 0, false
	}
	clo, chi = lo, hi
	if lo > MinNumber {
		clo = Tidy(u.Base(lo))
	}
	if hi < MaxNumber {
		chi = Tidy(u.Base(hi))
	}
	if math.IsInf(clo, 0) || math.IsInf(chi, 0) {
		return "", 0, 0, false
	}
	return u.Canonical, clo, chi, true
}
