package interaction

import (
	"net/http"
	"strconv"

	"chartwright/internal/fault"
)

// result is what came of one entry: an answer or an error.
type result struct {
	answer *Answer
	err    error
}

// to is the result as the entry that asked for it shows it: that of HEAD has no resource.
func (r result) to(c *Call) result {
	if r.err == nil && c.Method == http.MethodHead {
		a := *r.answer
		a.Body = nil
		r.answer = &a
	}
	return r
}

// resultBundle is the Bundle that answers a batch or transaction: an entry for each entry, in the same order.
//
// https://hl7.org/fhir/R4/bundle.html#batch-response
type resultBundle struct {
	typ, base string
	results   []result
	reference string // under which the log has an internal error
}

// Write implements [Body].
func (b *resultBundle) Write(s *Sink) {
	s.string(`{"resourceType":"Bundle","type":"` + b.typ + `"`)
	for i := range b.results {
		if i == 0 {
			s.string(`,"entry":[{`)
		} else {
			s.string(`,{`)
		}
		b.entry(s, &b.results[i])
		s.string(`}`)
		s.Spill()
	}
	if len(b.results) > 0 {
		s.string(`]`)
	}
	s.string(`}`)
}

func (b *resultBundle) entry(s *Sink, r *result) {
	if r.err != nil {
		s.string(`"response":{"status":"`)
		s.status(fault.KindOf(r.err).Status())
		s.string(`","outcome":`)
		OutcomeOf(r.err, b.reference).Write(s)
		s.string(`}`)
		return
	}
	a := r.answer
	outcome, isOutcome := a.Body.(JSON)
	if v := a.Version; v != nil && !v.Deleted() {
		s.string(`"fullUrl":"` + b.base + "/" + v.Key.String() + `",`)
	}
	if a.Body != nil && !(isOutcome && a.outcome) {
		s.string(`"resource":`)
		a.Body.Write(s)
		s.string(`,`)
	}
	s.string(`"response":{"status":"`)
	s.status(a.Status)
	s.string(`"`)
	if a.Location != "" {
		s.string(`,"location":"` + b.base + "/" + a.Location + `"`)
	} else if v := a.Version; v != nil && !v.Deleted() {
		s.string(`,"location":"` + b.base + "/" + v.Key.String() + "/_history/" + itoa(v.VID) + `"`)
	}
	if v := a.Version; v != nil {
		s.string(`,"etag":"W/\"` + itoa(v.VID) + `\"","lastModified":"`)
		s.Buf = appendInstant(s.Buf, v.Updated)
		s.string(`"`)
	}
	if a.Tag != "" {
		s.string(`,"etag":`)
		s.quote(a.Tag)
	}
	if isOutcome && a.outcome {
		s.string(`,"outcome":`)
		outcome.Write(s)
	}
	s.string(`}`)
}

// status writes a status as Bundle.entry.response has it: 201 Created.
func (s *Sink) status(code int) {
	s.Buf = strconv.AppendInt(s.Buf, int64(code), 10)
	s.string(" " + http.StatusText(code))
}
