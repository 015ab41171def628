package index

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, lo, hi string }{
		{"a year is all of it", "2013", "2013-01-01T00:00:00Z", "2014-01-01T00:00:00Z"},
		{"a month is all of it", "2013-01", "2013-01-01T00:00:00Z", "2013-02-01T00:00:00Z"},
		{"December ends with the year", "2013-12", "2013-12-01T00:00:00Z", "2014-01-01T00:00:00Z"},
		{"a day is all of it", "2013-01-14", "2013-01-14T00:00:00Z", "2013-01-15T00:00:00Z"},
		{"a leap day", "2020-02-29", "2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z"},
		{"a minute is all of it", "2013-01-14T10:00Z", "2013-01-14T10:00:00Z", "2013-01-14T10:01:00Z"},
		{"a second is all of it", "2013-01-14T10:00:05Z", "2013-01-14T10:00:05Z", "2013-01-14T10:00:06Z"},
		{"a fraction has its own width", "2013-01-14T10:00:05.25Z", "2013-01-14T10:00:05.25Z", "2013-01-14T10:00:05.26Z"},
		{"below a microsecond nothing counts", "2013-01-14T10:00:05.1234567Z", "2013-01-14T10:00:05.123456Z", "2013-01-14T10:00:05.123457Z"},
		{"a zone east of Greenwich", "2013-01-14T01:30:00+02:00", "2013-01-13T23:30:00Z", "2013-01-13T23:30:01Z"},
		{"a zone west of Greenwich", "2013-01-14T20:00:00-05:00", "2013-01-15T01:00:00Z", "2013-01-15T01:00:01Z"},
		{"without a zone it is UTC", "2013-01-14T10:00:00", "2013-01-14T10:00:00Z", "2013-01-14T10:00:01Z"},
		{"before the epoch", "1900-03-01", "1900-03-01T00:00:00Z", "1900-03-02T00:00:00Z"},
		{"the first year", "0001", "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"},
		{"the last year", "9999-12-31", "9999-12-31T00:00:00Z", "10000-01-01T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lo, hi, ok := ParseDate(c.in)
			if got := [2]string{written(lo), written(hi)}; !ok || got != [2]string{c.lo, c.hi} {
				t.Errorf("ParseDate(%q) = %v, %v; want %s %s", c.in, got, ok, c.lo, c.hi)
			}
		})
	}
}

func written(us int64) string {
	return time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

func TestParseDateRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "x", "20", "2013-", "2013-13", "2013-00", "2013-02-29", "2013-1-1", "2013-01-14T", "2013-01-14T10", "2013-01-14T24:00:00Z", "2013-01-14T25:00:00Z",
		"2013-01-14T10:60:00Z", "2013-01-14T10:00:00.Z", "2013-01-14T10:00:00+2", "2013-01-14T10:00:00+15:00", "2013-01-14T10:00:00Zx",
		"2013-01-14 10:00:00Z", "２０１３",
	} {
		if lo, hi, ok := ParseDate(in); ok {
			t.Errorf("ParseDate(%q) = %d, %d, want a refusal", in, lo, hi)
		}
	}
}

func TestDaysAgreeWithTime(t *testing.T) {
	t.Parallel()
	for day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2600; day = day.AddDate(0, 0, 97) {
		if got, want := days(int64(day.Year()), int64(day.Month()), int64(day.Day())), day.Unix()/86400; got != want {
			t.Fatalf("%s is day %d, want %d", day.Format(time.DateOnly), got, want)
		}
	}
}
