package standard

import (
	"strings"
	"time"

	"chartwright/gen/r4"
	"chartwright/internal/fhir"
)

// stamp writes a FHIR date, dateTime or instant as YYYY-MM-DD HH:MM:SS in UTC; what it leaves open is the earliest there is.
// It is empty for an absent or malformed value.
func stamp(v string) string {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, v); err == nil {
			return stampOf(t)
		}
	}
	return ""
}

func stampOf(t time.Time) string { return t.UTC().Format(time.DateTime) }

// sameTime reports whether two texts, each a moment of FHIR or of this API, mean the same one.
func sameTime(a, b string) bool {
	if len(a) < len("2006-01-02") || len(b) < len("2006-01-02") {
		return false
	}
	x, okX := moment(a)
	y, okY := moment(b)
	return okX && okY && stamp(x.V) == stamp(y.V)
}

// day returns the date of a FHIR date or dateTime as it is written there: YYYY, YYYY-MM or YYYY-MM-DD.
func day(v string) string {
	d, _, _ := strings.Cut(v, "T")
	return d
}

// moment turns YYYY-MM-DD or YYYY-MM-DD HH:MM:SS into a FHIR dateTime. ok is false for anything else but an empty text.
func moment(v string) (dateTime fhir.DateTime, ok bool) {
	if v == "" {
		return fhir.DateTime{}, true
	}
	if _, err := time.Parse(time.DateOnly, v); err == nil {
		return fhir.NewDateTime(v), true
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.RFC3339Nano} {
		if t, err := time.Parse(layout, v); err == nil {
			return fhir.NewDateTime(t.UTC().Format("2006-01-02T15:04:05Z")), true
		}
	}
	return fhir.DateTime{}, false
}

// dateTimeValue returns moment as a choice; nil for an empty text.
func dateTimeValue(v string) fhir.Value {
	m, ok := moment(v)
	if !ok || m.V == "" {
		return nil
	}
	return &m
}

// dateTimeOf returns the instant, or the start, that a choice of moments holds, as it is written there.
func dateTimeOf(v fhir.Value) string {
	switch x := v.(type) {
	case *fhir.DateTime:
		return x.V
	case *fhir.Date:
		return x.V
	case *fhir.Instant:
		return x.V
	case *r4.Period:
		if x.Start.V != "" {
			return x.Start.V
		}
		return x.End.V
	}
	return ""
}

// instant is the current time as FHIR writes it.
func instant(t time.Time) fhir.DateTime {
	return fhir.NewDateTime(t.UTC().Format("2006-01-02T15:04:05Z"))
}

// maybe is nil for an empty text: a field that is null.
func maybe(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// some returns the text that p points to; empty for nil.
func some(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
