package searchsql

import (
	"math"
	"strings"

	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// A stored number or quantity is either a point, whose lo and hi are the precision with which it was written, or it is wide:
// a Range, samples, or a value with a comparator. A point is compared by its value, so that 5.4 is found by 5.40; what is
// wide is compared as a range. In a point the value is the middle.
//
// The text of the condition is that of the indexes idx_number_wide, idx_quantity_wide and idx_composite_wide.
const wideText = "abs(#lo + #hi - 2 * #value) > 0.01 * (#hi - #lo)"

// isWide is the condition that the number in the columns of alias a, whose names begin with which, is wide.
func isWide(a, which string) expr { return expr{text: strings.ReplaceAll(wideText, "#", a+"."+which)} }

// measure names the columns that hold one number: value may be an expression of the other two.
type measure struct{ value, lo, hi string }

func columns(a, which string) measure {
	col := a + "." + which
	return measure{col + "value", col + "lo", col + "hi"}
}

// numberMatch is the whole condition of one value on a measure; wide is the condition that the row is no point.
//
// https://hl7.org/fhir/R4/search.html#prefix
func numberMatch(m measure, wide expr, p search.Prefix, num, low, up float64) expr {
	switch p {
	case search.NE:
		return sq("NOT (?)", numberMatch(m, wide, search.EQ, num, low, up))
	case search.GT:
		return sq("("+m.value+" > ? OR ? AND "+m.hi+" > ?)", num, wide, num)
	case search.LT:
		return sq("("+m.value+" < ? OR ? AND "+m.lo+" < ?)", num, wide, num)
	case search.GE:
		return sq("("+m.value+" >= ? OR ? AND "+m.hi+" >= ?)", num, wide, num)
	case search.LE:
		return sq("("+m.value+" <= ? OR ? AND "+m.lo+" <= ?)", num, wide, num)
	case search.SA:
		return sq(m.value+" > ? AND (NOT (?) OR "+m.lo+" > ?)", num, wide, num)
	case search.EB:
		return sq(m.value+" < ? AND (NOT (?) OR "+m.hi+" < ?)", num, wide, num)
	case search.Covers:
		return sq(m.lo+" <= ? AND "+m.hi+" >= ?", num, num)
	case search.AP:
		return sq("("+m.value+" >= ? AND "+m.value+" <= ? OR ? AND "+m.lo+" < ? AND "+m.hi+" > ?)", low, up, wide, up, low)
	default:
		return sq(m.value+" >= ? AND "+m.value+" <= ? AND (NOT (?) AND "+m.value+" < ? OR ? AND "+m.lo+" >= ? AND "+m.hi+" <= ?)",
			low, up, wide, up, wide, low, up)
	}
}

// numberRanges are conditions, each of which reads one range of an index, that together are numberMatch on the columns whose
// names begin with which. They exclude each other.
func numberRanges(which string, v *search.Value) []func(a string) expr {
	split := func(near, far func(m measure) expr) []func(string) expr {
		return []func(string) expr{
			func(a string) expr { return near(columns(a, which)) },
			func(a string) expr {
				m := columns(a, which)
				return sq("? AND NOT (?) AND ?", isWide(a, which), near(m), far(m))
			},
		}
	}
	compare := func(op string, reach func(m measure) string) []func(string) expr {
		return split(func(m measure) expr { return sq(m.value+op+"?", v.Num) }, func(m measure) expr { return sq(reach(m)+op+"?", v.Num) })
	}
	hi, lo := func(m measure) string { return m.hi }, func(m measure) string { return m.lo }
	switch v.Prefix {
	case search.GT:
		return compare(" > ", hi)
	case search.GE:
		return compare(" >= ", hi)
	case search.LT:
		return compare(" < ", lo)
	case search.LE:
		return compare(" <= ", lo)
	case search.AP:
		return split(func(m measure) expr { return sq(m.value+" >= ? AND "+m.value+" <= ?", v.Low, v.Up) },
			func(m measure) expr { return sq(m.lo+" < ? AND "+m.hi+" > ?", v.Up, v.Low) })
	}
	return []func(string) expr{func(a string) expr { return written(a, which, v) }}
}

// near reports whether a number is in the first of numberRanges.
func near(v *search.Value, value float64) bool {
	switch v.Prefix {
	case search.GT:
		return value > v.Num
	case search.GE:
		return value >= v.Num
	case search.LT:
		return value < v.Num
	case search.LE:
		return value <= v.Num
	case search.AP:
		return value >= v.Low && value <= v.Up
	}
	return true
}

// written is numberMatch on a number as it was written.
func written(a, which string, v *search.Value) expr {
	return numberMatch(columns(a, which), isWide(a, which), v.Prefix, v.Num, v.Low, v.Up)
}

// numberSources reads idx_number by (param, value) or by rid.
func (c *compiler) numberSources(cl *search.Clause, driving bool) []source {
	base := source{from: table("idx_number"), params: rows(cl), direct: true, key: "value", ties: []string{"lo", "hi"}}
	return ranges(base, cl, driving,
		func(a string, v *search.Value) expr { return written(a, "", v) },
		func(v *search.Value) []func(string) expr { return numberRanges("", v) })
}

// quantitySources reads idx_quantity by (param, value), by (param, canon_unit, canon_lo) or by rid.
func (c *compiler) quantitySources(cl *search.Clause, driving bool) []source {
	base := source{from: table("idx_quantity"), params: rows(cl), direct: true, key: "value", then: []string{"code", "system"}, ties: []string{"n"}}
	canonical := 0
	for i := range cl.Values {
		if cl.Values[i].CanonicalUnit != "" {
			canonical++
		}
	}
	switch canonical {
	case 0:
	case len(cl.Values):
		base.key, base.then = "canon_lo", []string{"canon_hi"}
		for i := range cl.Values {
			switch cl.Values[i].Prefix {
			case search.GT, search.GE, search.SA: // from the top, since how far a bound lies from canon_lo is not known
				base.desc = true
			}
		}
	default:
		driving, base.key, base.then = false, "", nil // no one index has the order of both
	}
	match := func(a string, v *search.Value) expr {
		if v.CanonicalUnit != "" {
			return canonicalMatch(a+".", isWide(a, ""), v)
		}
		return and(unit(a, v), sq("(?)", written(a, "", v)))
	}
	split := func(v *search.Value) []func(string) expr {
		if v.CanonicalUnit != "" {
			return []func(string) expr{func(a string) expr { return match(a, v) }}
		}
		list := numberRanges("", v)
		for i, cond := range list {
			list[i] = func(a string) expr { return and(cond(a), unit(a, v)) }
		}
		return list
	}
	return ranges(base, cl, driving, match, split)
}

// ranges makes sources out of match, which is one value's whole condition, or, for driving, out of split.
func ranges(base source, cl *search.Clause, driving bool, match func(string, *search.Value) expr, split func(*search.Value) []func(string) expr) []source {
	var list []source
	var conds []func(string) expr
	for i := range cl.Values {
		v := &cl.Values[i]
		conds = append(conds, func(a string) expr { return match(a, v) })
		if driving {
			for n, cond := range split(v) {
				s := base
				s.cond, s.loose, s.late = cond, n > 0, n > 0 && len(cl.Values) == 1
				list = append(list, s)
			}
		}
	}
	if driving && len(list) <= maxBranches {
		return list
	}
	return []source{anyOf(base, conds)}
}

// unit is the condition that a quantity has the value's unit as it is written there.
func unit(a string, v *search.Value) expr {
	switch {
	case v.Code == "":
		return system(a, "system", v)
	case v.HasSystem:
		return and(sq(a+".code = ?", index.Key(v.Code)), system(a, "system", v))
	}
	return sq("("+a+".code = ? OR "+a+".unit = ?)", index.Key(v.Code), index.Key(v.Code))
}

// canonicalMatch compares in UCUM base units. Prefix is what stands before the columns' names. The last digits of a
// conversion are noise: what is nearer than a hundred-billionth counts as equal.
func canonicalMatch(prefix string, wide expr, v *search.Value) expr {
	lo, hi := prefix+"canon_lo", prefix+"canon_hi"
	m := measure{value: "(" + lo + " + " + hi + ") / 2", lo: lo, hi: hi}
	const noise = 1e-11
	num, low, up := v.CanonicalNum, v.CanonicalLow, v.CanUp
	slack := noise * math.Abs(num)
	switch v.Prefix {
	case search.GT, search.SA, search.LE:
		num += slack
	case search.LT, search.EB, search.GE:
		num -= slack
	default:
		low, up = low-noise*math.Abs(low), up-noise*math.Abs(up)
	}
	e := and(sq(prefix+"canon_unit = ?", index.Key(v.CanonicalUnit)), sq("(?)", numberMatch(m, wide, v.Prefix, num, low, up)))
	switch v.Prefix { // what the index can tell before the row is read
	case search.EQ, search.AP:
		return and(e, sq(lo+" <= ? AND "+hi+" >= ?", up, low))
	case search.GT, search.GE, search.SA:
		return and(e, sq(hi+" >= ?", num))
	case search.LT, search.LE, search.EB:
		return and(e, sq(lo+" <= ?", num))
	}
	return e
}
