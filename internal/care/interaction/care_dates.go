package interaction

import (
	"slices"

	"chartwright/gen/r4"
	"chartwright/gen/r4search"
	"chartwright/internal/chart"
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
	lo, hi, ok := index.ParseDate(value)
	switch {
	case !ok:
		return fault.New(fault.Invalid, "interaction.everything", "%s is a date", name)
	case name == "start":
		d.from = lo
	default:
		d.to = hi
	}
	return nil
}

// keep returns the versions whose care is not known to lie outside of the span.
func (d careDates) keep(list []*chart.Version, params search.Table) ([]*chart.Version, error) {
	if d == always {
		return list, nil
	}
	var failed error
	return slices.DeleteFunc(list, func(v *chart.Version) bool {
		lo, hi, known, err := careOf(v, params)
		if err != nil {
			failed = err
		}
		return known && (hi <= d.from || lo >= d.to)
	}), failed
}

// careOf returns when the care happened that v records; known is false if v does not say.
func careOf(v *chart.Version, params search.Table) (lo, hi int64, known bool, err error) {
	r, err := r4.Unmarshal(v.Body)
	if err != nil {
		return 0, 0, false, fault.Wrap(fault.Internal, "interaction.everything", err)
	}
	var rows index.Rows
	r4search.Extract(r, &rows)
	for _, code := range dateOfCare {
		if lo, hi, known = spanOf(&rows, params.Lookup(v.Type, code)); known {
			break
		}
	}
	if until, holds := lasting[v.Type]; known && holds {
		if _, end, ended := spanOf(&rows, params.Lookup(v.Type, until)); ended {
			hi = end
		} else {
			hi = index.MaxTime
		}
	}
	return lo, hi, known, nil
}

// spanOf returns what the dates of one parameter cover together.
func spanOf(rows *index.Rows, p *search.Param) (lo, hi int64, known bool) {
	if p == nil || p.Type != search.Date {
		return 0, 0, false
	}
	lo, hi = index.MaxTime, index.MinTime
	for i := range rows.Dates {
		if d := &rows.Dates[i]; slices.Contains(p.Rows, d.Param) {
			lo, hi, known = min(lo, d.Lo), max(hi, d.Hi), true
		}
	}
	return lo, hi, known
}
