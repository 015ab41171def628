package interaction

import (
	"strconv"
	"time"

	"chartwright/internal/chart"
	"chartwright/internal/fault"
)

// searchset is the Bundle of a search. Resources are copied into it as they are stored.
//
// https://hl7.org/fhir/R4/bundle.html#searchset
type searchset struct {
	base, self, query string
	next              string
	result            *chart.Result
	shape             Shape
	ignored           []string
	now               time.Time
}

// Write implements [Body].
func (b *searchset) Write(s *Sink) {
	s.string(`{"resourceType":"Bundle","meta":{"lastUpdated":"`)
	s.Buf = appendInstant(s.Buf, b.now)
	s.string(`"},"type":"searchset"`)
	if b.result.Total >= 0 {
		s.string(`,"total":`)
		s.Buf = strconv.AppendInt(s.Buf, b.result.Total, 10)
	}
	s.string(`,"link":[{"relation":"self","url":`)
	self := b.base + "/" + b.self
	if b.query != "" {
		self += "?" + b.query
	}
	s.quote(self)
	if b.next != "" {
		s.string(`},{"relation":"next","url":`)
		s.quote(b.base + "/" + b.next)
	}
	s.string(`}]`)
	first := true
	open := func() {
		if first {
			s.string(`,"entry":[`)
			first = false
			return
		}
		s.string(`,`)
	}
	for _, v := range b.result.Matches {
		open()
		b.entry(s, v, "match")
	}
	for _, v := range b.result.Included {
		open()
		b.entry(s, v, "include")
	}
	if len(b.ignored) > 0 {
		open()
		issues := make([]fault.Issue, len(b.ignored))
		for i, name := range b.ignored {
			issues[i] = fault.Issue{Severity: "warning", Code: "not-supported", Detail: "the parameter " + name + " was passed over"}
		}
		s.string(`{"resource":`)
		Outcome(issues...).Write(s)
		s.string(`,"search":{"mode":"outcome"}}`)
	}
	if !first {
		s.string(`]`)
	}
	s.string(`}`)
}

func (b *searchset) entry(s *Sink, v *chart.Version, mode string) {
	s.string(`{"fullUrl":"`)
	s.string(b.base)
	s.string("/")
	s.string(v.Type)
	s.string("/")
	s.string(v.ID)
	s.string(`","resource":`)
	s.Buf = b.shape.append(s.Buf, v)
	s.string(`,"search":{"mode":"`)
	s.string(mode)
	s.string(`"}}`)
	s.Spill()
}

// appendInstant appends t as an instant with milliseconds, in UTC.
func appendInstant(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
