package interaction

import (
	"time"

	"chartwright/internal/chart"
)

// historyBundle is the Bundle of a history.
//
// https://hl7.org/fhir/R4/bundle.html#history
type historyBundle struct {
	base, self, query string
	links             pageLinks
	total             *int64 // instead of a page
	page              []*chart.Version
	shape             Shape
	now               time.Time
}

// Write implements [Body].
func (b *historyBundle) Write(s *Sink) {
	s.string(`{"resourceType":"Bundle","meta":{"lastUpdated":"`)
	s.Buf = appendInstant(s.Buf, b.now)
	s.string(`"},"type":"history",`)
	if b.total != nil {
		s.string(`"total":` + itoa(*b.total) + `,`)
	}
	s.string(`"link":[{"relation":"self","url":`)
	self := b.base + "/" + b.self
	if b.query != "" {
		self += "?" + b.query
	}
	s.quote(self)
	b.links.write(s, b.base)
	s.string(`}]`)
	for i, v := range b.page {
		if i == 0 {
			s.string(`,"entry":[`)
		} else {
			s.string(`,`)
		}
		b.entry(s, v)
	}
	if len(b.page) > 0 {
		s.string(`]`)
	}
	s.string(`}`)
}

// verbs are the HTTP methods of the interactions that make versions. An interaction by criteria is told as the direct one that it
// came to, and what other APIs and operations do as the one that would have done the same.
//
// https://hl7.org/fhir/R4/http.html#history
var verbs = [...]string{chart.Create: "POST", chart.Update: "PUT", chart.Upsert: "PUT", chart.Patch: "PATCH", chart.Delete: "DELETE"}

// entry writes one version: what was asked for, and what came of it.
func (b *historyBundle) entry(s *Sink, v *chart.Version) {
	key := v.Key.String()
	s.string(`{"fullUrl":"`)
	s.string(b.base + "/" + key + `"`)
	if !v.Deleted() {
		s.string(`,"resource":`)
		s.Buf = b.shape.append(s.Buf, v)
	}
	url, status := key, "200"
	switch v.Method {
	case chart.Create:
		url, status = v.Type, "201"
	case chart.Upsert:
		status = "201"
	case chart.Delete:
		status = "204"
	case chart.Update, chart.Patch:
	}
	s.string(`,"request":{"method":"` + verbs[v.Method] + `","url":"` + url + `"},"response":{"status":"` + status + `","etag":"W/\"`)
	s.string(itoa(v.VID) + `\"","lastModified":"`)
	s.Buf = appendInstant(s.Buf, v.Updated)
	s.string(`"}}`)
	s.Spill()
}
