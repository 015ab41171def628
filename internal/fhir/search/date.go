package search

import (
	"strings"

	"chartwright/internal/fhir/index"
)

// DateRange reads a date, a time or an instant as it stands in a URL and returns the half-open range of microseconds since 1970
// UTC that its precision covers; see [index.ParseDate].
func DateRange(text string) (lo, hi int64, ok bool) {
	// A plus sign that was not percent-encoded arrives as a space. No date has another use for one there.
	if i := len(text) - len(" 00:00"); i > 0 && text[i] == ' ' && strings.Contains(text, "T") {
		text = text[:i] + "+" + text[i+1:]
	}
	return index.ParseDate(text)
}

// date reads a date, a time or an instant with a prefix, as the half-open range of its precision. A time without a zone is
// taken as UTC, as it is in the index.
// https://hl7.org/fhir/R4/search.html#date
func (p *parser) date(c *Clause, raw string) (Value, error) {
	pre, text, ok := prefix(raw)
	v := Value{Prefix: pre}
	if ok {
		v.Lo, v.Hi, ok = DateRange(text)
	}
	if !ok {
		return Value{}, invalid("%s: a date such as 2020, 2020-05, 2020-05-14 or 2020-05-14T09:30:00Z is expected, with eq ne gt lt ge le sa eb or ap before it", c.Param.Code)
	}
	if pre == AP {
		// A tenth of the distance from now, and never less than what was written.
		// https://hl7.org/fhir/R4/search.html#prefix
		now := p.opts.Now.UnixMicro()
		gap := now - (v.Lo + (v.Hi-v.Lo)/2)
		if gap < 0 {
			gap = -gap
		}
		v.Lo, v.Hi = v.Lo-gap/10, v.Hi+gap/10
	}
	return v, nil
}
