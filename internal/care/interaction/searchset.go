package interaction

import (
	"slices"
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
	links             pageLinks
	result            *chart.Result
	types             []string // that are searched; none = all
	shape             Shape
	ignored           []string
	explained         []string
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
	b.links.write(s, b.base)
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
	for i, v := range b.result.Matches {
		open()
		if i < len(b.result.Places) && b.result.Places[i] > 0 {
			b.contained(s, v, b.result.Places[i])
			continue
		}
		of := &b.shape
		if len(of.Elements) > 0 && len(b.types) > 0 && !slices.Contains(b.types, v.Type) {
			of = &Shape{} // the container of what was asked for, whose elements are others
		}
		b.entry(s, v, of, "match")
	}
	of := &b.shape
	if len(of.Elements) > 0 {
		of = &Shape{} // _elements is about the matches. https://hl7.org/fhir/R4/search.html#elements
	}
	for _, v := range b.result.Included {
		open()
		b.entry(s, v, of, "include")
	}
	if issues := b.issues(); len(issues) > 0 {
		open()
		s.string(`{"resource":`)
		Outcome(issues...).Write(s)
		s.string(`,"search":{"mode":"outcome"}}`)
	}
	if !first {
		s.string(`]`)
	}
	s.string(`}`)
}

// issues are what the caller should know about the search beside its result.
func (b *searchset) issues() []fault.Issue {
	var list []fault.Issue
	for _, name := range b.ignored {
		list = append(list, fault.Issue{Severity: "warning", Code: "not-supported", Detail: "the parameter " + name + " was passed over"})
	}
	if b.result.MoreIncluded {
		list = append(list, fault.Issue{Severity: "warning", Code: "incomplete",
			Detail: "more belongs to these matches than was included; a smaller _count includes all that belongs to each page, or search for it by itself"})
	}
	for _, line := range b.explained {
		list = append(list, fault.Issue{Severity: "information", Code: "informational", Detail: line})
	}
	return list
}

func (b *searchset) entry(s *Sink, v *chart.Version, shape *Shape, mode string) {
	s.string(`{"fullUrl":"`)
	s.string(b.base)
	s.string("/")
	s.string(v.Type)
	s.string("/")
	s.string(v.ID)
	s.string(`","resource":`)
	s.Buf = shape.append(s.Buf, v)
	s.string(`,"search":{"mode":"`)
	s.string(mode)
	s.string(`"}}`)
	s.Spill()
}

// appendInstant appends t as an instant with milliseconds, in UTC.
func appendInstant(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
