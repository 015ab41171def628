package searchsql

import (
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// span is the condition that what the resource with rid x tells of did not happen outside of a span; none without a span. An
// aggregate of no rows is unknown, and then what comes next decides.
func (c *compiler) span(s *search.Span, x string) expr {
	if s == nil {
		return expr{}
	}
	var first []expr
	for _, rows := range s.Dates {
		a := c.alias()
		end := expr{text: a + ".hi"}
		if len(s.Lasting) > 0 {
			end = sq("CASE WHEN ? THEN ? ELSE "+a+".hi END", c.d.among(a+".param", wide(s.Lasting)), index.MaxTime)
		}
		first = append(first, c.dates(a, x, sq("max(?) > ? AND min("+a+".lo) < ?", end, s.From, s.To), rows))
	}
	all := sq("coalesce(?, 1 = 1)", join(first, ", "))
	if len(first) == 0 {
		all = expr{}
	}
	if len(s.Ends) > 0 {
		a := c.alias()
		all = and(all, sq("coalesce(?, 1 = 1)", c.dates(a, x, sq("max("+a+".hi) > ?", s.From), s.Ends)))
	}
	return all
}

// dates selects what is made of the dates that the resource with rid x has of some kinds.
func (c *compiler) dates(a, x string, what expr, rows []int32) expr {
	return sq("(SELECT ? FROM idx_date "+a+" WHERE "+a+".rid = "+x+" AND ?)", what, c.d.among(a+".param", wide(rows)))
}

func wide(rows []int32) []int64 {
	list := make([]int64, len(rows))
	for i, r := range rows {
		list[i] = int64(r)
	}
	return list
}
