package path

import (
	"fmt"
	"strings"
	"time"
)

// TemporalKind tells dates, dateTimes and times apart.
type TemporalKind uint8

// The kinds of Temporal.
const (
	DateKind TemporalKind = iota + 1
	DateTimeKind
	TimeKind
)

// Temporal is a date, dateTime or time with the precision in which it was written.
//
// https://hl7.org/fhirpath/N1/#date
type Temporal struct {
	Kind TemporalKind
	// parts are year, month, day, hour, minute and milliseconds of the minute; of a time the first three are not used.
	parts [6]int
	prec  int // how many parts were written, from the year on; a time has at least 4
	frac  int // digits of the second's fraction
	zoned bool
	zone  int // minutes east of UTC
}

// parseTemporal reads the text of FHIR and of FHIRPath literals.
func parseTemporal(s string, kind TemporalKind) (*Temporal, bool) {
	t := &Temporal{Kind: kind}
	if kind == TimeKind {
		t.prec = 3
		s = strings.TrimPrefix(s, "T")
		if s = t.clock(s); s != "" || t.prec == 3 {
			return nil, false
		}
		return t, true
	}
	s = t.calendar(s)
	if kind == DateKind {
		return t, s == "" && t.prec > 0 && t.valid()
	}
	if s == "" || s == "T" {
		return t, t.prec > 0 && t.valid()
	}
	if s[0] != 'T' || t.prec != 3 {
		return nil, false
	}
	if s = t.clock(s[1:]); t.prec < 4 {
		return nil, false
	}
	return t, t.offset(s) && t.valid()
}

// calendar reads YYYY[-MM[-DD]] and returns what follows.
func (t *Temporal) calendar(s string) string {
	for i, width := range [...]int{4, 2, 2} {
		rest := s
		if i > 0 {
			if rest == "" || rest[0] != '-' {
				return s
			}
			rest = rest[1:]
		}
		n, ok := digits(rest, width)
		if !ok {
			return s
		}
		t.parts[i], t.prec, s = n, i+1, rest[width:]
	}
	return s
}

// clock reads hh[:mm[:ss[.f]]] and returns what follows.
func (t *Temporal) clock(s string) string {
	for i := range 3 {
		rest := s
		if i > 0 {
			if rest == "" || rest[0] != ':' {
				return s
			}
			rest = rest[1:]
		}
		n, ok := digits(rest, 2)
		if !ok {
			return s
		}
		if i == 0 && n > 23 || n > 59 {
			return s
		}
		if i == 2 {
			n *= 1000
		}
		t.parts[3+i], t.prec, s = n, 4+i, rest[2:]
	}
	if len(s) > 1 && s[0] == '.' && isDigit(s[1]) {
		scale := 100
		for s = s[1:]; s != "" && isDigit(s[0]); s = s[1:] {
			t.parts[5] += int(s[0]-'0') * scale
			scale /= 10
			t.frac++
		}
		t.frac = min(t.frac, 3)
	}
	return s
}

// offset reads nothing, Z or ±hh:mm to the end.
func (t *Temporal) offset(s string) bool {
	if s == "" {
		return true
	}
	t.zoned = true
	if s == "Z" {
		return true
	}
	if len(s) != 6 || s[3] != ':' || s[0] != '+' && s[0] != '-' {
		return false
	}
	h, ok1 := digits(s[1:], 2)
	m, ok2 := digits(s[4:], 2)
	t.zone = h*60 + m
	if s[0] == '-' {
		t.zone = -t.zone
	}
	return ok1 && ok2 && h <= 14 && m <= 59
}

func (t *Temporal) valid() bool {
	if t.prec >= 2 && (t.parts[1] < 1 || t.parts[1] > 12) {
		return false
	}
	return t.prec < 3 || t.parts[2] >= 1 && t.parts[2] <= monthDays(t.parts[0], t.parts[1])
}

func digits(s string, n int) (int, bool) {
	if len(s) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		if !isDigit(s[i]) {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

func monthDays(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// String writes the value in the precision that it has, as FHIR does.
func (t *Temporal) String() string {
	var b strings.Builder
	if t.Kind != TimeKind {
		fmt.Fprintf(&b, "%04d", t.parts[0])
		for i := 1; i < min(t.prec, 3); i++ {
			fmt.Fprintf(&b, "-%02d", t.parts[i])
		}
		if t.prec > 3 {
			b.WriteByte('T')
		}
	}
	for i := 3; i < t.prec; i++ {
		switch i {
		case 3:
			fmt.Fprintf(&b, "%02d", t.parts[3])
		case 4:
			fmt.Fprintf(&b, ":%02d", t.parts[4])
		case 5:
			fmt.Fprintf(&b, ":%02d", t.parts[5]/1000)
			if t.frac > 0 {
				b.WriteString("." + fmt.Sprintf("%03d", t.parts[5]%1000)[:t.frac])
			}
		}
	}
	if t.zoned && t.prec > 3 {
		if t.zone == 0 {
			return b.String() + "Z"
		}
		sign, z := '+', t.zone
		if z < 0 {
			sign, z = '-', -z
		}
		fmt.Fprintf(&b, "%c%02d:%02d", sign, z/60, z%60)
	}
	return b.String()
}

// temporalOf is the instant now as a dateTime to the millisecond.
func temporalOf(now time.Time) *Temporal {
	_, offset := now.Zone()
	t := &Temporal{Kind: DateTimeKind, prec: 6, frac: 3, zoned: true, zone: offset / 60}
	t.set(now)
	return t
}

// time is the moment at the start of what the value covers, on the clock of its own zone.
func (t *Temporal) time() time.Time {
	p := t.parts
	if t.Kind == TimeKind {
		p[0], p[1], p[2] = 1, 1, 1
	}
	return time.Date(p[0], time.Month(max(p[1], 1)), max(p[2], 1), p[3], p[4], 0, p[5]*1e6, time.UTC)
}

func (t *Temporal) set(at time.Time) {
	t.parts = [6]int{at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), at.Second()*1000 + at.Nanosecond()/1e6}
}

// order compares a with b: below, equal or above zero. It reports false where the precision of one ends before a difference
// shows, or where only one has a time zone and that could make the difference.
//
// https://hl7.org/fhirpath/N1/#datetime-equality
func (t *Temporal) order(u *Temporal) (int, bool) {
	if (t.Kind == TimeKind) != (u.Kind == TimeKind) {
		return 0, false
	}
	a, b := *t, *u
	if a.prec > 3 && b.prec > 3 && t.Kind != TimeKind {
		switch {
		case a.zoned && b.zoned:
			a.set(a.time().Add(-time.Duration(a.zone) * time.Minute))
			b.set(b.time().Add(-time.Duration(b.zone) * time.Minute))
		case a.zoned != b.zoned:
			const most = 14 * time.Hour // no zone is farther from UTC
			d := a.time().Sub(b.time()) - time.Duration(a.zone-b.zone)*time.Minute
			if d > -most && d < most {
				return 0, false
			}
		}
	}
	first := 0
	if t.Kind == TimeKind {
		first = 3
	}
	for i := first; i < min(a.prec, b.prec); i++ {
		if a.parts[i] != b.parts[i] {
			return a.parts[i] - b.parts[i], true
		}
	}
	return 0, a.prec == b.prec
}

// add moves the value by n calendar units, in its own precision: a unit finer than the precision is cut to whole ones of it.
// The day is that of the target month or its last.
//
// https://hl7.org/fhirpath/N1/#datetime-arithmetic
func (t *Temporal) add(n int64, unit string) (*Temporal, bool) {
	out := *t
	const limit = 100_000_000_000_000
	if n > limit || n < -limit {
		return nil, false
	}
	if t.Kind == TimeKind {
		d, ok := clockUnit[unit]
		if !ok {
			return nil, false
		}
		at := t.time().Add(time.Duration(n%int64(24*time.Hour/d)) * d)
		out.set(at)
		return &out, true
	}
	switch unit {
	case "year":
		return out.addMonths(n * 12)
	case "month":
		return out.addMonths(n)
	}
	ms := int64(24 * time.Hour / time.Millisecond)
	switch unit {
	case "day":
		ms *= n
	case "week":
		ms *= 7 * n
	default:
		d, ok := clockUnit[unit]
		if !ok {
			return nil, false
		}
		ms = n * d.Milliseconds()
	}
	const day = 24 * 3600 * 1000
	switch t.prec {
	case 1:
		return out.addMonths(ms / (365 * day) * 12)
	case 2:
		return out.addMonths(ms / (30 * day))
	case 3:
		ms = ms / day * day
	}
	at := t.time().AddDate(0, 0, int(ms/day)).Add(time.Duration(ms%day) * time.Millisecond)
	out.set(at)
	return &out, at.Year() >= 1 && at.Year() <= 9999
}

var clockUnit = map[string]time.Duration{
	"hour": time.Hour, "minute": time.Minute, "second": time.Second, "millisecond": time.Millisecond,
}

func (t *Temporal) addMonths(n int64) (*Temporal, bool) {
	month := t.parts[1]
	if t.prec < 2 {
		month = 1
	}
	total := int64(t.parts[0])*12 + int64(month-1) + n
	if total < 12 || total >= 10000*12 {
		return nil, false
	}
	t.parts[0] = int(total / 12)
	if t.prec >= 2 {
		t.parts[1] = int(total%12) + 1
	}
	if t.prec >= 3 {
		t.parts[2] = min(t.parts[2], monthDays(t.parts[0], t.parts[1]))
	}
	return t, true
}
