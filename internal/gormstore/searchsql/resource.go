package searchsql

import (
	"strings"

	"chartwright/internal/fhir/search"
)

// idSources finds resources by logical id. The caller adds the type.
func (c *compiler) idSources(cl *search.Clause) []source {
	var ids []string
	for _, v := range cl.Values {
		ids = append(ids, v.Code)
	}
	return []source{{from: table("resource"), direct: true, unique: true, cond: func(a string) expr {
		return and(c.d.inTexts(a+".id", ids), expr{text: a + ".body IS NOT NULL"})
	}}}
}

// lastUpdatedSources reads resource by (type, updated). The time of a version is an instant in milliseconds.
func (c *compiler) lastUpdatedSources(cl *search.Clause) []source {
	s := source{from: table("resource"), direct: true, unique: true, key: "updated"}
	var conds []func(string) expr
	for i := range cl.Values {
		v := &cl.Values[i]
		conds = append(conds, func(a string) expr { return updatedMatch(a+".updated", v) })
	}
	s = anyOf(s, conds)
	cond := s.cond
	s.cond = func(a string) expr { return and(expr{text: a + ".body IS NOT NULL"}, cond(a)) }
	return []source{s}
}

func updatedMatch(column string, v *search.Value) expr {
	lo, hi := milliseconds(v.Lo), milliseconds(v.Hi)
	switch v.Prefix {
	case search.NE:
		return sq("("+column+" < ? OR "+column+" >= ?)", lo, hi)
	case search.GT, search.SA:
		return sq(column+" >= ?", hi)
	case search.GE:
		return sq(column+" >= ?", lo)
	case search.LT, search.EB:
		return sq(column+" < ?", lo)
	case search.LE:
		return sq(column+" < ?", hi)
	default:
		return sq(column+" >= ? AND "+column+" < ?", lo, hi)
	}
}

// milliseconds is the first millisecond at or after a time in microseconds.
func milliseconds(us int64) int64 {
	ms := us / 1000
	if us%1000 > 0 {
		ms++
	}
	return ms
}

func replaceHash(text, col string) string { return strings.ReplaceAll(text, "#.", col) }
