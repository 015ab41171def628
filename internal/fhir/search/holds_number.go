package search

import (
	"cmp"
	"math"
	"strings"

	"chartwright/internal/fhir/index"
)

// What internal/gormstore/searchsql asks of the rows of numbers, quantities and composites in SQL is asked here of rows that no
// table has.

// measure is a stored number: a point, whose lo and hi are the precision with which it was written, or wide.
type measure struct {
	value, lo, hi float64
	wide          bool
}

func newMeasure(value, lo, hi float64) measure {
	return measure{value, lo, hi, math.Abs(lo+hi-2*value) > 0.01*(hi-lo)}
}

// holds compares the measure with num, which was written with the precision [low, up).
//
// https://hl7.org/fhir/R4/search.html#prefix
func (m measure) holds(p Prefix, num, low, up float64) bool {
	switch p {
	case NE:
		return !m.holds(EQ, num, low, up)
	case GT:
		return m.value > num || m.wide && m.hi > num
	case LT:
		return m.value < num || m.wide && m.lo < num
	case GE:
		return m.value >= num || m.wide && m.hi >= num
	case LE:
		return m.value <= num || m.wide && m.lo <= num
	case SA:
		return m.value > num && (!m.wide || m.lo > num)
	case EB:
		return m.value < num && (!m.wide || m.hi < num)
	case Covers:
		return m.lo <= num && m.hi >= num
	case AP:
		return m.value >= low && m.value <= up || m.wide && m.lo < up && m.hi > low
	}
	return m.value >= low && m.value <= up && (!m.wide && m.value < up || m.wide && m.lo >= low && m.hi <= up)
}

func sameNumber(v *Value, n *index.Number) bool {
	return newMeasure(n.Value, n.Lo, n.Hi).holds(v.Prefix, v.Num, v.Low, v.Up)
}

func sameQuantity(v *Value, q *index.Quantity) bool {
	if v.CanonicalUnit != "" {
		return sameCanonical(v, q)
	}
	switch {
	case v.HasSystem && (q.System != v.System || v.Code != "" && q.Code != v.Code):
		return false
	case !v.HasSystem && v.Code != "" && q.Code != v.Code && q.Unit != v.Code:
		return false
	}
	return newMeasure(q.Value, q.Lo, q.Hi).holds(v.Prefix, v.Num, v.Low, v.Up)
}

// sameCanonical compares in UCUM base units. The last digits of a conversion are noise: what is nearer than a hundred-billionth counts
// as equal.
func sameCanonical(v *Value, q *index.Quantity) bool {
	if q.CanonicalUnit != v.CanonicalUnit {
		return false
	}
	const noise = 1e-11
	num, low, up := v.CanonicalNum, v.CanonicalLow, v.CanUp
	slack := noise * math.Abs(num)
	switch v.Prefix {
	case GT, SA, LE:
		num += slack
	case LT, EB, GE:
		num -= slack
	default:
		low, up = low-noise*math.Abs(low), up-noise*math.Abs(up)
	}
	m := newMeasure(q.Value, q.Lo, q.Hi)
	m.value, m.lo, m.hi = (q.CanonicalLo+q.CanonicalHi)/2, q.CanonicalLo, q.CanonicalHi
	return m.holds(v.Prefix, num, low, up)
}

func sameComposite(p *Param, v *Value, k *index.Composite) bool {
	for i, part := range [...]*index.Component{&k.A, &k.B, &k.C} {
		if i < len(v.Parts) && !sameComponent(p.Components[i].Type, &v.Parts[i], part, i == 1) {
			return false
		}
	}
	return true
}

// sameComponent compares one component; canonical tells that quantities are kept in base units as well, which only the second are.
func sameComponent(t ParamType, v *Value, c *index.Component, canonical bool) bool {
	switch {
	case t == Token && c.Token != nil:
		return sameToken(v, c.Token)
	case t == String && c.String != nil:
		return strings.HasPrefix(c.String.Norm, v.Norm)
	case t == URI && c.URI != nil:
		return c.URI.URI == v.Text
	case t == Reference && c.Reference != nil:
		return sameReference(&Param{}, v, c.Reference)
	case t == Date && c.Date != nil:
		return inRange(v, c.Date.Lo, c.Date.Hi)
	case t == Number && c.Number != nil:
		return sameNumber(v, c.Number)
	case t == Quantity && c.Quantity != nil:
		q := c.Quantity
		switch {
		case v.Code == "" && (!v.HasSystem || q.System == v.System):
		case v.CanonicalUnit != "" && canonical:
			return sameCanonical(v, q)
		case v.Code != "" && cmp.Or(q.Code, q.Unit) != v.Code && (v.HasSystem || q.Unit != v.Code) || v.HasSystem && q.System != v.System:
			return false
		}
		return newMeasure(q.Value, q.Lo, q.Hi).holds(v.Prefix, v.Num, v.Low, v.Up)
	}
	return false
}
