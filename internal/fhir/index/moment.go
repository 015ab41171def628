package index

// ParseDate reads a date, dateTime or instant and returns the half-open range of microseconds since 1970 UTC that its
// written precision covers: 2020-03 is the whole of March, a second without fraction the whole second. Without a time zone
// the text is taken as UTC. It reports false if s is none of these.
//
// https://hl7.org/fhir/R4/search.html#date
func ParseDate(s string) (lo, hi int64, ok bool) {
	y, s, ok := number(s, 4)
	if !ok {
		return 0, 0, false
	}
	if s == "" {
		return days(y, 1, 1) * day, days(y+1, 1, 1) * day, true
	}
	m, s, ok := after(s, '-')
	if !ok || m < 1 || m > 12 {
		return 0, 0, false
	}
	if s == "" {
		if m == 12 {
			return days(y, 12, 1) * day, days(y+1, 1, 1) * day, true
		}
		return days(y, m, 1) * day, days(y, m+1, 1) * day, true
	}
	d, s, ok := after(s, '-')
	if !ok || d < 1 || d > monthLength(y, m) {
		return 0, 0, false
	}
	lo = days(y, m, d) * day
	if s == "" {
		return lo, lo + day, true
	}
	clock, width, s, ok := parseClock(s)
	if !ok {
		return 0, 0, false
	}
	zone, ok := parseZone(s)
	if !ok {
		return 0, 0, false
	}
	lo += clock - zone
	return lo, lo + width, true
}

// The lengths of time in microseconds.
const (
	second int64 = 1e6
	minute       = 60 * second
	hour         = 60 * minute
	day          = 24 * hour
)

// parseClock reads Thh:mm, Thh:mm:ss or Thh:mm:ss.f… and returns it with the width of its precision.
func parseClock(s string) (clock, width int64, rest string, ok bool) {
	h, s, ok := after(s, 'T')
	if !ok || h > 23 {
		return 0, 0, "", false
	}
	m, s, ok := after(s, ':')
	if !ok || m > 59 {
		return 0, 0, "", false
	}
	clock, width = h*hour+m*minute, minute
	if s != "" && s[0] == ':' {
		var sec int64
		if sec, s, ok = after(s, ':'); !ok || sec > 60 { // 60: a leap second
			return 0, 0, "", false
		}
		clock, width = clock+sec*second, second
		if s != "" && s[0] == '.' {
			i := 1
			for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
				if width > 1 {
					width /= 10
					clock += int64(s[i]-'0') * width
				}
			}
			if i == 1 {
				return 0, 0, "", false
			}
			s = s[i:]
		}
	}
	return clock, width, s, true
}

func parseZone(s string) (offset int64, ok bool) {
	if s == "" || s == "Z" {
		return 0, true
	}
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
	} else if s[0] != '+' {
		return 0, false
	}
	h, s, ok := number(s[1:], 2)
	if !ok || h > 14 {
		return 0, false
	}
	m, s, ok := after(s, ':')
	if !ok || m > 59 || s != "" {
		return 0, false
	}
	return sign * (h*hour + m*minute), true
}

// number reads exactly n digits.
func number(s string, n int) (v int64, rest string, ok bool) {
	if len(s) < n {
		return 0, "", false
	}
	for i := range n {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, "", false
		}
		v = v*10 + int64(c-'0')
	}
	return v, s[n:], true
}

// after reads the separator and two digits.
func after(s string, sep byte) (v int64, rest string, ok bool) {
	if s == "" || s[0] != sep {
		return 0, "", false
	}
	return number(s[1:], 2)
}

// days is the number of days from 1970-01-01 to a date of the proleptic Gregorian calendar, whose year is taken to start in
// March, so that the leap day is its last.
func days(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	const yearZero = 719468 // days from 0000-03-01 to 1970-01-01
	return 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (153*(m-3)+2)/5 + d - 1 - yearZero
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func monthLength(y, m int64) int64 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
