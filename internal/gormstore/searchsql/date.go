package searchsql

import "chartwright/internal/fhir/search"

// longRange is the width in microseconds above which idx_date_long holds a row: 31 days. The text of the condition is that of
// the index, without which neither database would use it.
const longRange = 31 * 24 * 3600 * 1_000_000

// maxSpans is how many ranges of dates are read side by side. Each is one range of the index, and all of them together are otherwise
// found in no less than the whole of it; so as many as a parameter takes values.
const maxSpans = search.MaxValues

// dateSources reads idx_date by (param, lo, hi) or by rid.
//
// A stored range [lo, hi) is compared with the value's range [Lo, Hi) as R4 says. What begins at or after a bound is one
// range of the index; what covers the bound began before it: not more than 31 days before, or it is in idx_date_long.
//
// https://hl7.org/fhir/R4/search.html#prefix
func (c *compiler) dateSources(cl *search.Clause, driving bool) []source {
	base := source{from: table("idx_date"), params: rows(cl), direct: true, key: "lo", then: []string{"hi"}}
	var list []source
	var conds []func(string) expr
	for i := range cl.Values {
		v := &cl.Values[i]
		conds = append(conds, func(a string) expr { return dateMatch(a, v) })
		for n, cond := range dateRanges(v) {
			s := base
			s.cond, s.loose, s.late = cond, n == longBranch, n > 0 && len(cl.Values) == 1
			list = append(list, s)
		}
	}
	if driving && len(list) <= maxSpans {
		return list
	}
	return []source{anyOf(base, conds)}
}

// dateMatch is the whole condition of one value on the row with alias a.
func dateMatch(a string, v *search.Value) expr {
	lo, hi := a+".lo", a+".hi"
	switch v.Prefix {
	case search.NE:
		return sq("("+lo+" < ? OR "+hi+" > ?)", v.Lo, v.Hi)
	case search.GT:
		return sq(hi+" > ?", v.Hi)
	case search.GE:
		return sq("("+lo+" >= ? OR "+hi+" > ?)", v.Lo, v.Hi)
	case search.LT:
		return sq(lo+" < ?", v.Lo)
	case search.LE:
		return sq(lo+" < ? AND ("+lo+" < ? OR "+hi+" <= ?)", v.Hi, v.Lo, v.Hi)
	case search.SA:
		return sq(lo+" >= ?", v.Hi)
	case search.EB:
		return sq(lo+" < ? AND "+hi+" <= ?", v.Lo, v.Lo)
	case search.AP:
		return sq(lo+" < ? AND "+hi+" > ?", v.Hi, v.Lo)
	case search.Covers:
		return sq(lo+" <= ? AND "+hi+" >= ?", v.Lo, v.Hi)
	default:
		return sq(lo+" >= ? AND "+lo+" < ? AND "+hi+" <= ?", v.Lo, v.Hi, v.Hi)
	}
}

// longBranch is which of dateRanges reads idx_date_long.
const longBranch = 2

// dateRanges are conditions, each of which reads one range of an index, that together are dateMatch. They exclude each other.
func dateRanges(v *search.Value) []func(a string) expr {
	// from is the range that begins at bound; the others cover it, reaching beyond past.
	covering := func(bound, past int64) []func(string) expr {
		return []func(string) expr{
			func(a string) expr {
				return sq(a+".lo >= ? AND "+a+".lo < ? AND "+a+".hi > ? AND "+a+".hi - "+a+".lo <= ?", bound-longRange, bound, past, int64(longRange))
			},
			func(a string) expr {
				// The plus keeps SQLite from the range of all that began before.
				return sq(a+".hi - "+a+".lo > 2678400000000 AND "+a+".hi > ? AND +"+a+".lo < ?", past, bound)
			},
		}
	}
	switch v.Prefix {
	case search.GT:
		return append([]func(string) expr{func(a string) expr { return sq(a+".lo >= ?", v.Hi) }}, covering(v.Hi, v.Hi)...)
	case search.GE:
		return append([]func(string) expr{func(a string) expr { return sq(a+".lo >= ?", v.Lo) }}, covering(v.Lo, v.Hi)...)
	case search.AP:
		return append([]func(string) expr{func(a string) expr { return sq(a+".lo >= ? AND "+a+".lo < ?", v.Lo, v.Hi) }}, covering(v.Lo, v.Lo)...)
	}
	return []func(string) expr{func(a string) expr { return dateMatch(a, v) }}
}

// begins reports whether a range that begins at lo is in the first of dateRanges.
func begins(v *search.Value, lo int64) bool {
	switch v.Prefix {
	case search.GT:
		return lo >= v.Hi
	case search.GE:
		return lo >= v.Lo
	case search.AP:
		return lo >= v.Lo && lo < v.Hi
	}
	return true
}
