package index

import (
	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// DateDate indexes a date: the whole day, month or year that it names.
func (x *Rows) DateDate(param int32, d fhir.Date) { x.date(param, d.V) }

// DateDateTime indexes a dateTime.
func (x *Rows) DateDateTime(param int32, d fhir.DateTime) { x.date(param, d.V) }

// DateInstant indexes an instant.
func (x *Rows) DateInstant(param int32, d fhir.Instant) { x.date(param, d.V) }

// DatePeriod indexes a Period; an end that is absent is open.
func (x *Rows) DatePeriod(param int32, p *r4.Period) {
	if lo, hi, ok := periodRange(p); ok {
		x.Dates = append(x.Dates, Date{param, lo, hi})
	}
}

// DateTiming indexes the outer limits of a Timing: its events and the bounds of its repetition.
//
// https://hl7.org/fhir/R4/search.html#date
func (x *Rows) DateTiming(param int32, t *r4.Timing) {
	if t == nil {
		return
	}
	lo, hi, found := MaxTime, MinTime, false
	for i := range t.Event {
		if l, h, ok := ParseDate(t.Event[i].V); ok {
			lo, hi, found = min(lo, l), max(hi, h), true
		}
	}
	if t.Repeat != nil {
		if p, ok := t.Repeat.Bounds.(*r4.Period); ok {
			if l, h, ok := periodRange(p); ok {
				lo, hi, found = min(lo, l), max(hi, h), true
			}
		}
	}
	if found {
		x.Dates = append(x.Dates, Date{param, lo, hi})
	}
}

func (x *Rows) date(param int32, s string) {
	if lo, hi, ok := ParseDate(s); ok {
		x.Dates = append(x.Dates, Date{param, lo, hi})
	}
}

func periodRange(p *r4.Period) (lo, hi int64, ok bool) {
	if p == nil {
		return 0, 0, false
	}
	lo, hi = MinTime, MaxTime
	if l, _, has := ParseDate(p.Start.V); has {
		lo, ok = l, true
	}
	if _, h, has := ParseDate(p.End.V); has {
		hi, ok = h, true
	}
	return lo, max(lo, hi), ok
}
