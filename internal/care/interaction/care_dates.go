package interaction

import (
	"slices"

	"chartwright/gen/r4search"
	"chartwright/internal/fault"
	"chartwright/internal/fhir/index"
	"chartwright/internal/fhir/search"
)

// careDates is a span of care, in microseconds, half-open.
type careDates struct{ from, to int64 }

// always is the span without a start and an end.
var always = careDates{index.MinTime, index.MaxTime}

// dateOfCare are the names of the search parameters that say when care happened, the best first: each type has few of them.
// What says when a record was made comes last, and when somebody was born or something expires is none.
var dateOfCare = []string{
	"onset-date", "onset", "date", "effective-time", "effective", "occurrence", "started", "collected", "whenhandedover", "period",
	"start-date", "start", "identified", "sent", "event-date", "datetime", "datewritten", "authoredon", "authored-on", "authored",
	"created", "entered-date", "issued", "recorded", "recorded-date",
}

// lasting are the types whose records hold on from their date of care, and the parameter that says until when, if there is one.
var lasting = map[string]string{"Condition": "abatement-date", "AllergyIntolerance": ""}

// set narrows the span by the parameters start and end. Errors: Invalid for what is no date.
func (d *careDates) set(name, value string) error {
	lo, hi, ok := search.DateRange(value)
	switch {
	case !ok:
		return fault.AtParam("interaction.everything", name, "%s is a date", name)
	case name == "start":
		d.from = lo
	default:
		d.to = hi
	}
	return nil
}

// span is the condition that the care which a member tells of is not known to lie outside of d; nil if it may be at any time.
func (d careDates) span(members []r4search.Member, params search.Table) *search.Span {
	if d == always {
		return nil
	}
	s := &search.Span{From: d.from, To: d.to}
	for _, m := range members {
		until, holds := lasting[m.Type]
		rank := 0
		for _, code := range dateOfCare {
			rows := dateRows(params, m.Type, code)
			if rows == nil {
				continue
			}
			if rank == len(s.Dates) {
				s.Dates = append(s.Dates, nil)
			}
			s.Dates[rank] = append(s.Dates[rank], rows...)
			rank++
			if holds {
				s.Lasting = append(s.Lasting, rows...)
			}
		}
		if until != "" {
			s.Ends = append(s.Ends, dateRows(params, m.Type, until)...)
		}
	}
	return s
}

// dateRows are the index rows of a parameter of a type, nil if it has no dates.
func dateRows(params search.Table, typ, code string) []int32 {
	p := params.Lookup(typ, code)
	if p == nil || p.Type != search.Date {
		return nil
	}
	return slices.Clone(p.Rows)
}
