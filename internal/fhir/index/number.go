package index

import (
	"math"
	"strconv"
	"strings"

	"chartwright/internal/fhir"
)

// The open ends of a Number and a Quantity: a range without limit, a value with a comparator.
const (
	MinNumber = -math.MaxFloat64
	MaxNumber = math.MaxFloat64
)

// Precision reads a decimal and the range that its written precision covers: 100 covers 99.5 to 100.5, 100.00 covers 99.995
// to 100.005, 1.00e2, which has as many figures as 100, the same as that, and 1e2, as the standard has it, 95 to 105. It reports
// false if s is not a decimal of FHIR or too large for a float64.
//
// https://hl7.org/fhir/R4/search.html#number
func Precision(s string) (value, lo, hi float64, ok bool) {
	digits, exp, written := s, 0, false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -400 || n > 400 {
			return 0, 0, 0, false
		}
		digits, exp, written = s[:i], n, true
	}
	if !plainDecimal(digits) {
		return 0, 0, 0, false
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, 0, 0, false
	}
	unit := exp
	if i := strings.IndexByte(digits, '.'); i >= 0 {
		unit -= len(digits) - i - 1
	}
	if written && len(strings.TrimPrefix(digits, "-")) == 1 {
		unit-- // the standard's example: the one significant figure of 1e2 is worth ten, not a hundred, as that of 1.0e2
	}
	half := 0.5 * math.Pow10(unit)
	return value, Tidy(value - half), Tidy(value + half), true
}

// plainDecimal reports whether s is digits with an optional sign before and a point between.
func plainDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	return allDigits(whole) && (!point || allDigits(frac))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Tidy rounds x to 13 significant digits, to the float64 nearest to that decimal. Arithmetic on float64 leaves noise in the
// 16th digit, so that 4.5 mg and 0.0045 g would differ by it; tidied they are the same number.
func Tidy(x float64) float64 {
	a := math.Abs(x)
	if a == 0 || a > 1e300 || a < 1e-290 {
		return x
	}
	const digits = 13
	k := digits - 1 - int(math.Floor(math.Log10(a)))
	switch {
	case 0 <= k && k <= 22: // both steps are exact or correctly rounded: 10^22 is a float64
		p := math.Pow10(k)
		return math.Round(x*p) / p
	case -22 <= k && k < 0:
		p := math.Pow10(-k)
		return math.Round(x/p) * p
	}
	var buf [32]byte
	y, err := strconv.ParseFloat(string(strconv.AppendFloat(buf[:0], x, 'e', digits-1, 64)), 64)
	if err != nil {
		return x
	}
	return y
}

// NumberDecimal indexes a decimal.
func (x *Rows) NumberDecimal(param int32, d fhir.Decimal) {
	if d.V == "" {
		return
	}
	if v, lo, hi, ok := Precision(d.V); ok {
		x.Numbers = append(x.Numbers, Number{param, v, lo, hi})
	}
}

// NumberInteger indexes an integer, which is exact.
func (x *Rows) NumberInteger(param int32, i fhir.Integer) {
	if i.Set {
		v := float64(i.V)
		x.Numbers = append(x.Numbers, Number{param, v, v, v})
	}
}
